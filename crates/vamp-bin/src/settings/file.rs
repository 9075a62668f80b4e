//! Settings in a TOML file.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Raw;
use super::schema::{SETTINGS, Setting, Shape, setting};
use crate::display::{Complaint, similar};
use crate::{Error, Exit, Result};

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct FileSettings {
    /// The setting, its value, and the line.
    pub(crate) values: Vec<(&'static Setting, Raw, usize)>,
    /// Keys that nobody knows.
    pub(crate) unknown: Vec<Complaint>,
}

/// Reads a file whose ending says that it is TOML.
pub(crate) fn read(path: &Path) -> Result<FileSettings> {
    parse(&path.display().to_string(), &text_of(path)?)
}

/// The text of a file whose ending says that it is TOML.
pub(crate) fn text_of(path: &Path) -> Result<String> {
    // Of one that is missing, that is told.
    if path.exists() && path.extension().is_none_or(|extension| extension != "toml") {
        return Err(
            Error::usage(format!("cannot read the settings in {}", path.display()))
                .hint("settings are read from TOML; name the file with the ending .toml"),
        );
    }
    std::fs::read_to_string(path).map_err(|source| Error::file(Exit::Usage, "read", path, source))
}

/// The tables of a text.
pub(crate) fn table<'t>(file: &str, text: &'t str) -> Result<Spanned<DeTable<'t>>> {
    DeTable::parse(text).map_err(|error| {
        let complaint = complaint(
            text,
            error.span().map_or(0, |span| span.start),
            error.message().to_owned(),
        );
        Error::usage(format!("cannot read the settings in {file}")).at(vec![complaint.within(file, text)])
    })
}

fn parse(file: &str, text: &str) -> Result<FileSettings> {
    let table = table(file, text)?;
    let mut walk = Walk {
        file,
        text,
        found: FileSettings::default(),
        wrong: Vec::new(),
    };
    walk.table("", table.get_ref());
    // The parser hands tables out in the order of their keys.
    walk.wrong
        .sort_by_key(|complaint| (complaint.line, complaint.column));
    walk.found
        .unknown
        .sort_by_key(|complaint| (complaint.line, complaint.column));
    if walk.wrong.is_empty() {
        return Ok(walk.found);
    }
    Err(Error::usage(format!("cannot use the settings in {file}")).at(walk.wrong))
}

struct Walk<'t> {
    file: &'t str,
    text: &'t str,
    found: FileSettings,
    wrong: Vec<Complaint>,
}

impl Walk<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            let offset = key.span().start;
            match (setting(&name), value.get_ref()) {
                (Some(setting), value) => self.setting(setting, value, offset),
                (None, DeValue::Table(inner)) if leads_somewhere(&name) => {
                    self.table(&format!("{name}."), inner);
                }
                _ => self.unknown(&name, offset),
            }
        }
    }

    fn setting(&mut self, setting: &'static Setting, value: &DeValue<'_>, offset: usize) {
        let raw = match (setting.shape, value) {
            (Shape::List, DeValue::Array(items)) => {
                let items: Option<Vec<String>> = items.iter().map(|item| scalar(item.get_ref())).collect();
                items.map(Raw::List)
            }
            (Shape::List, value) => scalar(value).map(|one| Raw::List(vec![one])),
            (Shape::One, value) => scalar(value).map(Raw::One),
        };
        let place = complaint(self.text, offset, String::new());
        match raw {
            Some(raw) => self.found.values.push((setting, raw, place.line)),
            None => {
                let wanted = if setting.shape == Shape::List {
                    "a list of strings"
                } else {
                    "one value"
                };
                let message = format!(
                    "{} takes {wanted}, and this is of type {}",
                    setting.key,
                    value.type_str()
                );
                self.wrong
                    .push(Complaint { message, ..place }.within_settings(self.file, self.text));
            }
        }
    }

    fn unknown(&mut self, name: &str, offset: usize) {
        let place = complaint(self.text, offset, format!("no setting is named {name}"));
        let known = SETTINGS.iter().map(|setting| setting.key);
        let hint = similar(name, known).map(|key| format!("did you mean {key}?"));
        self.found
            .unknown
            .push(Complaint { hint, ..place }.within_settings(self.file, self.text));
    }
}

