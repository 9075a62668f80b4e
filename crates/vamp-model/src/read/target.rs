//! Where routes lead, as it is stored.

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use crate::Target;
use crate::tree::Value;

/// The targets of a route. Nothing is the same as an empty list.
pub(super) fn read_all(context: &mut Context, place: Option<Place<'_>>) -> Vec<Target> {
    let Some(place) = place else { return Vec::new() };
    let Value::Sequence(nodes) = &place.node.value else {
        context.wrong_type(&place, "a list of targets");
        return Vec::new();
    };
    place
        .elements(nodes)
        .filter_map(|element| read(context, &element))
        .collect()
}

fn read(context: &mut Context, place: &Place<'_>) -> Option<Target> {
    let mut fields = Fields::of(context, place)?;
    // Printed with every target, and never with anything in it.
    fields.ignore(&["metadata"]);
    let target = match fields.get("url") {
        Some(place) => context
            .text(&place)
            .map(|url| Target::External { url: url.to_owned() }),
        None => internal(context, &mut fields),
    };
    fields.finish(context);
    target
}

fn internal(context: &mut Context, fields: &mut Fields<'_>) -> Option<Target> {
    let name = fields
        .required(context, "name")
        .and_then(|place| context.text(&place).map(str::to_owned));
    let host = match fields.get("host") {
        Some(place) => context.text(&place).map(|host| Some(host.to_owned())),
        None => Some(None),
    };
    let port = fields
        .required(context, "port")
        .and_then(|place| context.parsed(&place, "a port number"));
    Some(Target::Internal {
        name: name?,
        host: host?,
        port: port?,
    })
}
