//! A client for HAProxy's command sockets: that of a worker and that of the master process.
//!
//! One connection a call: the master closes its connections at a reload, and a connection costs microseconds.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// The longest answer that is taken: `show stat` of some ten thousand servers has a few MiB.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// A client of one command socket.
#[derive(Debug, Clone)]
pub struct RuntimeClient {
    path: PathBuf,
    limit: Duration,
}

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nobody listens on the socket, or the connection broke. The command may have been carried out if it broke.
    Unavailable,
    /// No whole answer within the time limit. The command may have been carried out.
    TimedOut,
    /// The answer is longer than 64 MiB.
    TooLong,
    /// A command that contains a line feed, which would be two.
    Command,
}

/// A command that was not answered.
#[derive(Debug, thiserror::Error)]
#[error("command {}: {message}", path.display())]
pub struct Error {
    kind: ErrorKind,
    path: PathBuf,
    message: String,
    #[source]
    source: Option<io::Error>,
}

impl Error {
    /// What sort of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same command may be answered later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self.kind, ErrorKind::Unavailable | ErrorKind::TimedOut)
    }
}

impl RuntimeClient {
    /// A client of the socket at this path, with a time limit of five seconds a command. Nothing is connected yet.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_path_buf(),
            limit: Duration::from_secs(5),
        }
    }

    /// The same with another time limit a call.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Gives a command, or several joined with `;`, and returns what HAProxy answers to all of them, without the empty lines around it.
    ///
    /// A refusal is an answer: HAProxy says it in words. Commands that change something answer nothing when they succeed.
    ///
    /// # Errors
    /// There was no whole answer; see [`ErrorKind`].
    pub async fn execute(&self, commands: &str) -> Result<String, Error> {
        if commands.contains('\n') {
            return Err(self.failed(ErrorKind::Command, "a command has no line feed", None));
        }
        match tokio::time::timeout(self.limit, self.ask(commands)).await {
            Ok(Ok(answer)) if answer.len() as u64 >= LONGEST_ANSWER => {
                Err(self.failed(ErrorKind::TooLong, "the answer is too long", None))
            }
            Ok(Ok(answer)) => Ok(String::from_utf8_lossy(&answer).trim_matches('\n').to_owned()),
            Ok(Err(error)) => {
                let message = error.to_string();
                Err(self.failed(ErrorKind::Unavailable, &message, Some(error)))
            }
            Err(_) => {
                let message = format!("no answer within {:?}", self.limit);
                Err(self.failed(ErrorKind::TimedOut, &message, None))
            }
        }
    }

    async fn ask(&self, commands: &str) -> io::Result<Vec<u8>> {
        let mut stream = UnixStream::connect(&self.path).await?;
        stream.write_all(format!("{commands}\n").as_bytes()).await?;
        // The end of what is asked: HAProxy then closes the connection after the last answer.
        stream.shutdown().await?;
        let mut answer = Vec::new();
        stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
        Ok(answer)
    }

    fn failed(&self, kind: ErrorKind, message: &str, source: Option<io::Error>) -> Error {
        Error {
            kind,
            path: self.path.clone(),
            message: message.to_owned(),
            source,
        }
    }
}
