//! The commands of `vga` that need neither store nor agent: they read files and print.

mod arguments;
mod check;
mod condition;
mod diff;
mod fmt;
mod render;

pub(crate) use arguments::HaproxyCli;

use arguments::Command;

use crate::client::output::Output;
use crate::{Error, Exit, Result};

/// Standard input has one end only.
fn once_from_standard_input(files: &[String]) -> Result<()> {
    if files.iter().filter(|file| *file == "-").count() > 1 {
        return Err(Error::usage("standard input can be read only once"));
    }
    Ok(())
}

/// Runs one command.
pub(crate) fn run(cli: &HaproxyCli) -> Result<Exit> {
    let output = Output::default();
    let outcome = match &cli.command {
        Command::Check(arguments) => check::run(&output, arguments),
        Command::Fmt(arguments) => fmt::run(&output, arguments),
        Command::Render(arguments) => render::run(&output, arguments),
        Command::Condition(arguments) => condition::run(&output, arguments),
        Command::Diff(arguments) => diff::run(&output, arguments),
    };
    // Whoever reads the output may go away before its end, such as `head`: that is no failure.
    match outcome {
        Err(_) if output.is_unread() => Ok(Exit::Success),
        outcome => outcome,
    }
}
