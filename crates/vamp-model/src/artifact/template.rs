use serde_json::{Map, Value};

use super::Metadata;
use crate::Name;

/// A part of documents that others take in with `import`.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The name.
    pub name: Name,
    /// Free-form data of the user, about the template itself.
    pub metadata: Metadata,
    /// What a document that imports the template begins with.
    pub definition: Map<String, Value>,
}
