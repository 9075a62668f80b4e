//! The two programs, from their arguments to the status with which they end.

use std::ffi::OsString;
use std::io::Write as _;

use clap::{CommandFactory as _, Parser as _};

use crate::haproxy::HaproxyCli;
use crate::{Error, Exit, Result, client, haproxy, man, offline, serve, vga as agent};

/// The command line of `vamp`.
#[derive(Debug, clap::Parser)]
#[command(
    name = "vamp",
    version,
    about = "Release services gradually: the server, and the command line that talks to it",
    max_term_width = 100,
    arg_required_else_help = true,
    after_long_help = AFTER_HELP
)]
pub(crate) struct Cli {
    /// Address of the server, for the commands that talk to one [default: http://localhost:8080]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "VAMP_HOST",
        hide_env_values = true
    )]
    server: Option<String>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Serve(Box<serve::ServeArguments>),
    #[command(flatten)]
    Client(client::Command),
    #[command(flatten)]
    Offline(offline::Command),
    Man(man::ManArguments),
}

const AFTER_HELP: &str = "\
A release from the first version to the second:
  vamp serve &
  vamp apply -f shop-1.0.yml            store the blueprint
  vamp deploy shop --wait               run it and wait until it serves
  vamp apply -f shop-2.0.yml
  vamp deploy shop --wait               add version 2.0, without traffic
  vamp get gateways
  vamp weight shop/web/http web:1.0=95 web:2.0=5
  vamp weight shop/web/http web:1.0=0 web:2.0=100
  vamp undeploy shop --service web/web:1.0

Exit status:
  0  done                              6  somebody else changed it meanwhile
  1  the operation failed              7  the server cannot be reached, or failed
  2  wrong arguments or settings       8  the time for waiting is over; the operation goes on
  3  there is no such thing            9  what was deployed does not come up
  4  not allowed                     130  interrupted
  5  an artifact is not valid";

/// The program `vamp`: runs the command line and says with which status to end. Everything that is to be said has been
/// said on standard output (data) and standard error (all else).
pub fn vamp(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    match Cli::try_parse_from(arguments) {
        Err(error) => explained(&error),
        Ok(cli) => told(match cli.command {
            Command::Serve(arguments) => serve::run(&arguments),
            Command::Client(command) => client::run(command, cli.server.as_deref()),
            Command::Offline(command) => offline::run(&command),
            Command::Man(arguments) => man::run(&arguments, Cli::command()),
        }),
    }
}

/// The program `vga`, in the same way: the agent, or a command that deals with configurations.
pub fn vga(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments
        .get(1)
        .is_some_and(|first| HaproxyCli::is_command(first))
    {
        return match HaproxyCli::try_parse_from(arguments) {
            Err(error) => explained(&error),
            Ok(cli) => told(haproxy::run(&cli)),
        };
    }
    match agent::parse(agent::with_double_dashes(arguments)) {
        Err(agent::NoArguments::CommandLine(error)) => explained(&error),
        Err(agent::NoArguments::Settings(error)) => told(Err(error)),
        Ok(arguments) => told(agent::run(&arguments)),
    }
}

/// Help and version are no failures; all else about arguments is 2.
fn explained(error: &clap::Error) -> Exit {
    // Nobody is left to be told when the terminal is gone.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Success
    }
}

/// Tells what went wrong.
fn told(outcome: Result<Exit>) -> Exit {
    outcome.unwrap_or_else(|error: Error| {
        let _ = std::io::stderr().write_all(error.report().as_bytes());
        error.exit()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The long help of `vamp` or one of its commands.
    fn help(path: &[&str]) -> String {
        let mut command = Cli::command().term_width(100);
        command.build();
        for name in path {
            command = command.find_subcommand(name).unwrap().clone();
        }
        command.render_long_help().to_string()
    }

    #[test]
    fn the_definition_of_the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_says_what_can_be_done_and_how() {
        insta::assert_snapshot!("help_vamp", help(&[]));
        for command in [
            "serve", "apply", "get", "delete", "deploy", "undeploy", "weight", "events", "validate",
            "convert", "diff", "import", "explain", "man",
        ] {
            insta::assert_snapshot!(format!("help_vamp_{command}"), help(&[command]));
        }
    }
}
