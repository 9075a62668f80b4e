//! Values from outside of all artifacts: `config://a.b`, `env://HOME`.

use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;

use super::ResolveError;
use crate::{GlobalReference, GlobalScheme};

/// Somebody who knows values from outside.
pub trait GlobalResolver: fmt::Debug {
    /// The text that the reference stands for; `None` when its scheme is not known here.
    ///
    /// # Errors
    /// The scheme is known, but there is no such value and an empty text would hide that.
    fn value_of(&self, reference: &GlobalReference) -> Result<Option<String>, ResolveError>;
}

/// Nothing is known: every reference becomes empty text.
impl GlobalResolver for () {
    fn value_of(&self, _: &GlobalReference) -> Result<Option<String>, ResolveError> {
        Ok(None)
    }
}

/// Several who know something: the first one that knows the scheme answers.
///
/// The order of the language is that of the setting `vamp.model.resolvers.…`, then [`ServerValues`].
#[derive(Debug, Clone, Default)]
pub struct InOrder<'r>(pub Vec<&'r dyn GlobalResolver>);

impl GlobalResolver for InOrder<'_> {
    fn value_of(&self, reference: &GlobalReference) -> Result<Option<String>, ResolveError> {
        for resolver in &self.0 {
            if let Some(value) = resolver.value_of(reference)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}

/// The configuration and the environment of a server.
///
/// A setting that is not configured is an error, a variable that is not set is empty text.
pub struct ServerValues<'v> {
    /// The setting of a path, as text.
    pub configuration: &'v dyn Fn(&str) -> Option<String>,
    /// The environment variable of a name.
    pub environment: &'v dyn Fn(&str) -> Option<String>,
}

impl fmt::Debug for ServerValues<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerValues").finish_non_exhaustive()
    }
}

impl GlobalResolver for ServerValues<'_> {
    fn value_of(&self, reference: &GlobalReference) -> Result<Option<String>, ResolveError> {
        let path = reference.path.as_str();
        match reference.known_scheme() {
            Some(GlobalScheme::Configuration) => match (self.configuration)(path) {
                Some(value) => Ok(Some(value)),
                None => Err(ResolveError::MissingConfiguration {
                    path: path.to_owned(),
                }),
            },
            Some(GlobalScheme::Environment) => Ok(Some((self.environment)(path).unwrap_or_default())),
            Some(GlobalScheme::Elasticsearch) | None => Ok(None),
        }
    }
}

/// The names of the indices in which events of a type are found: `es://health`.
///
/// The name is that of the index, the type, and a pattern of time in braces that whoever asks fills in:
/// `vamp-pulse-default-health-{YYYY-MM-dd}/health`.
#[derive(Debug, Clone, Default)]
pub struct IndexNames {
    /// What the names of all indices begin with.
    pub index: String,
    /// Patterns of time by type of event; that of `event` is for types without one.
    pub time_formats: IndexMap<String, String>,
}

impl IndexNames {
    /// The pattern of time where none is set.
    pub const DAILY: &'static str = "YYYY-MM-dd";
}

impl GlobalResolver for IndexNames {
    fn value_of(&self, reference: &GlobalReference) -> Result<Option<String>, ResolveError> {
        if reference.known_scheme() != Some(GlobalScheme::Elasticsearch) {
            return Ok(None);
        }
        let kind = reference.path.as_str().to_lowercase();
        let format = self
            .time_formats
            .get(&kind)
            .or_else(|| self.time_formats.get("event"));
        let format = format.map_or(Self::DAILY, String::as_str);
        Ok(Some(format!("{}-{kind}-{{{format}}}/{kind}", self.index)))
    }
}

/// A resolver that the settings `vamp.model.resolvers.…` can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PlugIn {
    /// [`IndexNames`], written `elasticsearch` or as in old configurations `io.vamp.pulse.ElasticsearchValueResolver`.
    Elasticsearch,
}

/// A setting asks for a resolver that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown resolver '{0}': known is 'elasticsearch', also written 'io.vamp.pulse.ElasticsearchValueResolver'"
)]
pub struct UnknownPlugIn(pub String);

impl FromStr for PlugIn {
    type Err = UnknownPlugIn;

