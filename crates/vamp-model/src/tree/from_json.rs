//! Values that stand in no text, in a tree.

use serde_json::Value as Json;

use super::{Entry, Mapping, Mark, Node, Plain, Scalar, Text, Value};

/// What a value has too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    /// Mappings and lists inside one another.
    Depth,
    /// Values.
    Values,
}

/// How much a value may have.
#[derive(Debug)]
pub(crate) struct Allowance {
    /// Mappings and lists inside one another.
    pub(crate) depth: usize,
    /// Values; each one that is taken is taken off.
    pub(crate) values: usize,
}

impl Allowance {
    /// The value as a tree, all of it at one place.
    pub(crate) fn tree(&mut self, value: Json, mark: Mark) -> Result<Node<'static>, Excess> {
        self.node(value, mark, 0)
    }

    fn node(&mut self, value: Json, mark: Mark, depth: usize) -> Result<Node<'static>, Excess> {
        self.values = self.values.checked_sub(1).ok_or(Excess::Values)?;
        if depth >= self.depth && (value.is_array() || value.is_object()) {
            return Err(Excess::Depth);
        }
        let value = match value {
            Json::Null => scalar("null".into(), Plain::Null),
            Json::Bool(truth) => scalar(truth.to_string().into(), Plain::Bool(truth)),
            Json::Number(number) => {
                let plain = match (number.as_i64(), number.as_u64(), number.as_f64()) {
                    (Some(whole), ..) => Plain::Int(whole),
                    (None, Some(_), _) => Plain::Huge,
                    (None, None, float) => Plain::Float(float.unwrap_or(f64::NAN)),
                };
                scalar(number.to_string().into(), plain)
            }
            Json::String(text) => Value::Scalar(Scalar::text(text)),
            Json::Array(elements) => {
                let nodes = elements
                    .into_iter()
                    .map(|element| self.node(element, mark, depth + 1));
                Value::Sequence(nodes.collect::<Result<_, _>>()?)
            }
            Json::Object(fields) => {
                let entries = fields.into_iter().map(|(key, value)| {
                    let node = self.node(value, mark, depth + 1)?;
                    Ok((Text::from(key), Entry { key: mark, node }))
                });
                Value::Mapping(Mapping::of(entries.collect::<Result<_, _>>()?))
            }
        };
        Ok(Node { value, mark })
    }
}

const fn scalar(source: Text<'static>, plain: Plain) -> Value<'static> {
    Value::Scalar(Scalar { source, plain })
}
