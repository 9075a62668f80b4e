//! Commands whose answers are values.

use super::commands::Request;
use super::{Error, ErrorKind, RuntimeClient};
use crate::answers::{self, MapEntry, MapFile, Processes, ServerState, refusal};
use crate::counters::{Info, Statistics};
use crate::diff::word;

impl RuntimeClient {
    /// About the process: `show info`. Of a worker.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn show_info(&self) -> Result<Info, Error> {
        self.show("show info", Info::read).await
    }

    /// The counters: `show stat`. Of a worker.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn show_stat(&self) -> Result<Statistics, Error> {
        self.show("show stat", Statistics::read).await
    }

    /// The servers of one backend, or of all: `show servers state`. Of a worker.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] when there is no such backend; see there for others.
    pub async fn show_servers_state(&self, backend: Option<&str>) -> Result<Vec<ServerState>, Error> {
        let command = match backend {
            Some(backend) => format!("show servers state {}", word(backend)),
            None => "show servers state".to_owned(),
        };
        self.show(&command, answers::servers_state).await
    }

    /// The master and its workers: `show proc`. Of a master.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn show_proc(&self) -> Result<Processes, Error> {
        self.show("show proc", Processes::read).await
    }

    /// The maps that are loaded: `show map`. Of a worker.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn show_maps(&self) -> Result<Vec<MapFile>, Error> {
        self.show("show map", answers::map_files).await
    }

    /// The entries of a map, which is named by its file or by `#` and its number: `show map`. Of a worker.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] when there is no such map; see there for others.
    pub async fn show_map(&self, map: &str) -> Result<Vec<MapEntry>, Error> {
        self.show(&format!("show map {}", word(map)), answers::map_entries)
            .await
    }

    /// Gives a command that changes something, and returns what HAProxy says about it, which mostly is nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] with HAProxy's words; see there for others.
    pub async fn change(&self, command: &str) -> Result<String, Error> {
        let mut answers = self.pipeline(&[command]).await?;
        let answer = answers.pop().unwrap_or_default();
        self.done(command, &answer)?;
        Ok(answer.trim_end().to_owned())
    }

    /// Gives commands that change something, in as few requests as HAProxy's buffer of 16 kB allows.
    ///
    /// # Errors
    /// As for [`Self::pipeline`], and [`ErrorKind::Refused`] for the first command that HAProxy refuses. Commands before it were carried out, and so
    /// may be those in the same request behind it; no further requests are sent.
    pub async fn change_all(&self, commands: &[impl AsRef<str> + Sync]) -> Result<(), Error> {
        for request in self.requests(commands)? {
            let answers = self.answers(&request).await?;
            for (command, answer) in request.commands().iter().zip(&answers) {
                self.done(command, answer)?;
            }
        }
        Ok(())
    }

    /// Gives a command with a payload, such as a certificate, which may have line breaks but no empty line.
    ///
    /// # Errors
    /// [`ErrorKind::Command`] for a payload with an empty line, which would end it early; otherwise as for [`Self::change`].
    pub async fn change_with_payload(&self, command: &str, payload: &str) -> Result<String, Error> {
        let payload = payload.trim_end_matches('\n');
        if payload.starts_with('\n') || payload.contains("\n\n") {
            return Err(self.failed(ErrorKind::Command, "a payload has no empty line"));
        }
        let commands = [command];
        let requests = self.requests(&commands)?;
        let request = format!("{}{command} <<\n{payload}\n\n", self.prefix(' '));
        let answer = self.ask(&request).await?;
        let answers = requests.first().map(|request| request.answers(&answer));
        let answer = answers.transpose().map_err(|wrong| self.wrong(wrong))?;
        let answer = answer.and_then(|mut answers| answers.pop()).unwrap_or_default();
        self.done(command, &answer)?;
        Ok(answer.trim_end().to_owned())
    }

    fn done(&self, command: &str, answer: &str) -> Result<(), Error> {
        match refusal(answer) {
            Some(words) => Err(self.refused(command, words)),
            None => Ok(()),
        }
    }

    async fn show<T, E: ToString>(
        &self,
        command: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Error> {
        let commands = [command];
        let requests = self.requests(&commands)?;
        let request = format!("{}{command}\n", self.prefix(';'));
        let understand = |answer: &str| {
            let answers = requests
                .first()
                .map(|request: &Request<'_>| request.answers(answer));
            let answer = answers.transpose().map_err(|wrong| self.wrong(wrong))?;
            let answer = answer.and_then(|mut answers| answers.pop()).unwrap_or_default();
            read(&answer).map_err(|error| {
                if is_sentence(&answer) {
                    self.refused(command, answer.trim())
                } else {
                    self.failed(ErrorKind::Unreadable, error.to_string())
                }
            })
        };
        self.ask_again(&request, understand).await
    }
}

/// Whether an answer is what HAProxy has to say: one line, or its list of commands below one.
fn is_sentence(answer: &str) -> bool {
    let mut lines = answer.trim().lines();
    let first = lines.next().unwrap_or_default();
    !first.is_empty()
        && !first.starts_with('#')
        && (lines.next().is_none() || first.starts_with("Unknown command"))
}
