//! Documents as a tree with positions, whatever their notation.
//!
//! Keys and scalars are parts of the text wherever they stand there as they are, so that a tree needs little memory beside it.
//! Every place is a stretch of bytes, a [`Mark`]; [`Source`] turns it into line and column when a problem is told.
//!
//! Values that aliases and merge keys bring in are copies. An alias is marked where it stands; what is inside of the value it stands
//! for, and the keys and values of merge keys, where they are written.

mod characters;
mod from_json;
mod json;
mod limits;
mod mapping;
mod mark;
mod merge;
mod offsets;
mod scalar;
mod source;
mod text;
mod yaml;
mod yaml_marks;

pub(crate) use from_json::{Allowance, Excess};
pub use limits::Limits;
pub(crate) use mapping::{Entry, Mapping};
pub(crate) use mark::Mark;
pub(crate) use merge::merge;
pub(crate) use scalar::{Plain, Scalar};
pub(crate) use source::Source;
pub(crate) use text::Text;

/// The notation of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// JSON where the text is JSON, else YAML.
    #[default]
    Auto,
    /// YAML: version 1.1 scalars such as `yes` and `0x1F`, anchors, aliases and merge keys.
    Yaml,
    /// JSON, one value.
    Json,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node<'t> {
    pub(crate) value: Value<'t>,
    pub(crate) mark: Mark,
}

#[derive(Debug, Clone)]
pub(crate) enum Value<'t> {
    Scalar(Scalar<'t>),
    Sequence(Box<[Node<'t>]>),
    Mapping(Mapping<'t>),
}

impl Node<'_> {
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }

    /// The value as JSON; numbers that JSON cannot hold become text.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(scalar) => scalar.to_json(),
            Value::Sequence(nodes) => nodes.iter().map(Self::to_json).collect(),
            Value::Mapping(mapping) => serde_json::Value::Object(mapping_to_json(mapping)),
        }
    }
}

pub(crate) fn mapping_to_json(mapping: &Mapping<'_>) -> serde_json::Map<String, serde_json::Value> {
    mapping
        .iter()
        .map(|(key, entry)| (key.as_str().to_owned(), entry.node.to_json()))
        .collect()
}

/// Why a text is no tree.
#[derive(Debug, Clone)]
pub(crate) struct Malformed {
    pub(crate) mark: Mark,
    pub(crate) message: String,
    /// Whether a limit was hit, rather than the notation broken.
    pub(crate) limit: bool,
}

impl Malformed {
    fn syntax(mark: Mark, message: impl Into<String>) -> Self {
        Self {
            mark,
            message: message.into(),
            limit: false,
        }
    }

    fn limit(mark: Mark, message: impl Into<String>) -> Self {
        Self {
            mark,
            message: message.into(),
            limit: true,
        }
    }
}

/// The values of a text: every document of it, and the elements of a document that is a sequence.
pub(crate) fn parse<'t>(text: &'t str, format: Format, limits: &Limits) -> Result<Vec<Node<'t>>, Malformed> {
    let documents = parse_documents(text, format, limits)?;
    let mut nodes = Vec::with_capacity(documents.len());
    for document in documents {
        flatten(document, &mut nodes);
    }
    if let Some(first_too_many) = nodes.get(limits.documents) {
        let message = format!(
            "the text has {} documents, more than the limit `documents` of {}",
            nodes.len(),
            limits.documents
        );
        return Err(Malformed::limit(first_too_many.mark, message));
    }
    Ok(nodes)
}

/// The documents of a text as they are.
pub(crate) fn parse_documents<'t>(
    text: &'t str,
    format: Format,
    limits: &Limits,
) -> Result<Vec<Node<'t>>, Malformed> {
    let most = limits.bytes.min(LONGEST_TEXT);
    if text.len() > most {
        let message = format!(
            "the text has {} bytes, more than the limit `bytes` of {most}",
            text.len()
        );
        return Err(Malformed::limit(Mark::START, message));
    }
    match format {
        Format::Yaml => yaml::parse(text, limits),
        Format::Json => Ok(vec![json::parse(text, limits)?]),
        Format::Auto if begins_like_json(text) => match json::parse(text, limits) {
            Ok(node) => Ok(vec![node]),
            // Flow style YAML starts alike: the notation that gets farther is the one that was meant.
            Err(json) => yaml::parse(text, limits).map_err(|yaml| {
                if json.mark.start() > yaml.mark.start() {
                    json
                } else {
                    yaml
                }
            }),
        },
        Format::Auto => yaml::parse(text, limits),
    }
}

/// Marks count bytes in 32 bits.
const LONGEST_TEXT: usize = u32::MAX as usize - 1;

fn begins_like_json(text: &str) -> bool {
    let text = text.strip_prefix(source::BYTE_ORDER_MARK).unwrap_or(text);
    text.trim_start().starts_with(['{', '['])
}

fn flatten<'t>(node: Node<'t>, nodes: &mut Vec<Node<'t>>) {
    match node.value {
        Value::Sequence(elements) => elements.into_iter().for_each(|element| flatten(element, nodes)),
        _ => nodes.push(node),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_small() {
        assert!(size_of::<Node<'_>>() <= 48, "{}", size_of::<Node<'_>>());
        assert!(size_of::<(Text<'_>, Entry<'_>)>() <= 80);
    }
}
