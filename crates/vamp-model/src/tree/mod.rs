//! Documents as a tree with positions, whatever their notation.

mod json;
mod limits;
mod mapping;
mod scalar;
mod yaml;

pub use limits::Limits;
pub(crate) use mapping::{Entry, Mapping};
pub(crate) use scalar::{Plain, Scalar};

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

/// A place in a text, counted in characters from 1. Small, because every value and key has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    line: u32,
    column: u32,
}

impl Mark {
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    fn new(line: usize, column: usize) -> Self {
        let saturated = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            line: saturated(line),
            column: saturated(column),
        }
    }

    pub(crate) const fn line(self) -> usize {
        self.line as usize
    }

    pub(crate) const fn column(self) -> usize {
        self.column as usize
    }
}

/// A value and where it starts.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) mark: Mark,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Mapping),
}

impl Node {
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

pub(crate) fn mapping_to_json(mapping: &Mapping) -> serde_json::Map<String, serde_json::Value> {
    mapping
        .iter()
        .map(|(key, entry)| (key.clone(), entry.node.to_json()))
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
pub(crate) fn parse(text: &str, format: Format, limits: &Limits) -> Result<Vec<Node>, Malformed> {
    let documents = parse_documents(text, format, limits)?;
    let mut nodes = Vec::with_capacity(documents.len());
    for document in documents {
        flatten(document, &mut nodes);
    }
    if nodes.len() > limits.documents {
        let message = format!(
            "the text has {} documents, more than the limit of {}",
            nodes.len(),
            limits.documents
        );
        return Err(Malformed::limit(Mark::START, message));
    }
    Ok(nodes)
}

/// The documents of a text as they are.
pub(crate) fn parse_documents(text: &str, format: Format, limits: &Limits) -> Result<Vec<Node>, Malformed> {
    if text.len() > limits.bytes {
        let message = format!(
            "the text has {} bytes, more than the limit of {}",
            text.len(),
            limits.bytes
        );
        return Err(Malformed::limit(Mark::START, message));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        Format::Yaml => yaml::parse(text, limits),
        Format::Json => Ok(vec![json::parse(text, limits)?]),
        Format::Auto if text.trim_start().starts_with(['{', '[']) => match json::parse(text, limits) {
            Ok(node) => Ok(vec![node]),
            // Flow style YAML starts alike: the notation that gets farther is the one that was meant.
            Err(json) => {
                yaml::parse(text, limits).map_err(|yaml| if json.mark > yaml.mark { json } else { yaml })
            }
        },
        Format::Auto => yaml::parse(text, limits),
    }
}

fn flatten(node: Node, nodes: &mut Vec<Node>) {
    match node.value {
        Value::Sequence(elements) => elements.into_iter().for_each(|element| flatten(element, nodes)),
        _ => nodes.push(node),
    }
}
