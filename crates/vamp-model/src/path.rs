//! The way to a value of a document.

use std::fmt::{self, Write as _};
use std::str::FromStr;

/// One step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathSegment {
    /// The value under a key of a mapping.
    Key(String),
    /// An element of a list, counted from 0.
    Index(usize),
}

/// The way from a document to one of its values, written `clusters.cart.services[0].scale.cpu`.
///
/// A key that is empty or contains white space, a control character, `.`, `[`, `]` or `"` is written as a JSON text in brackets,
/// as in `environment_variables["cart.MODE"]`. The way to the document itself is empty.
///
/// ```
/// use vamp_model::ValuePath;
///
/// let path = ValuePath::new().key("clusters").key("cart").key("services").index(0);
/// assert_eq!(path.to_string(), "clusters.cart.services[0]");
/// assert_eq!("clusters.cart.services[0]".parse(), Ok(path));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ValuePath {
    segments: Vec<PathSegment>,
}

impl ValuePath {
    /// The way to the document itself.
    #[must_use]
    pub const fn new() -> Self {
        Self { segments: Vec::new() }
    }

    /// The way to the value under a key of the mapping to which this one leads.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.segments.push(PathSegment::Key(key.into()));
        self
    }

    /// The way to an element, counted from 0, of the list to which this one leads.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.segments.push(PathSegment::Index(index));
        self
    }

    /// The steps, from the document inwards.
    #[must_use]
    pub fn segments(&self) -> &[PathSegment] {
        &self.segments
    }
}

impl FromIterator<PathSegment> for ValuePath {
    fn from_iter<I: IntoIterator<Item = PathSegment>>(segments: I) -> Self {
        let segments = segments.into_iter().collect();
        Self { segments }
    }
}

/// Adds a key to a path that is being written.
pub(crate) fn write_key(path: &mut String, key: &str) {
    if is_plain(key) {
        let dot = if path.is_empty() { "" } else { "." };
        // Writing to a String does not fail.
        let _ = write!(path, "{dot}{key}");
    } else {
        let _ = write!(path, "[{}]", serde_json::Value::from(key));
    }
}

/// Adds an index to a path that is being written.
pub(crate) fn write_index(path: &mut String, index: usize) {
    let _ = write!(path, "[{index}]");
}

fn is_plain(key: &str) -> bool {
    let needs_quotes = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '.' | '[' | ']' | '"');
    !key.is_empty() && !key.contains(needs_quotes)
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for segment in &self.segments {
            match segment {
                PathSegment::Key(key) => write_key(&mut text, key),
                PathSegment::Index(index) => write_index(&mut text, *index),
            }
        }
        f.write_str(&text)
    }
}

/// A text is no path as [`ValuePath`] writes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no path such as clusters.cart.services[0]", .0.escape_debug())]
pub struct InvalidValuePath(pub String);

impl FromStr for ValuePath {
    type Err = InvalidValuePath;

    fn from_str(text: &str) -> Result<Self, InvalidValuePath> {
        parse(text).ok_or_else(|| InvalidValuePath(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<ValuePath> {
    let mut path = ValuePath::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            rest = bracketed(inside, &mut path)?;
            continue;
        }
        // A dot stands between a step and a plain key, nowhere else.
        let behind_dot = if path.segments.is_empty() {
            rest
        } else {
            rest.strip_prefix('.')?
        };
        let end = behind_dot.find(['.', '[']).unwrap_or(behind_dot.len());
        let (key, behind) = behind_dot.split_at(end);
        if !is_plain(key) {
            return None;
        }
        path = path.key(key);
        rest = behind;
    }
    Some(path)
}

/// Reads `0]` or `"key"]` and returns what follows.
fn bracketed<'t>(inside: &'t str, path: &mut ValuePath) -> Option<&'t str> {
    if inside.starts_with('"') {
        let mut keys = serde_json::Deserializer::from_str(inside).into_iter::<String>();
        let key = keys.next()?.ok()?;
        path.segments.push(PathSegment::Key(key));
        return inside.get(keys.byte_offset()..)?.strip_prefix(']');
    }
    let (digits, behind) = inside.split_once(']')?;
    let only_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let index = digits.parse().ok().filter(|_| only_digits)?;
    path.segments.push(PathSegment::Index(index));
    Some(behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_in_dots_and_brackets_and_reads_back_as_itself() {
        let cases = [
            (ValuePath::new(), ""),
            (ValuePath::new().key("name"), "name"),
            (
                ValuePath::new()
                    .key("clusters")
                    .key("cart")
                    .key("services")
                    .index(0)
                    .key("scale"),
                "clusters.cart.services[0].scale",
            ),
            (ValuePath::new().index(3).key("a"), "[3].a"),
            (
                ValuePath::new().key("gateways").key("9050").key("web/http"),
                "gateways.9050.web/http",
            ),
            (ValuePath::new().key("env").key("cart.MODE"), "env[\"cart.MODE\"]"),
            (
                ValuePath::new().key("[10.0.0.1:80]").key("weight"),
                "[\"[10.0.0.1:80]\"].weight",
            ),
            (
                ValuePath::new().key("").key("a \"b\"\n"),
                "[\"\"][\"a \\\"b\\\"\\n\"]",
            ),
            (ValuePath::new().key("0").index(0), "0[0]"),
            (ValuePath::new().key("ключ"), "ключ"),
        ];
        for (path, text) in cases {
            assert_eq!(path.to_string(), text);
            assert_eq!(text.parse(), Ok(path), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_paths() {
        for text in [
            ".", "a.", "a..b", "a b", ".a", "a[", "a[x]", "a[-1]", "a[]", "a[\"b]", "a[\"b\"", "a]", "a[0]b",
        ] {
            assert!(text.parse::<ValuePath>().is_err(), "{text}");
        }
    }
}
