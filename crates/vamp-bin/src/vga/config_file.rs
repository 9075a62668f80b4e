//! The configuration file of `vga`: its long flags as keys, in TOML. It stands in for the defaults, so that environment and flags win.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::builder::Resettable;
use clap::{Command, CommandFactory as _, FromArgMatches as _};
use toml::de::DeValue;

use super::arguments::{GoBool, VgaArguments};
use super::precedence;
use crate::display::{Complaint, similar};
use crate::settings::file::{complaint, scalar, table, text_of};
use crate::{Error, Result};

/// Flags that are for a moment, or for the command line itself.
const NOT_IN_FILES: [&str; 4] = ["config", "force", "help", "version"];

/// Why there are no arguments.
#[derive(Debug)]
pub(crate) enum NoArguments {
    /// What the command line says, help included.
    CommandLine(clap::Error),
    /// What the file says, or what two sources say of one setting.
    Settings(Error),
}

/// Reads the command line, and with it the file that it or the environment names.
pub(crate) fn parse(arguments: Vec<OsString>) -> Result<VgaArguments, NoArguments> {
    let file = file_of(&arguments);
    let command = match &file {
        Some(path) => with_defaults(VgaArguments::command(), path).map_err(NoArguments::Settings)?,
        None => VgaArguments::command(),
    };
    let command = with_logo_of_old(command, std::env::var_os("VAMP_GATEWAY_AGENT_LOGO").as_deref());
    let matches = command
        .clone()
        .try_get_matches_from(arguments)
        .map_err(NoArguments::CommandLine)?;
    let matches = precedence::settle(&command, file.as_deref(), matches).map_err(NoArguments::Settings)?;
    VgaArguments::from_arg_matches(&matches).map_err(NoArguments::CommandLine)
}

/// The agents of old took whatever this variable says for a no, unless it was their word for yes.
fn with_logo_of_old(command: Command, word: Option<&OsStr>) -> Command {
    let is_unknown = |word: &OsStr| word.to_str().is_none_or(|word| word.parse::<GoBool>().is_err());
    if !word.is_some_and(is_unknown) {
        return command;
    }
    command.mut_arg("logo", |flag| flag.env(Resettable::Reset).default_value("false"))
}

/// The file that is named, whatever may be wrong behind it. With a mistake before it the command line is refused anyway.
fn file_of(arguments: &[OsString]) -> Option<PathBuf> {
    let matches = VgaArguments::command()
        .ignore_errors(true)
        .try_get_matches_from(arguments)
        .ok()?;
    // An empty variable names no file.
    let path = matches.try_get_one::<PathBuf>("config").ok().flatten().cloned();
    path.filter(|path| !path.as_os_str().is_empty())
}

/// The command line with what the file says in place of the defaults.
fn with_defaults(command: Command, path: &Path) -> Result<Command> {
    let text = text_of(path)?;
    with_defaults_of(command, &path.display().to_string(), &text)
}

pub(super) fn with_defaults_of(mut command: Command, file: &str, text: &str) -> Result<Command> {
    let mut wrong = Vec::new();
    for (key, value) in table(file, text)?.get_ref() {
        let place = |message| complaint(text, key.span().start, message);
        match default(&command, key.get_ref(), value.get_ref()) {
            Ok((id, values)) => command = command.mut_arg(id, |flag| flag.default_values(values)),
            Err((message, hint)) => wrong.push(
                Complaint {
                    hint,
                    ..place(message)
                }
                .within_settings(file, text),
            ),
        }
    }
    if wrong.is_empty() {
        return Ok(command);
    }
    // The parser hands keys out in their order.
    wrong.sort_by_key(|complaint| (complaint.line, complaint.column));
    Err(Error::usage(format!("cannot use the settings in {file}")).at(wrong))
}

