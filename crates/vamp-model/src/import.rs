//! Documents that begin with parts of others: what they import, and how that is laid under them.
//!
//! A document names artifacts under `import`, from left to right. They are merged, and what the document says itself is merged over
//! them. Readers whose names end in `importing` do that; they ask an [`Imports`] for what is named.
//!
//! ```
//! use serde_json::json;
//! use vamp_model::import::{Imported, read_importing};
//! use vamp_model::{Breed, Format, Kind, Limits};
//!
//! let templates = |kind: Kind, name: &str| match (kind, name) {
//!     (Kind::Template, "defaults") => Imported::Found(json!({
//!         "name": "defaults",
//!         "definition": {"environment_variables": {"LEVEL": "info", "MODE": "fast"}},
//!     })),
//!     _ => Imported::Absent,
//! };
//! let text = "
//! import: defaults
//! name: web:1
//! deployable: acme/web:1
//! environment_variables: {LEVEL: debug}
//! ";
//! let breed: Breed = read_importing(text, Format::Yaml, &Limits::default(), &templates)?;
//! let values: Vec<_> = breed.environment_variables.values().map(|variable| variable.value.as_deref()).collect();
//! assert_eq!(values, [Some("debug"), Some("fast")]);
//! # Ok::<(), vamp_model::Problems>(())
//! ```

use std::fmt;

use serde_json::Value;

use crate::Kind;
pub use crate::read::{
    imports_of, imports_of_with, read_any_importing, read_any_list_importing,
    read_deployment_request_importing, read_documents_importing, read_importing, read_list_importing,
};
use crate::tree::{self, Allowance, Mark};

/// An artifact that a document imports, as the document names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Import {
    /// The kind in plural, as in the API's paths; `templates` where only a name is given. It may be one that does not exist.
    pub kind: String,
    /// The name.
    pub name: String,
}

impl Import {
    /// The kind, where it exists.
    #[must_use]
    pub fn known_kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.plural() == self.kind)
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// What is known of an artifact that a document imports.
#[derive(Debug, Clone, PartialEq)]
pub enum Imported {
    /// The artifact as the API prints it, with the artifacts that it refers to written out. Of a template, its `definition` is taken.
    Found(Value),
    /// There is no such artifact.
    Absent,
    /// There is one that cannot be taken, because of what is wrong with what it refers to. It is told where the artifact is named.
    Broken {
        /// The stable name of the problem, one of [`code`](crate::code).
        code: &'static str,
        /// What is wrong, in words.
        message: String,
        /// Where, or what would help.
        hint: Option<String>,
    },
    /// Nobody could be asked, or nobody answered: the document is not read, and the problem says so.
    Unknown,
}

/// Whoever knows the artifacts that documents import: a store, a folder of files.
///
/// What imported artifacts import themselves is not looked at. A closure `Fn(Kind, &str) -> Imported` is one, too.
pub trait Imports {
    /// The artifact of that kind and name.
    fn import(&self, kind: Kind, name: &str) -> Imported;
}

impl<F: Fn(Kind, &str) -> Imported> Imports for F {
    fn import(&self, kind: Kind, name: &str) -> Imported {
        self(kind, name)
    }
}

/// Lays values over one another as imports are, the first one lowest; null where there are none.
///
/// Mappings are merged key by key, the keys of the lower ones first. Lists are united: the lower one first, then those elements of
/// the upper one that the lower one has not. Of anything else, and of values of different sorts, the upper one counts, null too.
#[must_use]
pub fn merge(values: impl IntoIterator<Item = Value>) -> Value {
    let mut unlimited = Allowance {
        depth: usize::MAX,
        values: usize::MAX,
    };
    let trees = values
        .into_iter()
        .filter_map(|value| unlimited.tree(value, Mark::START).ok());
    tree::merge(trees.collect()).map_or(Value::Null, |merged| merged.to_json())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_laid_over_one_another() {
        let cases = [
            (vec![], json!(null)),
            (vec![json!({"a": 1})], json!({"a": 1})),
            (
                vec![
                    json!({"a": 1, "b": {"x": 1, "y": 2}}),
                    json!({"b": {"y": 3, "z": 4}, "c": 5}),
                ],
                json!({"a": 1, "b": {"x": 1, "y": 3, "z": 4}, "c": 5}),
            ),
            (vec![json!([1, 2]), json!([3, 1, 2, 4])], json!([1, 2, 3, 4])),
            (vec![json!([1, 1]), json!([2, 2, 1])], json!([1, 1, 2, 2])),
            (
                vec![json!([{"a": 1, "b": [2]}]), json!([{"b": [2], "a": 1}, {"a": 1}])],
                json!([{"a": 1, "b": [2]}, {"a": 1}]),
            ),
            (
                vec![json!(["1", null, true]), json!([1, 1.0, "null", "true", null])],
                json!(["1", null, true, 1, 1.0, "null", "true"]),
            ),
            (
                vec![json!({"a": [1]}), json!({"a": {"b": 1}})],
                json!({"a": {"b": 1}}),
            ),
            (
                vec![json!({"a": {"b": 1}}), json!({"a": null})],
                json!({"a": null}),
            ),
            (
                vec![json!({"a": null}), json!({"a": {"b": 1}})],
                json!({"a": {"b": 1}}),
            ),
            // What lies under another sort does not come back.
            (
                vec![
                    json!({"a": {"x": 1}}),
                    json!({"a": 5}),
                    json!({"a": {"y": 2}}),
                    json!({"a": {"z": 3}}),
                ],
                json!({"a": {"y": 2, "z": 3}}),
            ),
            (
                vec![json!({"a": [1]}), json!({"a": [2]}), json!({"a": [1, 3]})],
                json!({"a": [1, 2, 3]}),
            ),
        ];
        for (values, expected) in cases {
            let shown = format!("{values:?}");
            assert_eq!(merge(values).to_string(), expected.to_string(), "{shown}");
        }
    }

    #[test]
    fn numbers_stay_what_they_are() {
        let value = json!({"a": [0, -1, i64::MIN, u64::MAX, 1.5, -0.0, 1e300], "b": {"": [[], {}]}});
        assert_eq!(merge([value.clone()]).to_string(), value.to_string());
        assert_eq!(merge([json!({}), value.clone()]).to_string(), value.to_string());
    }
}
