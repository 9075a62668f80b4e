//! Fields of a Compose file that have no counterpart.

use crate::tree::{Node, Value};

/// How much of a value a comment shows, in bytes.
const SHOWN: usize = 500;

/// Says that a field is not taken over, with its value; of a mapping, each of its fields.
pub(super) fn tell(comments: &mut Vec<String>, field: &str, node: &Node<'_>) {
    match &node.value {
        Value::Mapping(mapping) if !mapping.is_empty() => {
            for (key, entry) in mapping.iter() {
                tell(comments, &format!("{field}.{}", key.as_str()), &entry.node);
            }
        }
        _ => {
            let value = node.to_json().to_string();
            let value = super::super::place::shortened(&value, SHOWN);
            comments.push(format!("Unsupported field {field}: {value}"));
        }
    }
}
