//! Conditions: stored ones, and those of routes.

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::{Position, reference};
use crate::problem::code;
use crate::tree::Value;
use crate::{Condition, Kind, Reference, StoredCondition};

/// A stored condition.
pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<StoredCondition> {
    let mut fields = Fields::of(context, place)?;
    if reference::refuse_reference(context, &mut fields, Kind::Condition) {
        return None;
    }
    let name = reference::own_name(context, &mut fields, Kind::Condition, Position::TopLevel);
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let condition = fields
        .required(context, "condition")
        .and_then(|place| definition(context, &place));
    fields.check_kind(context, &[Kind::Condition]);
    fields.finish(context);
    Some(StoredCondition {
        name: name?,
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
        inline(context, fields)
    })
}

/// The filters of a route, which the first versions had in the place of its condition. One is the same; what several mean
/// together is for their author to say.
pub(super) fn of_filters(context: &mut Context, place: &Place<'_>) -> Option<Reference<StoredCondition>> {
    let filters: Vec<Place<'_>> = match &place.node.value {
        Value::Sequence(nodes) => place.elements(nodes).collect(),
        _ => {
            context.wrong_type(place, "a list of one filter");
            return None;
        }
    };
    match filters.as_slice() {
        [] => None,
        [filter] => reference::weak(context, filter, Kind::Condition, |context, place| {
            let mut fields = Fields::of(context, place)?;
            fields.ignore(&["name"]);
            inline(context, fields)
        }),
        several => {
            let hint = format!(
                "expected a list of one filter, found {}: write them as one `condition`, with `and` or `or` between them",
                several.len()
            );
            context.wrong_type_with_hint(place, hint);
            None
        }
    }
}

/// A condition that is written out, without its name.
fn inline(context: &mut Context, mut fields: Fields<'_>) -> Option<StoredCondition> {
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
    match text.parse::<Condition>() {
        Ok(condition) => Some(condition),
        Err(error) => {
            let message = format!("Invalid condition '{}': {error}.", text.escape_debug());
            context.report(place, code::INVALID_CONDITION, message);
            None
        }
    }
}
