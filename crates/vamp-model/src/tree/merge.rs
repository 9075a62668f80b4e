//! Documents laid over one another.

use std::collections::{HashMap, HashSet};

use super::{Entry, Mapping, Mark, Node, Text, Value};

/// Lays documents over one another, the first one lowest. `None` where there are none.
///
/// Mappings are merged key by key, the keys of the lower ones first. Lists are united: the lower one first, then those elements of
/// the upper one that the lower one has not. Of anything else, and of values of different sorts, the upper one counts. Places
/// are those of the upper value. Work and memory are in proportion to all documents together.
pub(crate) fn merge<'t>(documents: Vec<Node<'t>>) -> Option<Node<'t>> {
    let mut documents = documents;
    let covered = covered(&documents);
    documents.drain(..covered);
    if documents.len() < 2 {
        return documents.pop();
    }
    let mark = documents.last()?.mark;
    let mut mappings = Vec::new();
    let mut sequences = Vec::new();
    for document in documents {
        match document.value {
            Value::Mapping(mapping) => mappings.push(mapping),
            Value::Sequence(sequence) => sequences.push(sequence),
            // A scalar covers what is below it.
            Value::Scalar(_) => {}
        }
    }
    let value = if sequences.is_empty() {
        Value::Mapping(merge_mappings(mappings))
    } else {
        Value::Sequence(unite(sequences))
    };
    Some(Node { value, mark })
}

/// How many documents count for nothing, because one of another sort, or a scalar, lies over them.
fn covered(documents: &[Node<'_>]) -> usize {
    let Some(upper) = documents.last() else { return 0 };
    let merges = |lower: &Node<'_>| {
        matches!(
            (&lower.value, &upper.value),
            (Value::Mapping(_), Value::Mapping(_)) | (Value::Sequence(_), Value::Sequence(_))
        )
    };
    let below = documents.iter().rev().skip(1);
    documents.len() - 1 - below.take_while(|lower| merges(lower)).count()
}

fn merge_mappings<'t>(mappings: Vec<Mapping<'t>>) -> Mapping<'t> {
    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut layers: Vec<(Text<'t>, Mark, Vec<Node<'t>>)> = Vec::new();
    for (key, entry) in mappings.into_iter().flatten() {
        match positions.get(key.as_str()) {
            Some(position) => {
                let (_, mark, nodes) = &mut layers[*position];
                *mark = entry.key;
                nodes.push(entry.node);
            }
            None => {
                positions.insert(key.as_str().to_owned(), layers.len());
                layers.push((key, entry.key, vec![entry.node]));
            }
        }
    }
    let entries = layers
        .into_iter()
        .filter_map(|(name, key, nodes)| {
            let node = merge(nodes)?;
            Some((name, Entry { key, node }))
        })
        .collect();
    Mapping::of(entries)
}

fn unite<'t>(sequences: Vec<Box<[Node<'t>]>>) -> Box<[Node<'t>]> {
    let mut known: HashSet<String> = HashSet::new();
    let mut united = Vec::new();
    for sequence in sequences {
        let mut added = Vec::new();
        for element in sequence {
            let form = canonical(&element);
            if !known.contains(&form) {
                added.push(form);
                united.push(element);
            }
        }
        // An element that a list has twice itself stays twice.
        known.extend(added);
    }
    united.into_boxed_slice()
}

/// A text that equal values have in common, whatever the order of their keys, and no others.
fn canonical(node: &Node<'_>) -> String {
    let mut text = String::new();
    write_canonical(node, &mut text);
    text
}

fn write_canonical(node: &Node<'_>, text: &mut String) {
    match &node.value {
        Value::Scalar(scalar) => text.push_str(&scalar.to_json().to_string()),
        Value::Sequence(nodes) => {
            text.push('[');
            for node in nodes {
                write_canonical(node, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Mapping(mapping) => {
            let mut entries: Vec<_> = mapping.iter().collect();
            entries.sort_by(|(left, _), (right, _)| left.as_str().cmp(right.as_str()));
            text.push('{');
            for (key, entry) in entries {
                text.push_str(&serde_json::Value::from(key.as_str()).to_string());
                text.push(':');
                write_canonical(&entry.node, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}