    fn from_str(text: &str) -> Result<Self, UnknownPlugIn> {
        match text {
            "elasticsearch" | "io.vamp.pulse.ElasticsearchValueResolver" => Ok(Self::Elasticsearch),
            _ => Err(UnknownPlugIn(text.to_owned())),
        }
    }
}

/// What a reference to the outside becomes: empty text where nobody knows it.
pub(super) fn global(
    globals: &dyn GlobalResolver,
    reference: &GlobalReference,
) -> Result<String, ResolveError> {
    globals.value_of(reference).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_value(reference: &str) -> Result<Option<String>, ResolveError> {
        let server = ServerValues {
            configuration: &|path| (path == "vamp.mode").then(|| "canary".to_owned()),
            environment: &|name| (name == "HOME").then(|| "/root".to_owned()),
        };
        server.value_of(&reference.parse().unwrap())
    }

    #[test]
    fn settings_and_environment_are_known_under_all_their_names() {
        for scheme in ["conf", "config", "configuration"] {
            let value = server_value(&format!("{scheme}://vamp.mode"));
            assert_eq!(value, Ok(Some("canary".to_owned())), "{scheme}");
        }
        for scheme in ["env", "environment", "env_var", "environment_variable"] {
            let value = server_value(&format!("{scheme}://HOME"));
            assert_eq!(value, Ok(Some("/root".to_owned())), "{scheme}");
        }
        for scheme in ["vamp", "es", "Config", "http"] {
            assert_eq!(server_value(&format!("{scheme}://HOME")), Ok(None), "{scheme}");
        }
    }

    #[test]
    fn a_setting_that_is_not_configured_is_an_error_and_a_variable_that_is_not_set_is_empty() {
        let missing = server_value("config://vamp.mood").unwrap_err();
        assert_eq!(missing.code(), "ParserError");
        assert_eq!(
            missing.to_string(),
            "Cannot parse: nothing is configured at 'vamp.mood'."
        );
        assert_eq!(server_value("env://NOTHING"), Ok(Some(String::new())));
    }

    #[test]
    fn the_names_of_indices_have_the_pattern_of_their_type() {
        let formats = [("health", "YYYY-MM"), ("event", "YYYY")];
        let named = |formats: &[(&str, &str)], reference: &str| {
            let formats = formats
                .iter()
                .map(|(kind, format)| ((*kind).to_owned(), (*format).to_owned()));
            let names = IndexNames {
                index: "pulse".to_owned(),
                time_formats: formats.collect(),
            };
            names.value_of(&reference.parse().unwrap()).unwrap()
        };
        let cases = [
            (&formats[..], "es://Health", Some("pulse-health-{YYYY-MM}/health")),
            (
                &formats[..],
                "elasticsearch://metrics",
                Some("pulse-metrics-{YYYY}/metrics"),
            ),
            (&[], "es://metrics", Some("pulse-metrics-{YYYY-MM-dd}/metrics")),
            (&[], "config://metrics", None),
        ];
        for (formats, reference, expected) in cases {
            assert_eq!(named(formats, reference).as_deref(), expected, "{reference}");
        }
    }

    #[test]
    fn the_first_who_knows_a_scheme_answers() {
        let names = |index: &str| IndexNames {
            index: index.to_owned(),
            ..IndexNames::default()
        };
        let (first, second) = (names("first"), names("second"));
        let value = |order: InOrder<'_>| order.value_of(&"es://a".parse().unwrap()).unwrap();
        let answer = value(InOrder(vec![&(), &first, &second]));
        assert_eq!(answer.as_deref(), Some("first-a-{YYYY-MM-dd}/a"));
        assert_eq!(value(InOrder::default()), None);
    }

    #[test]
    fn resolvers_are_known_by_their_name_in_old_configurations() {
        let known: Result<PlugIn, _> = "io.vamp.pulse.ElasticsearchValueResolver".parse();
        assert_eq!(known, Ok(PlugIn::Elasticsearch));
        let unknown = "io.vamp.Other".parse::<PlugIn>().unwrap_err();
        assert!(
            unknown
                .to_string()
                .starts_with("unknown resolver 'io.vamp.Other'")
        );
    }
}
