//! `vga fmt`.

use std::path::Path;

use vamp_haproxy::Document;

use super::arguments::FmtArguments;
use crate::client::output::Output;
use crate::input::Input;
use crate::{Error, Exit, Result};

pub(super) fn run(output: &Output, arguments: &FmtArguments) -> Result<Exit> {
    super::once_from_standard_input(&arguments.files)?;
    let mut others = 0;
    for file in &arguments.files {
        let input = Input::read(file)?;
        let formatted = Document::parse(input.text.as_str()).formatted();
        let changes = formatted != input.text;
        others += usize::from(changes);
        if arguments.check {
            if changes {
                output.text(&format!("{}\n", input.name))?;
            }
        } else if !arguments.write {
            output.text(&formatted)?;
        } else if file == "-" {
            return Err(Error::usage("standard input cannot be written"));
        } else if changes {
            write(Path::new(file), &formatted)?;
        }
    }
    Ok(if arguments.check && others > 0 {
        Exit::Failed
    } else {
        Exit::Success
    })
}

/// Writes the file anew, with the permissions that it had.
fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |source| Error::file(Exit::Failed, "write", path, source);
    // A link goes on to lead to the file.
    let target = path.canonicalize().map_err(failed)?;
    let permissions = std::fs::metadata(&target).map_err(failed)?.permissions();
    vamp_io::atomic_file::write(&target, text.as_bytes()).map_err(failed)?;
    std::fs::set_permissions(&target, permissions).map_err(failed)
}