/// The flag of a key and its values; else what is wrong, and what may be meant.
fn default(
    command: &Command,
    key: &str,
    value: &DeValue<'_>,
) -> std::result::Result<(String, Vec<String>), (String, Option<String>)> {
    let known = || {
        let longs = command.get_arguments().filter_map(clap::Arg::get_long);
        longs.filter(|long| !NOT_IN_FILES.contains(long))
    };
    let flag = command.get_arguments().find(|flag| flag.get_long() == Some(key));
    let Some(flag) = flag.filter(|_| !NOT_IN_FILES.contains(&key)) else {
        let hint = similar(key, known()).map(|key| format!("did you mean {key}?"));
        let message = match NOT_IN_FILES.contains(&key) {
            true => format!("{key} is for the command line alone"),
            false => format!("no setting is named {key}"),
        };
        return Err((message, hint.filter(|_| !NOT_IN_FILES.contains(&key))));
    };
    let values: Option<Vec<String>> = match value {
        DeValue::Array(items) => items.iter().map(|item| scalar(item.get_ref())).collect(),
        value => scalar(value).map(|one| vec![one]),
    };
    let several = matches!(flag.get_action(), clap::ArgAction::Append);
    let values = values.filter(|values| several || values.len() == 1);
    let Some(values) = values else {
        let wanted = if several {
            "one value or a list of them"
        } else {
            "one value"
        };
        return Err((
            format!("{key} takes {wanted}, and this is of type {}", value.type_str()),
            None,
        ));
    };
    // Asked one by one, so that the place of what is wrong is known.
    for value in &values {
        let asked =
            VgaArguments::command().try_get_matches_from(["vga".to_owned(), format!("--{key}={value}")]);
        let refused = asked.err().filter(|error| {
            use clap::error::ErrorKind::{InvalidValue, ValueValidation};
            matches!(error.kind(), InvalidValue | ValueValidation)
        });
        if let Some(refused) = refused {
            let told = refused.to_string();
            let line = told.lines().next().unwrap_or_default();
            return Err((line.trim_start_matches("error: ").to_owned(), None));
        }
    }
    Ok((flag.get_id().to_string(), values))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, arguments: &[&str]) -> Result<VgaArguments> {
        let command = with_defaults_of(VgaArguments::command(), "vga.toml", text)?;
        let arguments = std::iter::once("vga").chain(arguments.iter().copied());
        let matches = command.try_get_matches_from(arguments).unwrap();
        Ok(VgaArguments::from_arg_matches(&matches).unwrap())
    }

    #[test]
    fn the_file_stands_in_for_defaults_and_flags_win() {
        let text = "storeType = 'etcd'\nstoreConnection = 'http://a:2379'\nlargest-shrink = 20\n\
                    status-address = 'off'\ndebug = true\non-stop = 'stop'\ndns-enable = true\ndns-port = 53\n\
                    dns-answer = ['10.0.0.5', '10.0.0.6']\n";
        let arguments = read(text, &["--storeConnection=http://b:2379"]).unwrap();
        assert_eq!(arguments.store_type.as_deref(), Some("etcd"));
        assert_eq!(arguments.store_connection.as_deref(), Some("http://b:2379"));
        assert_eq!(arguments.largest_shrink, 20);
        assert_eq!(arguments.status_address.0, None);
        assert!(arguments.debug.0);
        let dns = super::super::dns::config(&arguments).unwrap().unwrap();
        assert_eq!((dns.listen.port(), dns.answers.len()), (53, 2));
        assert_eq!(arguments.on_stop, super::super::arguments::OnStop::Stop);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_a_guess() {
        let text = "status-adress = 'off'\nlargest-shrink = 101\nforce = true\nstatistics = 'here'\nid = ['a', 'b']\n";
        let told = read(text, &[]).unwrap_err();
        insta::assert_snapshot!(told.report(), @r"
        error: cannot use the settings in vga.toml
        vga.toml:1:1: no setting is named status-adress
          1 | status-adress = …
            | ^
          hint: did you mean status-address?
        vga.toml:2:1: invalid value '101' for '--largest-shrink <PERCENT>': 101 is not in 0..=100
          2 | largest-shrink = …
            | ^
        vga.toml:3:1: force is for the command line alone
          3 | force = …
            | ^
        vga.toml:4:1: invalid value 'here' for '--statistics <ADDR:PORT>': invalid socket address syntax
          4 | statistics = …
            | ^
        vga.toml:5:1: id takes one value, and this is of type array
          5 | id = …
            | ^
        ");
        assert!(read("id = \n", &[]).unwrap_err().report().contains("vga.toml:1:"));
    }

    #[test]
    fn a_word_for_the_logo_that_is_none_is_a_no_as_it_was() {
        let logo = |word: Option<&str>, flags: &[&str]| {
            let command = with_logo_of_old(VgaArguments::command(), word.map(OsStr::new));
            let arguments = std::iter::once("vga").chain(flags.iter().copied());
            let matches = command.try_get_matches_from(arguments).unwrap();
            VgaArguments::from_arg_matches(&matches).unwrap().logo.0
        };
        assert!(logo(None, &[]));
        for word in ["yes", "on", "2"] {
            assert!(!logo(Some(word), &[]), "{word}");
        }
        assert!(logo(Some("yes"), &["--logo"]), "flags win");
    }

    #[test]
    fn the_file_is_found_beside_other_mistakes() {
        let arguments = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let path = Some(PathBuf::from("a.toml"));
        assert_eq!(file_of(&arguments(&["vga", "--config", "a.toml"])), path);
        assert_eq!(file_of(&arguments(&["vga", "--config=a.toml", "--what"])), path);
        assert_eq!(file_of(&arguments(&["vga", "--storeType=etcd"])), None);
    }
}
