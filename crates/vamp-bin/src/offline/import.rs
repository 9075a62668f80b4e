//! `vamp import`.

use std::path::Path;

use vamp_model::{Name, compose};

use super::arguments::{ComposeArguments, From, ImportArguments};
use crate::client::output::Output;
use crate::input::Input;
use crate::{Error, Exit, Result};

pub(super) fn run(output: &Output, arguments: &ImportArguments) -> Result<Exit> {
    match &arguments.from {
        From::Compose(arguments) => compose(output, arguments),
    }
}

fn compose(output: &Output, arguments: &ComposeArguments) -> Result<Exit> {
    let name = name(arguments)?;
    let input = Input::read(&arguments.file)?;
    let import = compose::import(&name, &input.text).map_err(|problems| {
        let message = format!("{} cannot be made a blueprint", input.name);
        Error::new(Exit::Invalid, message).at(input.complaints(&problems))
    })?;
    output.text(&import.to_string())?;
    Ok(Exit::Success)
}

/// The name given, or that of the directory in which the file lies.
fn name(arguments: &ComposeArguments) -> Result<Name> {
    let given = match &arguments.name {
        Some(name) => name.clone(),
        None => directory_of(&arguments.file)
            .ok_or_else(|| Error::usage("the blueprint needs a name").hint("give it one with --name NAME"))?,
    };
    given.parse().map_err(|_| {
        Error::usage(format!("'{given}' is no name of a blueprint"))
            .hint("a name has no blanks, slashes and brackets; give one with --name NAME")
    })
}

fn directory_of(file: &str) -> Option<String> {
    if file == "-" {
        return None;
    }
    let whole = std::path::absolute(Path::new(file)).ok()?;
    let directory = whole.parent()?.file_name()?;
    Some(directory.to_str()?.to_owned())
}