/// Whether some setting is below this name.
fn leads_somewhere(name: &str) -> bool {
    SETTINGS.iter().any(|setting| {
        setting
            .key
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// A single value as text.
pub(crate) fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().replace('_', "")),
        DeValue::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A complaint at a byte of a text.
pub(crate) fn complaint(text: &str, offset: usize, message: String) -> Complaint {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |position| position + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    Complaint {
        line,
        column,
        message,
        ..Complaint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::schema::key;

    #[test]
    fn other_notations_are_refused_by_the_ending_of_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("application.conf");
        let missing = text_of(&path).unwrap_err().report();
        assert!(
            missing.contains("No such file") && !missing.contains("TOML"),
            "{missing}"
        );
        std::fs::write(&path, "").unwrap();
        let other = text_of(&path).unwrap_err().report();
        assert!(other.contains("name the file with the ending .toml"), "{other}");
    }

    #[test]
    fn tables_and_dotted_keys_name_the_same_settings() {
        let text = "vamp.namespace = 'shop'\n[vamp.http-api]\nport = 8_081\ninsecure = true\n\
                    [vamp.persistence.key-value-store]\netcd.url = ['http://a:2379', 'http://b:2379']\n";
        let found = parse("vamp.toml", text).unwrap();
        let values: Vec<_> = found
            .values
            .iter()
            .map(|(setting, raw, line)| (setting.key, raw.clone(), *line))
            .collect();
        let expected = [
            (key::NAMESPACE, Raw::One("shop".to_owned()), 1),
            (key::API_PORT, Raw::One("8081".to_owned()), 3),
            (key::API_INSECURE, Raw::One("true".to_owned()), 4),
            (
                key::ETCD_URL,
                Raw::List(vec!["http://a:2379".to_owned(), "http://b:2379".to_owned()]),
                6,
            ),
        ];
        for wanted in expected {
            assert!(values.contains(&wanted), "{wanted:?} in {values:?}");
        }
        assert!(found.unknown.is_empty());
    }

    #[test]
    fn a_key_that_nobody_knows_is_told_with_its_place_and_a_guess() {
        let found = parse("vamp.toml", "[vamp.http-api]\nprot = 1\n[akka]\nloglevel = 'x'\n").unwrap();
        let told: String = found.unknown.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(told, @r"
        vamp.toml:2:1: no setting is named vamp.http-api.prot
          2 | prot = …
            | ^
          hint: did you mean vamp.http-api.port?
        vamp.toml:3:2: no setting is named akka
          3 | [akka]
            |  ^
        ");
    }

    #[test]
    fn a_broken_file_and_values_of_the_wrong_shape_are_refused_with_their_places() {
        let broken = parse("vamp.toml", "[vamp\n").unwrap_err();
        insta::assert_snapshot!(broken.report(), @r"
        error: cannot read the settings in vamp.toml
        vamp.toml:1:6: unclosed table, expected `]`
          1 | [vamp
            |      ^
        ");
        let wrong = parse("vamp.toml", "[vamp.http-api]\nport = [1]\ninterface = 1.5\n").unwrap_err();
        insta::assert_snapshot!(wrong.report(), @r"
        error: cannot use the settings in vamp.toml
        vamp.toml:2:1: vamp.http-api.port takes one value, and this is of type array
          2 | port = …
            | ^
        vamp.toml:3:1: vamp.http-api.interface takes one value, and this is of type float
          3 | interface = …
            | ^
        ");
        assert_eq!(wrong.exit(), Exit::Usage);
    }
}
