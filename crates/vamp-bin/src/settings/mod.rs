//! Settings from several places: defaults, a file, the environment, the command line. A later place wins, whole values
//! replace whole values, and every value knows where it comes from.

mod explain;
pub(crate) mod file;
mod origin;
mod read;
mod schema;

use std::collections::BTreeMap;
use std::path::Path;

pub use origin::Origin;
pub(crate) use read::{Chosen, PortRange};
pub(crate) use schema::key;

use crate::display::{Complaint, similar};
use crate::{Error, Result};
use schema::{SETTINGS, Shape};

/// A value before anybody looked at what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Raw {
    One(String),
    List(Vec<String>),
}

/// A setting's value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) raw: Raw,
    pub(crate) origin: Origin,
}

/// All values that somebody gave, the strongest of each setting.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, Given>,
    /// What was given and means nothing, to be told to the user.
    reported: Vec<Complaint>,
}

/// What the command line says: setting, flag, value.
pub(crate) type FlagValue = (&'static str, &'static str, Raw);

impl Settings {
    /// Puts the places together.
    pub(crate) fn gather(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = FlagValue>,
    ) -> Result<Self> {
        let mut settings = Self::default();
        if let Some(path) = file {
            let read = file::read(path)?;
            settings.reported.extend(read.unknown);
            for (setting, raw, line) in read.values {
                let origin = Origin::File {
                    path: path.to_path_buf(),
                    line,
                };
                settings.values.insert(setting.key, Given { raw, origin });
            }
        }
        settings.environment(environment);
        for (key, flag, raw) in flags {
            settings.values.insert(
                key,
                Given {
                    raw,
                    origin: Origin::Flag(flag),
                },
            );
        }
        Ok(settings)
    }

    fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        let known: BTreeMap<String, &schema::Setting> = SETTINGS
            .iter()
            .map(|setting| (setting.variable(), setting))
            .collect();
        for (name, value) in variables {
            let value = value.trim();
            if let Some(setting) = known.get(&name) {
                let raw = match setting.shape {
                    Shape::One => Raw::One(value.to_owned()),
                    Shape::List => Raw::List(items(value)),
                };
                self.values.insert(
                    setting.key,
                    Given {
                        raw,
                        origin: Origin::Environment(name),
                    },
                );
            } else if name.starts_with("VAMP_")
                // Other programs have variables of that prefix, too: only what looks like a slip is told.
                && let Some(meant) = similar(&name, known.keys().map(String::as_str))
            {
                self.reported.push(Complaint {
                    message: format!("the environment variable {name} sets nothing"),
                    hint: Some(format!("did you mean {meant}?")),
                    ..Complaint::default()
                });
            }
        }
    }

    /// What was given and means nothing.
    pub(crate) fn reported(&self) -> &[Complaint] {
        &self.reported
    }

    /// Where the value of this setting comes from, if somebody gave it.
    pub(crate) fn origin(&self, key: &str) -> Option<&Origin> {
        self.given(key).map(|given| &given.origin)
    }

    /// Whether the environment gives this setting.
    pub(crate) fn is_of_environment(&self, key: &str) -> bool {
        matches!(self.origin(key), Some(Origin::Environment(_)))
    }

    fn given(&self, key: &str) -> Option<&Given> {
        self.values.get(key)
    }

    /// The value cannot be used: the error says which, and where it comes from.
    fn refuse(&self, key: &'static str, reason: impl std::fmt::Display) -> Error {
        let (value, origin) = match self.given(key) {
            Some(Given {
                raw: Raw::One(value),
                origin,
            }) => (value.clone(), origin.to_string()),
            Some(Given {
                raw: Raw::List(values),
                origin,
            }) => (values.join(","), origin.to_string()),
            None => (String::new(), Origin::Default.to_string()),
        };
        let subject = if origin.starts_with("--") {
            origin
        } else {
            format!("{key} (from {origin})")
        };
        Error::usage(format!(
            "cannot use '{}' for {subject}: {reason}",
            explain::masked(&value)
        ))
    }
}

/// The parts of `a,b` or `[a, b]`.
fn items(value: &str) -> Vec<String> {
    let inner = value
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(value);
    let items = inner.split(',').map(|item| item.trim().trim_matches('"'));
    items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn flags_win_over_the_environment_which_wins_over_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vamp.toml");
        std::fs::write(
            &path,
            "[vamp]\nnamespace = 'file'\nhttp-api.port = 1\nhttp-api.interface = '127.0.0.1'\n",
        )
        .unwrap();
        let environment = environment(&[("VAMP_NAMESPACE", " env "), ("VAMP_HTTP_API_PORT", "2")]);
        let flags = [(key::API_PORT, "--listen", Raw::One("3".to_owned()))];
        let settings = Settings::gather(Some(&path), environment, flags).unwrap();
        let told = |key: &str| {
            let given = settings.given(key).unwrap();
            (given.raw.clone(), given.origin.to_string())
        };
        assert_eq!(
            told(key::API_PORT),
            (Raw::One("3".to_owned()), "--listen".to_owned())
        );
        assert_eq!(
            told(key::NAMESPACE),
            (Raw::One("env".to_owned()), "VAMP_NAMESPACE".to_owned())
        );
        assert_eq!(told(key::API_INTERFACE).1, format!("{}:4", path.display()));
    }

    #[test]
    fn lists_in_the_environment_are_separated_by_commas_and_replace_whole_lists() {
        for text in [
            "http://a,http://b",
            "[\"http://a\", \"http://b\"]",
            " [http://a , http://b] ",
        ] {
            let settings = Settings::gather(
                None,
                environment(&[("VAMP_PERSISTENCE_KEY_VALUE_STORE_ETCD_URL", text)]),
                [],
            );
            let given = settings.unwrap().given(key::ETCD_URL).cloned().unwrap();
            assert_eq!(
                given.raw,
                Raw::List(vec!["http://a".to_owned(), "http://b".to_owned()]),
                "{text}"
            );
        }
    }

    #[test]
    fn a_variable_that_looks_like_a_slip_is_told_and_those_of_other_programs_are_not() {
        let variables = environment(&[
            ("VAMP_HTTP_API_PROT", "1"),
            ("VAMP_ELASTICSEARCH_URL", "x"),
            ("PATH", "/bin"),
        ]);
        let settings = Settings::gather(None, variables, []).unwrap();
        let told: String = settings.reported().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(told, @r"
        the environment variable VAMP_HTTP_API_PROT sets nothing
        hint: did you mean VAMP_HTTP_API_PORT?
        ");
    }
}
