//! Tags of events, and of what waits for events.

use indexmap::IndexSet;

use super::context::Context;
use super::place::Place;
use crate::tree::{Node, Plain, Value};

const EXPECTED: &str = "a tag, in quotes where it is a word of YAML";

/// One tag or a list of them. Numbers and dates are their text; a truth value, which YAML may have made of a word, is none.
pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<IndexSet<String>> {
    let before = context.count();
    let tags = match &place.node.value {
        Value::Sequence(nodes) => place
            .elements(nodes)
            .filter_map(|element| tag(context, &element))
            .collect(),
        Value::Mapping(mapping) if !mapping.is_empty() => {
            // One tag stands for a list of one, and is reported as that.
            let list = Node {
                value: Value::Sequence(Box::new([place.node.clone()])),
                mark: place.node.mark,
            };
            context.leftover(&place.with_node(&list), None);
            IndexSet::new()
        }
        _ => tag(context, place).into_iter().collect(),
    };
    (context.count() == before).then_some(tags)
}

fn tag(context: &mut Context, place: &Place<'_>) -> Option<String> {
    if place.mapping().is_some_and(|mapping| !mapping.is_empty()) {
        context.leftover(place, None);
        return None;
    }
    let scalar = context.scalar(place, EXPECTED)?;
    if matches!(scalar.plain, Plain::Bool(_)) {
        context.wrong_type(place, EXPECTED);
        return None;
    }
    Some(scalar.source.as_str().to_owned())
}
