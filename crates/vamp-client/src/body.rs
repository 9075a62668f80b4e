use serde::Serialize;
use serde_json::json;

use crate::wire;

/// A document to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    pub(crate) media_type: &'static str,
    pub(crate) text: String,
}

impl Body {
    /// YAML, one document or several.
    #[must_use]
    pub fn yaml(text: impl Into<String>) -> Self {
        Self {
            media_type: wire::YAML,
            text: text.into(),
        }
    }

    /// JSON.
    #[must_use]
    pub fn json(text: impl Into<String>) -> Self {
        Self {
            media_type: wire::JSON,
            text: text.into(),
        }
    }

    /// An artifact, or a JSON value, as JSON.
    #[must_use]
    pub fn of<T: Serialize>(artifact: &T) -> Self {
        Self::json(vamp_model::to_json(artifact))
    }

    /// The name of something stored, such as the blueprint to deploy.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::of(&json!({ "name": name }))
    }

    /// No document.
    #[must_use]
    pub fn empty() -> Self {
        Self::json(String::new())
    }
}
