//! `vamp man`: the manual pages of both programs, for packages.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::client::output::Output;
use crate::haproxy::HaproxyCli;
use crate::vga::VgaArguments;
use crate::{Error, Exit, Result};

/// Write the manual pages of vamp, vga and their commands
///
/// A page each, as man reads them: vamp.1, vamp-serve.1, vga.1 and so on. Pages of these names that are there are replaced; the
/// directory is made when it is missing.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:
  vamp man /usr/local/share/man/man1 && man vamp-serve")]
pub(crate) struct ManArguments {
    /// The directory, section 1 of a manual
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
}

/// Writes the pages of `vamp` as it is given, and of `vga`, and says where.
pub(crate) fn run(arguments: &ManArguments, vamp: clap::Command) -> Result<Exit> {
    let directory = &arguments.directory;
    fs::create_dir_all(directory).map_err(|error| Error::file(Exit::Failed, "make", directory, error))?;
    for program in [vamp, vga()] {
        // Nobody looks for a page about the help of help.
        let mut program = program.disable_help_subcommand(true);
        program.build();
        write(program, directory)
            .map_err(|error| Error::file(Exit::Failed, "write pages to", directory, error))?;
    }
    let output = Output::default();
    let said = output.text(&format!("{}\n", directory.display()));
    match said {
        Err(_) if output.is_unread() => Ok(Exit::Success),
        said => said.map(|()| Exit::Success),
    }
}

/// Writes the page of a command, and those of its commands.
fn write(command: clap::Command, directory: &Path) -> io::Result<()> {
    let commands: Vec<clap::Command> = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .cloned()
        .collect();
    for command in commands {
        write(command, directory)?;
    }
    let page = Man::new(command);
    let mut text = Vec::new();
    page.render(&mut text)?;
    let text = with_blocks(&String::from_utf8_lossy(&text));
    fs::write(directory.join(page.get_filename()), text)
}

/// Lines that are indented stand as they are: `man` would fill them up, and spread their words.
fn with_blocks(page: &str) -> String {
    let mut text = String::with_capacity(page.len() + 64);
    let mut within = false;
    for line in page.lines() {
        if line.starts_with(' ') != within {
            within = !within;
            text.push_str(if within { ".nf\n" } else { ".fi\n" });
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// `vga` with the commands that its own arguments leave to another parser.
fn vga() -> clap::Command {
    let commands = HaproxyCli::command();
    VgaArguments::command().subcommands(commands.get_subcommands().cloned())
}
