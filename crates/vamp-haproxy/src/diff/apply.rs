//! Doing to a document what commands do to a running HAProxy.

use super::{Command, ServerMode};
use crate::Document;
use crate::document::view::Server;
use crate::document::{EditError, Section, SectionKind};
use crate::text::Text;

impl Document {
    /// Does to the configuration what the command does to an HAProxy that runs it. Contents of files are not in it: commands for them change nothing.
    ///
    /// # Errors
    /// The command names a server or backend that is not there, or has a text that cannot stand in a configuration.
    pub fn apply(&mut self, command: &Command) -> Result<(), EditError> {
        match command {
            Command::ChangeServer {
                backend,
                server,
                weight,
                address,
                mode,
                ..
            } => {
                let line = self.server_line(backend, server)?;
                if let Some(weight) = weight {
                    self.set_server_weight(backend, server, *weight)?;
                }
                if let Some(address) = address {
                    self.write_word(line, 2, &address.to_string())?;
                }
                match mode {
                    Some(ServerMode::Ready) => self.append_words(line, &Text::trusted("enabled"))?,
                    Some(ServerMode::Maintenance) => self.append_words(line, &Text::trusted("disabled"))?,
                    None => {}
                }
                Ok(())
            }
            Command::AddServer {
                backend,
                server,
                address,
                parameters,
                mode,
                ..
            } => {
                let no_backend = || EditError::NoServer {
                    backend: backend.clone(),
                    server: server.clone(),
                };
                let section = self.backend(backend).ok_or_else(no_backend)?;
                let last = section.lines().rfind(|line| line.keyword().is_some());
                let last = last.unwrap_or_else(|| section.header());
                let indentation = last.indentation();
                let indentation = if indentation.is_empty() { "  " } else { indentation };
                let state = match mode {
                    ServerMode::Ready => "",
                    ServerMode::Maintenance => " disabled",
                };
                let gap = if parameters.is_empty() { "" } else { " " };
                let text = format!("{indentation}server {server} {address}{gap}{parameters}{state}");
                let text = Text::new(&text).map_err(|error| EditError::NoWords { written: error.text })?;
                let next = last.number() + 1;
                self.insert_line(next, &text)
            }
            Command::RemoveServer { backend, server } => {
                let line = self.server_line(backend, server)?;
                self.remove_line(line)
            }
            Command::UpdatePatterns { .. } | Command::ReplaceCertificate { .. } => Ok(()),
        }
    }

    fn backend(&self, name: &str) -> Option<Section<'_>> {
        let is_backend = |kind| matches!(kind, SectionKind::Backend | SectionKind::Listen);
        self.sections()
            .find(|section| is_backend(section.kind()) && section.is_named(name))
    }

    fn server_line(&self, backend: &str, server: &str) -> Result<usize, EditError> {
        let found = self.backend(backend);
        let mut servers = found.into_iter().flat_map(|section| section.servers());
        servers
            .find(|found: &Server<'_>| found.name().is(server))
            .map(|found| found.line().number())
            .ok_or_else(|| EditError::NoServer {
                backend: backend.to_owned(),
                server: server.to_owned(),
            })
    }
}
