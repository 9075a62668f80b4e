//! Carrying out what a difference asks for.

use std::time::Duration;

use tokio::time::Instant;

use super::{Error, ErrorKind, RuntimeClient};
use crate::answers::refusal;
use crate::diff::{Command, PatternKind, PatternUpdate, word};

/// Shortest and longest pause before HAProxy is asked again to delete a server that still has connections.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// What HAProxy says of such a server.
const HAS_CONNECTIONS: &str = "Server still has connections";

/// So many bytes of entries are sent at once; HAProxy's buffer has 16 KiB.
const PAYLOAD: usize = 12 * 1024;

impl RuntimeClient {
    /// Carries out the commands of a [difference](mod@crate::diff) in their order. The client is one of a worker.
    ///
    /// Servers that go get no more requests at once, and are deleted when their last connection has ended; for that they have `patience`
    /// together.
    ///
    /// # Errors
    /// A command was refused, a server that goes has connections for longer than the patience, or there was no answer: see [`ErrorKind`].
    /// Commands before it were carried out. A reload with what is wanted leads out of the state in between.
    pub async fn carry_out(&self, commands: &[Command], patience: Duration) -> Result<(), Error> {
        let mut simple: Vec<String> = Vec::new();
        let mut leaving: Vec<(&str, &str)> = Vec::new();
        for command in commands {
            match command {
                Command::RemoveServer { backend, server } => leaving.push((backend, server)),
                Command::UpdatePatterns {
                    kind,
                    file,
                    update: PatternUpdate::Replace(entries),
                } => {
                    self.change_all(&std::mem::take(&mut simple)).await?;
                    self.replace_patterns(*kind, file, entries).await?;
                }
                Command::ReplaceCertificate { file, pem } => {
                    self.change_all(&std::mem::take(&mut simple)).await?;
                    self.replace_certificate(file, pem.as_str()).await?;
                }
                Command::ChangeServer { .. } | Command::AddServer { .. } | Command::UpdatePatterns { .. } => {
                    simple.extend(command.lines());
                }
            }
        }
        self.change_all(&simple).await?;
        self.remove(&leaving, Instant::now() + patience).await
    }

    async fn remove(&self, servers: &[(&str, &str)], deadline: Instant) -> Result<(), Error> {
        let named = |(backend, server): &(&str, &str)| format!("{}/{}", word(backend), word(server));
        let mut left: Vec<String> = servers.iter().map(named).collect();
        let set = |name: &String, state: &str| format!("set server {name} state {state}");
        let rest: Vec<String> = left.iter().map(|name| set(name, "maint")).collect();
        self.change_all(&rest).await?;
        let mut pause = PAUSES.0;
        loop {
            let deletions: Vec<String> = left.iter().map(|name| format!("del server {name}")).collect();
            let answers = self.pipeline(&deletions).await?;
            let mut busy = Vec::new();
            for (name, answer) in left.into_iter().zip(&answers) {
                match refusal(answer) {
                    Some(words)
                        if words.starts_with(HAS_CONNECTIONS) && Instant::now() + pause < deadline =>
                    {
                        busy.push(name);
                    }
                    Some(words) => return Err(self.refused(&format!("del server {name}"), words)),
                    None => {}
                }
            }
            if busy.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
            // A connection that ended after the server was put into maintenance is kept for a next request that will not come. HAProxy closes
            // them at the change of the state; in between the server takes clients of a cookie or stick table only.
            let again = busy
                .iter()
                .flat_map(|name| [set(name, "drain"), set(name, "maint")]);
            self.change_all(&again.collect::<Vec<_>>()).await?;
            left = busy;
        }
    }

    /// All entries at once, in a version of their own that becomes the one that counts.
    async fn replace_patterns(
        &self,
        kind: PatternKind,
        file: &str,
        entries: &[(String, String)],
    ) -> Result<(), Error> {
        let (kind_word, path) = (kind.as_str(), word(file));
        let prepare = format!("prepare {kind_word} {path}");
        let answer = self.change(&prepare).await?;
        let version = answer
            .strip_prefix("New version created:")
            .map(str::trim)
            .filter(|version| version.parse::<u32>().is_ok())
            .ok_or_else(|| {
                self.failed(
                    ErrorKind::Unreadable,
                    format!("no version in the answer to '{prepare}'"),
                )
            })?;
        let add = format!("add {kind_word} @{version} {path}");
        match kind {
            PatternKind::Map => self.add_entries(&add, entries).await?,
            // Patterns may have blanks anywhere, and there is no payload for them.
            PatternKind::Acl => {
                let lines = entries
                    .iter()
                    .map(|(pattern, _)| format!("{add} {}", word(pattern)));
                self.change_all(&lines.collect::<Vec<_>>()).await?;
            }
        }
        self.change(&format!("commit {kind_word} @{version} {path}"))
            .await?;
        Ok(())
    }

    async fn add_entries(&self, add: &str, entries: &[(String, String)]) -> Result<(), Error> {
        let mut payload = String::new();
        for (key, value) in entries {
            if !payload.is_empty() && payload.len() + key.len() + value.len() > PAYLOAD {
                self.change_with_payload(add, &payload).await?;
                payload.clear();
            }
            payload.push_str(key);
            payload.push(' ');
            payload.push_str(value);
            payload.push('\n');
        }
        if payload.is_empty() {
            return Ok(());
        }
        self.change_with_payload(add, &payload).await?;
        Ok(())
    }

    async fn replace_certificate(&self, file: &str, pem: &str) -> Result<(), Error> {
        let path = word(file);
        // Between the parts of a file may be empty lines, which would end the payload.
        let lines: Vec<&str> = pem.lines().filter(|line| !line.trim().is_empty()).collect();
        self.change_with_payload(&format!("set ssl cert {path}"), &lines.join("\n"))
            .await?;
        let committed = self.change(&format!("commit ssl cert {path}")).await;
        if committed.is_err() {
            // One transaction at a time: what is left of this one would be in the way of the next.
            let _ = self.change(&format!("abort ssl cert {path}")).await;
        }
        committed.map(|_| ())
    }
}
