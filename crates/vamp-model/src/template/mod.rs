//! Values that refer to other values: `http://$db.host:$db.ports.http/`.

mod fault;
mod grammar;
mod reference;
mod word;

use std::fmt;
use std::str::FromStr;

pub use fault::{InvalidReference, InvalidTemplate, TemplateFault};
pub use reference::{GlobalReference, GlobalScheme, TraitGroup, TraitReference, ValueReference};
pub use word::{ReferencePath, ReferenceWord};

use crate::text_form;

/// The text of a port, variable or constant, or inside a dialect: texts, and references between them.
///
/// `$` begins a reference; a `$` itself is written twice. Printed, every reference has braces, so that what is read back
/// has the same parts.
///
/// ```
/// use vamp_model::{ValuePart, ValueTemplate};
///
/// let url: ValueTemplate = "http://$db.host:8080/?cost=5$$".parse()?;
/// assert_eq!(url.parts().len(), 3);
/// assert_eq!(url.parts()[2], ValuePart::Text(":8080/?cost=5$".to_owned()));
/// assert_eq!(url.to_string(), "http://${db.host}:8080/?cost=5$$");
/// assert_eq!(url.resolve(|_| "10.0.0.9".to_owned()), "http://10.0.0.9:8080/?cost=5$");
///
/// let broken = "cost: 5$ each".parse::<ValueTemplate>().unwrap_err();
/// assert_eq!(broken.offset, 7);
/// # Ok::<(), vamp_model::InvalidTemplate>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ValueTemplate {
    /// No text is empty, and no two of them follow each other.
    parts: Vec<ValuePart>,
}

/// A piece of a [`ValueTemplate`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ValuePart {
    /// Text as it is meant: one `$` is one.
    Text(String),
    /// Something to be filled in.
    Reference(ValueReference),
}

impl ValueTemplate {
    const EXPECTED: &'static str =
        "a value whose references are written like $name, ${db.host} or ${db.ports.http}";

    /// The parts in order. An empty value has none.
    #[must_use]
    pub fn parts(&self) -> &[ValuePart] {
        &self.parts
    }

    /// The references in order.
    pub fn references(&self) -> impl Iterator<Item = &ValueReference> {
        self.parts.iter().filter_map(|part| match part {
            ValuePart::Reference(reference) => Some(reference),
            ValuePart::Text(_) => None,
        })
    }

    /// The text that the value is when it refers to nothing.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [ValuePart::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The value with `value_of` every reference in its place. What is filled in is not looked at again.
    pub fn resolve(&self, mut value_of: impl FnMut(&ValueReference) -> String) -> String {
        let mut resolved = String::new();
        for part in &self.parts {
            match part {
                ValuePart::Text(text) => resolved.push_str(text),
                ValuePart::Reference(reference) => resolved.push_str(&value_of(reference)),
            }
        }
        resolved
    }

    fn push(&mut self, part: ValuePart) {
        match (part, self.parts.last_mut()) {
            (ValuePart::Text(text), _) if text.is_empty() => {}
            (ValuePart::Text(text), Some(ValuePart::Text(before))) => before.push_str(&text),
            (part, _) => self.parts.push(part),
        }
    }
}

impl FromIterator<ValuePart> for ValueTemplate {
    /// Texts that follow each other become one.
    fn from_iter<I: IntoIterator<Item = ValuePart>>(parts: I) -> Self {
        let mut template = Self::default();
        for part in parts {
            template.push(part);
        }
        template
    }
}

impl From<ValueReference> for ValueTemplate {
    fn from(reference: ValueReference) -> Self {
        Self {
            parts: vec![ValuePart::Reference(reference)],
        }
    }
}

impl FromStr for ValueTemplate {
    type Err = InvalidTemplate;

    fn from_str(text: &str) -> Result<Self, InvalidTemplate> {
        grammar::value(text).map(Self::from_iter)
    }
}

impl fmt::Display for ValueTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                ValuePart::Reference(reference) => write!(f, "${{{reference}}}")?,
                ValuePart::Text(text) => {
                    for (position, piece) in text.split('$').enumerate() {
                        if position > 0 {
                            f.write_str("$$")?;
                        }
                        f.write_str(piece)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl serde_core::Serialize for ValueTemplate {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde_core::Deserialize<'de> for ValueTemplate {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::deserialize(deserializer, Self::EXPECTED)
    }
}
