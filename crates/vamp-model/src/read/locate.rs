//! Where a value stands in a text, for whoever finds something wrong with it later.

use crate::path::{PathSegment, ValuePath};
use crate::tree::{self, Format, Limits, Mark, Node, Source, Value};

/// The line and column, both from 1, of the values to which `paths` lead, in the notation of [`ValuePath`].
///
/// Where there is no such value, because it is absent or the text uses a short form, it is the place of the nearest one on the
/// way to it. `document` counts the documents of the text, and the elements of lists at its top, from 0, without empty ones.
/// `None` stands for a text that cannot be read, a document that is not there, and a path that is none.
#[must_use]
pub fn locate(
    text: &str,
    format: Format,
    limits: &Limits,
    document: usize,
    paths: &[&str],
) -> Vec<Option<(usize, usize)>> {
    let nodes = tree::parse(text, format, limits).unwrap_or_default();
    in_nodes(&Source::new(text), &nodes, document, paths)
}

/// As [`locate`], in a text that is parsed.
pub(super) fn in_nodes(
    source: &Source<'_>,
    nodes: &[Node<'_>],
    document: usize,
    paths: &[&str],
) -> Vec<Option<(usize, usize)>> {
    let root = nodes.iter().filter(|node| !node.is_null()).nth(document);
    paths
        .iter()
        .map(|path| {
            let mark = nearest(root?, &path.parse().ok()?);
            Some(source.position(mark.start()))
        })
        .collect()
}

/// Where to point at: a scalar, or the key of what takes several lines or is null.
fn nearest(root: &Node<'_>, path: &ValuePath) -> Mark {
    let (mut node, mut mark) = (root, root.mark);
    for segment in path.segments() {
        let next = match (&node.value, segment) {
            (Value::Mapping(mapping), PathSegment::Key(key)) => {
                mapping.get(key).map(|entry| (&entry.node, entry.pointer()))
            }
            (Value::Sequence(nodes), PathSegment::Index(index)) => {
                nodes.get(*index).map(|node| (node, node.mark))
            }
            _ => None,
        };
        let Some(found) = next else { break };
        (node, mark) = found;
    }
    mark
}
