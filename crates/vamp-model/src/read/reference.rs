//! Artifacts in the places where they are used: by name, or written out.

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::{Position, values};
use crate::problem::code;
use crate::tree::Value;
use crate::{Kind, Name, Reference};

/// The name of a stored artifact, or one written out without a name, which `inline` reads.
///
/// This is how scales, SLAs, escalations, routes, conditions and rewrites stand in others.
pub(super) fn weak<'t, T>(
    context: &mut Context,
    place: &Place<'t>,
    kind: Kind,
    inline: impl FnOnce(&mut Context, &Place<'t>) -> Option<T>,
) -> Option<Reference<T>> {
    match &place.node.value {
        Value::Scalar(_) => by_text(context, place, kind).map(Reference::Named),
        Value::Mapping(_) => match by_name(context, place, kind) {
            Some((name, fields)) => {
                fields.finish(context);
                name.map(Reference::Named)
            }
            None => inline(context, place).map(Reference::Inline),
        },
        Value::Sequence(_) => {
            let singular = kind.singular();
            context.wrong_type(place, &format!("the name of a stored {singular}, or a mapping"));
            None
        }
    }
}

/// The name of a stored artifact as a mere text.
pub(super) fn by_text(context: &mut Context, place: &Place<'_>, kind: Kind) -> Option<Name> {
    let name = values::named(context, place)?;
    context.refer(place, kind, &name);
    Some(name)
}

/// The name under `reference` or `ref`, where a mapping has one, and the fields beside it, which the caller finishes.
///
/// The outer `Option` tells whether the mapping is a reference, the inner one whether its name could be read.
pub(super) fn by_name<'t>(
    context: &mut Context,
    place: &Place<'t>,
    kind: Kind,
) -> Option<(Option<Name>, Fields<'t>)> {
    let mut fields = Fields::of_mapping(place.clone(), place.mapping()?);
    if !is_by_name(&fields) {
        return None;
    }
    let name = fields
        .get_reference()
        .and_then(|place| by_text(context, &place, kind));
    fields.ignore(&["name"]);
    fields.check_kind(context, &[kind]);
    Some((name, fields))
}

/// Whether a mapping names a stored artifact.
pub(super) fn is_by_name(fields: &Fields<'_>) -> bool {
    fields.has("reference") || fields.has("ref")
}

/// The name of an artifact: a document of its own has one, an artifact inside another has none.
pub(super) fn own_name(
    context: &mut Context,
    fields: &mut Fields<'_>,
    kind: Kind,
    position: Position,
) -> Option<Option<Name>> {
    match position {
        Position::TopLevel => {
            let place = fields.required(context, "name")?;
            values::named(context, &place).map(Some)
        }
        Position::Inline => anonymous(context, fields, kind).map(|()| None),
    }
}

/// Reports a document that only names another artifact, and tells whether it does.
pub(super) fn refuse_reference(context: &mut Context, fields: &mut Fields<'_>, kind: Kind) -> bool {
    if !is_by_name(fields) {
        return false;
    }
    let singular = kind.singular();
    let hint = format!("a document of its own says what the {singular} is, it does not refer to another one");
    match fields.get("name") {
        Some(name) => context.leftover(&name, Some(hint)),
        None => context.missing_with_hint(&fields.place, "name", hint),
    }
    true
}

/// Reports a name where none may be. An artifact printed in full, with its kind, may have one: it is not used.
pub(super) fn anonymous(context: &mut Context, fields: &mut Fields<'_>, kind: Kind) -> Option<()> {
    let Some(name) = fields.get("name") else {
        return Some(());
    };
    if fields.has("kind") {
        return Some(());
    }
    let given = context.text(&name)?;
    let message = format!(
        "Either it should be a reference '{kind} -> {given}' or an anonymous inline definition, but not both.",
        kind = kind.singular()
    );
    let hint = format!("write `reference: {given}` alone, or leave the name out");
    context.report_with_hint(&name, code::EITHER_REFERENCE_OR_ANONYMOUS, message, hint);
    None
}
