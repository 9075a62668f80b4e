//! The commands of `vga` that need neither store nor agent: they read files and print.

mod arguments;
mod condition;
mod diff;
mod render;

pub(crate) use arguments::HaproxyCli;

use arguments::Command;

use crate::client::output::Output;
use crate::{Exit, Result};

/// Runs one command.
pub(crate) fn run(cli: &HaproxyCli) -> Result<Exit> {
    let output = Output::default();
    let outcome = match &cli.command {
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
