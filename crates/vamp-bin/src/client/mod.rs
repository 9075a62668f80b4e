//! The commands that talk to a server.

mod apply;
mod arguments;
mod delete;
mod deploy;
mod events;
mod failure;
mod get;
mod input;
mod kind;
mod outcome;
pub(crate) mod output;
mod undeploy;
mod wait;
mod weight;

pub(crate) use arguments::Command;

use vamp_client::Client;

use crate::{Error, Exit, Result};
use output::Output;

/// Where a server is when nobody says so.
const DEFAULT_SERVER: &str = "http://localhost:8080";

/// What every command needs.
#[derive(Debug)]
struct Session {
    client: Client,
    /// The address, for messages.
    server: String,
    output: Output,
}

/// Runs one command.
pub(crate) fn run(command: Command, server: Option<&str>) -> Result<Exit> {
    let server = address(
        server
            .filter(|server| !server.is_empty())
            .unwrap_or(DEFAULT_SERVER),
    );
    let client = Client::new(&server).map_err(|error| failure::of(error, &server))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Exit::Failed, format!("cannot start: {error}")).because(error))?;
    let session = Session {
        client,
        server,
        output: Output::default(),
    };
    let outcome = runtime.block_on(session.run(command));
    // Whoever reads the output may go away before its end, such as `head`: that is no failure.
    match outcome {
        Err(_) if session.output.is_unread() => Ok(Exit::Success),
        outcome => outcome,
    }
}

impl Session {
    async fn run(&self, command: Command) -> Result<Exit> {
        match command {
            Command::Apply(arguments) => apply::run(self, &arguments).await,
            Command::Get(arguments) => get::run(self, &arguments).await,
            Command::Delete(arguments) => delete::run(self, &arguments).await,
            Command::Deploy(arguments) => deploy::run(self, &arguments).await,
            Command::Undeploy(arguments) => undeploy::run(self, &arguments).await,
            Command::Weight(arguments) => weight::run(self, &arguments).await,
            Command::Events(arguments) => events::run(self, &arguments).await,
        }
    }

    /// A failed call in words for the person at the terminal.
    fn failed(&self, error: vamp_client::Error) -> Error {
        failure::of(error, &self.server)
    }
}

/// An address that may lack its scheme.
fn address(text: &str) -> String {
    if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_lack_its_scheme() {
        assert_eq!(address("vamp.lab:8080"), "http://vamp.lab:8080");
        assert_eq!(address("https://vamp.lab"), "https://vamp.lab");
    }
}
