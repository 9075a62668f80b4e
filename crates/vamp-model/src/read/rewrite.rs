//! Rewrites: stored ones, and those of routes.

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::{Position, reference};
use crate::problem::code;
use crate::tree::Value;
use crate::{Kind, Reference, Rewrite};

/// A stored rewrite. It has no metadata, but those of any document do no harm.
pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Rewrite> {
    let mut fields = Fields::of(context, place)?;
    if reference::refuse_reference(context, &mut fields, Kind::Rewrite) {
        return None;
    }
    fields.ignore(&["metadata"]);
    let name = reference::own_name(context, &mut fields, Kind::Rewrite, Position::TopLevel);
    let rewrite = path(context, &mut fields);
    fields.check_kind(context, &[Kind::Rewrite]);
    fields.finish(context);
    Some(Rewrite {
        name: name?,
        ..rewrite?
    })
}

/// The rewrites of a route: one, or a list; each by name, or written out.
pub(super) fn of_route(context: &mut Context, place: Option<Place<'_>>) -> Vec<Reference<Rewrite>> {
    let Some(place) = place else { return Vec::new() };
    match &place.node.value {
        Value::Sequence(nodes) => place
            .elements(nodes)
            .filter_map(|element| one(context, &element))
            .collect(),
        _ => one(context, &place).into_iter().collect(),
    }
}

fn one(context: &mut Context, place: &Place<'_>) -> Option<Reference<Rewrite>> {
    reference::weak(context, place, Kind::Rewrite, |context, place| {
        let mut fields = Fields::of(context, place)?;
        reference::anonymous(context, &mut fields, Kind::Rewrite);
        let rewrite = path(context, &mut fields);
        fields.check_kind(context, &[Kind::Rewrite]);
        fields.finish(context);
        rewrite
    })
}

fn path(context: &mut Context, fields: &mut Fields<'_>) -> Option<Rewrite> {
    let place = fields.required(context, "path")?;
    let text = context.text(&place)?;
    let rewrite = text.parse().ok();
    if rewrite.is_none() {
        let message = format!("Unsupported path rewrite: {text}.");
        let hint = "write the new path and when it applies, as in `/new%[path] if path_beg /old`".to_owned();
        context.report_with_hint(&place, code::UNSUPPORTED_PATH_REWRITE, message, hint);
    }
    rewrite
}
