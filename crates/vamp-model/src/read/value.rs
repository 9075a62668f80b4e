//! Documents that are no artifacts.

use super::{malformed_problem, wrong_document};
use crate::problem::Problems;
use crate::tree::{self, Format, Limits, Source};

/// Reads one document of any shape as a JSON value, with the default [`Limits`].
///
/// Scalars mean what they mean in artifacts; numbers that JSON cannot hold become text. A text that holds nothing is null.
///
/// # Errors
/// The text is neither YAML nor JSON, exceeds a limit, or holds several documents.
pub fn read_value(text: &str, format: Format) -> Result<serde_json::Value, Problems> {
    read_value_with(text, format, &Limits::default())
}

/// Reads one document of any shape within the limits given.
///
/// # Errors
/// As [`read_value`].
pub fn read_value_with(text: &str, format: Format, limits: &Limits) -> Result<serde_json::Value, Problems> {
    if text.trim().is_empty() {
        return Ok(serde_json::Value::Null);
    }
    let source = Source::new(text);
    let documents = tree::parse_documents(text, format, limits)
        .map_err(|malformed| malformed_problem(&malformed, &source))?;
    match documents.as_slice() {
        [] => Ok(serde_json::Value::Null),
        [document] => Ok(document.to_json()),
        [_, second, ..] => {
            let hint = format!("expected one document, found {}", documents.len());
            Err(wrong_document(second.mark, hint, &source))
        }
    }
}
