//! Conditions: stored ones, and those of routes.

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::{reference, values};
use crate::problem::code;
use crate::tree::Value;
use crate::{Condition, Kind, Reference, StoredCondition};

/// A stored condition.
pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<StoredCondition> {
    let mut fields = Fields::of(context, place)?;
    let name = fields
        .required(context, "name")
        .and_then(|place| values::named(context, &place));
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let condition = fields
        .required(context, "condition")
        .and_then(|place| definition(context, &place));
    fields.check_kind(context, &[Kind::Condition]);
    fields.finish(context);
    Some(StoredCondition {
        name: Some(name?),
        metadata,
        condition: condition?,
    })
}

/// The condition of a route. A text is the condition itself, never a name; an empty one is none.
pub(super) fn of_route(context: &mut Context, place: &Place<'_>) -> Option<Reference<StoredCondition>> {
    if let Value::Scalar(_) = &place.node.value {
        let condition = unless_empty(context, place)?;
        return Some(Reference::Inline(StoredCondition::from(condition)));
    }
    reference::weak(context, place, Kind::Condition, |context, place| {
        let mut fields = Fields::of(context, place)?;
        reference::anonymous(context, &mut fields, Kind::Condition);
        let metadata = fields.get("metadata");
        let metadata = context.metadata(metadata);
        let condition = fields
            .required(context, "condition")
            .and_then(|place| unless_empty(context, &place));
        fields.check_kind(context, &[Kind::Condition]);
        fields.finish(context);
        Some(StoredCondition {
            metadata,
            ..StoredCondition::from(condition?)
        })
    })
}

fn unless_empty(context: &mut Context, place: &Place<'_>) -> Option<Condition> {
    match context.text(place)? {
        "" => None,
        _ => definition(context, place),
    }
}

/// A definition as it is written. What is outside the language is for HAProxy to judge.
fn definition(context: &mut Context, place: &Place<'_>) -> Option<Condition> {
    let text = context.text(place)?;
    let invalid = match Condition::new(text) {
        Ok(condition) => match condition.check() {
            Err(error) if !text.trim().is_empty() => error.to_string(),
            _ => return Some(condition),
        },
        Err(error) => error.to_string(),
    };
    let message = format!("Invalid condition '{}': {invalid}.", text.escape_debug());
    context.report(place, code::INVALID_CONDITION, message);
    None
}
