//! What documents say they are, without reading them.

use serde_json::Value;

use super::place::Place;
use super::{Context, ParsedText, document};
use crate::Kind;
use crate::problem::Problems;
use crate::tree::{Format, Limits, Source};

/// What one of several documents says it is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outline {
    /// The kind it says it is.
    pub kind: Kind,
    /// The name it says it has.
    pub name: String,
    /// The line where it starts, from 1.
    pub line: usize,
    /// All of it, as it is written.
    pub value: Value,
}

/// What the documents of a text say they are, with the default [`Limits`]. What else they say is not looked at.
///
/// ```
/// use vamp_model::{Format, Kind, outline};
///
/// let documents = outline("kind: breed\nname: web:1\n---\nkind: scales\nname: small\n", Format::Yaml)?;
/// let found: Vec<_> = documents.iter().map(|document| (document.kind, document.line)).collect();
/// assert_eq!(found, [(Kind::Breed, 1), (Kind::Scale, 4)]);
/// # Ok::<(), vamp_model::Problems>(())
/// ```
///
/// # Errors
/// The text is neither YAML nor JSON, exceeds a limit, or has a document without `kind` or `name`.
pub fn outline(text: &str, format: Format) -> Result<Vec<Outline>, Problems> {
    outline_with(text, format, &Limits::default())
}

/// What the documents of a text say they are, within the limits given.
///
/// # Errors
/// As [`outline`].
pub fn outline_with(text: &str, format: Format, limits: &Limits) -> Result<Vec<Outline>, Problems> {
    ParsedText::parse(text, format, limits)?.outline()
}

pub(super) fn one(context: &mut Context, place: &Place<'_>, source: &Source<'_>) -> Option<Outline> {
    let (kind, name) = document::identity(context, place)?;
    Some(Outline {
        kind,
        name: name.to_owned(),
        line: source.position(place.mark.start()).0,
        value: place.node.to_json(),
    })
}
