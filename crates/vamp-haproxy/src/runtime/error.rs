use std::io;
use std::path::PathBuf;

use super::commands::{Wrong, says_no_worker};
use super::{RuntimeClient, Worker};

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
    /// A command that is none: with a line feed, which would be two, blank, or longer than HAProxy takes. Nothing was sent.
    Command,
    /// HAProxy does not do it, and says why: see [`Error::words`].
    Refused,
    /// The answer is none that this crate understands.
    Unreadable,
}

/// A command that was not answered, or not as it was wished.
#[derive(Debug, thiserror::Error)]
#[error("command {}: {message}", path.display())]
pub struct Error {
    kind: ErrorKind,
    path: PathBuf,
    message: String,
    /// What HAProxy said.
    words: Option<String>,
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

    /// HAProxy's own words, when it has refused a command.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.words.as_deref()
    }
}

impl RuntimeClient {
    /// Whether it looks like a master that reloads: it closes its connections, until it has read its configuration nobody listens, and then for
    /// a moment it has no worker.
    pub(super) fn may_be_a_reload(&self, error: &Error) -> bool {
        let absent = error
            .source
            .as_ref()
            .is_some_and(|source| source.kind() == io::ErrorKind::NotFound);
        let without_worker =
            self.worker == Some(Worker::Current) && error.words().is_some_and(says_no_worker);
        (error.kind == ErrorKind::Unavailable && !absent) || without_worker
    }

    pub(super) fn failed(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        Error {
            kind,
            path: self.path.clone(),
            message: message.into(),
            words: None,
            source: None,
        }
    }

    pub(super) fn unavailable(&self, source: io::Error) -> Error {
        Error {
            message: source.to_string(),
            source: Some(source),
            ..self.failed(ErrorKind::Unavailable, "")
        }
    }

    pub(super) fn refused(&self, command: &str, words: &str) -> Error {
        // HAProxy lists all commands when it does not know one.
        let first = words.lines().next().unwrap_or_default();
        Error {
            words: Some(words.to_owned()),
            ..self.failed(ErrorKind::Refused, format!("'{command}' was refused: {first}"))
        }
    }

    pub(super) fn wrong(&self, wrong: Wrong<'_>) -> Error {
        match wrong {
            Wrong::Refused { command, words } => self.refused(command, words),
            Wrong::Broke { answered, of } => {
                let message = format!("the connection was closed after {answered} of {of} answers");
                self.failed(ErrorKind::Unavailable, message)
            }
            Wrong::Mixed { answers, commands } => {
                let message = format!("{answers} answers to {commands} commands cannot be told apart");
                self.failed(ErrorKind::Unreadable, message)
            }
        }
    }
}
