//! A client for HAProxy's command sockets: that of a worker and that of the master process.
//!
//! One connection a request: the master closes its connections at a reload, the interactive mode of a kept one answers in other forms, and
//! a connection costs microseconds. So there is nothing to connect again. What only asks is asked again when the connection broke or nobody took it, for a fifth
//! of the time limit, since that is how a reload looks; what changes something is not, because it may have been carried out.
//!
//! ```no_run
//! # async fn example() -> Result<(), vamp_haproxy::runtime::Error> {
//! use vamp_haproxy::runtime::{RuntimeClient, Worker};
//!
//! let master = RuntimeClient::new("/run/haproxy/master.sock");
//! let worker = master.of_worker(Worker::Current);
//! println!("{} reloads, {} connections", master.show_proc().await?.master.reloads, worker.show_info().await?.connections.unwrap_or(0));
//! worker.change_all(&["set server shop/one weight 95", "set server shop/two weight 5"]).await?;
//! # Ok(())
//! # }
//! ```

mod carry_out;
mod commands;
mod connection;
mod error;
mod typed;

pub use error::{Error, ErrorKind};

use std::path::{Path, PathBuf};
use std::time::Duration;

use commands::Request;

/// A client of one command socket.
#[derive(Debug, Clone)]
pub struct RuntimeClient {
    path: PathBuf,
    limit: Duration,
    worker: Option<Worker>,
}

/// Which process behind the socket of a master is meant: section 9.4.1 of HAProxy's management guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Worker {
    /// The worker of the present configuration: `@1`.
    Current,
    /// The worker with this process id, which may be an old one: `@!1271`.
    Pid(u32),
}

impl RuntimeClient {
    /// A client of the socket at this path, with a time limit of five seconds a call. Nothing is connected yet.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_path_buf(),
            limit: Duration::from_secs(5),
            worker: None,
        }
    }

    /// The same with another time limit. It holds for each call, and for each request of [`Self::pipeline`].
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// A client whose commands go to a worker, through the socket of its master, which this one is.
    #[must_use]
    pub fn of_worker(&self, worker: Worker) -> Self {
        Self {
            worker: Some(worker),
            ..self.clone()
        }
    }

    /// Gives a command, or several joined with `;`, and returns what HAProxy answers to all of them, without the empty lines around it.
    ///
    /// A refusal is an answer: HAProxy says it in words. Commands that change something answer nothing when they succeed. The commands are sent as
    /// they are, in one request; [`Self::pipeline`] tells the answers apart.
    ///
    /// # Errors
    /// There was no whole answer; see [`ErrorKind`].
    pub async fn execute(&self, commands: &str) -> Result<String, Error> {
        if commands.contains('\n') {
            return Err(self.failed(ErrorKind::Command, "a command has no line feed"));
        }
        let answer = self.ask(&format!("{}{commands}\n", self.prefix(';'))).await?;
        // A command that is carried out is answered by an empty line at least; a reload ends the connection before that.
        if answer.is_empty() && !matches!(commands.trim(), "reload" | "quit") {
            return Err(self.failed(
                ErrorKind::Unavailable,
                "the connection was closed without an answer",
            ));
        }
        Ok(answer.trim_matches('\n').to_owned())
    }

    /// Gives any number of commands, in as few requests as HAProxy's buffer of 16 kB allows, and returns the answer to each.
    ///
    /// HAProxy carries them out in this order. Answers are as it writes them, refusals included, without the empty line at the end.
    ///
    /// # Errors
    /// A command has a line feed or a `;` of its own (`\;` is fine), is blank or too long: then none is sent. Or there was no whole answer to one of
    /// them: those before may have been carried out.
    pub async fn pipeline(&self, commands: &[impl AsRef<str> + Sync]) -> Result<Vec<String>, Error> {
        let requests = self.requests(commands)?;
        let mut answers = Vec::with_capacity(commands.len());
        for request in requests {
            answers.extend(self.answers(&request).await?);
        }
        Ok(answers)
    }

    fn requests<'a>(&self, commands: &'a [impl AsRef<str>]) -> Result<Vec<Request<'a>>, Error> {
        let prefix = self.prefix(';').len();
        commands::requests(commands, prefix)
            .map_err(|invalid| self.failed(ErrorKind::Command, invalid.to_string()))
    }

    async fn answers(&self, request: &Request<'_>) -> Result<Vec<String>, Error> {
        let answer = self
            .ask(&format!("{}{}\n", self.prefix(';'), request.line()))
            .await?;
        request.answers(&answer).map_err(|wrong| self.wrong(wrong))
    }

    /// What leads commands to the worker: alone it holds for all that follow, before a blank for one.
    fn prefix(&self, separator: char) -> String {
        match self.worker {
            None => String::new(),
            Some(Worker::Current) => format!("@1{separator}"),
            Some(Worker::Pid(pid)) => format!("@!{pid}{separator}"),
        }
    }
}
