//! From artifacts to text.

mod any;
mod argument;
mod blueprint;
mod breed;
mod deployment;
mod dialects;
mod event;
mod gateway;
mod sla;
mod storage;
mod template;
mod workflow;
mod yaml;

use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

pub(crate) use gateway::NO_PORT;
pub use storage::{Stored, to_storage_json};
pub(crate) use yaml::inline;
pub use yaml::{to_yaml, to_yaml_documents};

use crate::Metadata;

/// An artifact as compact JSON.
///
/// Reading the text gives the same artifact again, with amounts of memory rounded to 0.01 MB; writing that gives the same text.
#[must_use]
pub fn to_json<T: Serialize>(artifact: &T) -> String {
    to_value(artifact).to_string()
}

/// An artifact as JSON value, for writing it with others.
pub(crate) fn to_value<T: Serialize + ?Sized>(artifact: &T) -> serde_json::Value {
    // Every key is text and every number finite, so that nothing can fail; should it, the text shows it.
    serde_json::to_value(artifact).unwrap_or_else(|error| error.to_string().into())
}

/// An empty mapping `{}`.
struct Nothing;

impl Serialize for Nothing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }
}

/// `name`, `kind` and `metadata`, with which every artifact begins.
fn begin<M: SerializeMap>(
    map: &mut M,
    name: &str,
    kind: crate::Kind,
    metadata: &Metadata,
) -> Result<(), M::Error> {
    map.serialize_entry("name", name)?;
    map.serialize_entry("kind", kind.plural())?;
    map.serialize_entry("metadata", metadata)
}

/// An entry that is left out when there is no value.
fn optional<M: SerializeMap, T: Serialize>(
    map: &mut M,
    key: &'static str,
    value: Option<&T>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(key, value),
        None => Ok(()),
    }
}
