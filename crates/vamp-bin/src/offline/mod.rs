//! The commands that need no server: they read files and print.

mod arguments;
mod convert;
mod diff;
mod explain;
mod import;
mod kind;
mod validate;

pub(crate) use arguments::{Command, Report};

use crate::client::output::Output;
use crate::{Exit, Result};

/// Runs one command.
pub(crate) fn run(command: &Command) -> Result<Exit> {
    let output = Output::default();
    let outcome = match command {
        Command::Validate(arguments) => validate::run(&output, arguments),
        Command::Convert(arguments) => convert::run(&output, arguments),
        Command::Diff(arguments) => diff::run(&output, arguments),
        Command::Import(arguments) => import::run(&output, arguments),
        Command::Explain(arguments) => explain::run(&output, arguments),
    };
    // Whoever reads the output may go away before its end, such as `head`: that is no failure.
    match outcome {
        Err(_) if output.is_unread() => Ok(Exit::Success),
        outcome => outcome,
    }
}
