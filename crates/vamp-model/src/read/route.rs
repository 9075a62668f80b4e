use indexmap::IndexMap;

use super::context::Context;
use super::fields::{self, Fields};
use super::place::Place;
use super::reference::anonymous;
use crate::artifact::InvalidCondition;
use crate::problem::code;
use crate::tree::Value;
use crate::{Balance, Condition, Kind, Percentage, Reference, Route, RoutePath, StoredCondition};

/// Routes by path, and where each is written.
#[derive(Debug, Default)]
pub(super) struct ReadRoutes<'t> {
    pub(super) routes: IndexMap<RoutePath, Reference<Route>>,
    pub(super) places: IndexMap<RoutePath, Place<'t>>,
}

/// Routes as one path, a list of paths and mappings, or a mapping by path.
pub(super) fn read_all<'t>(context: &mut Context, place: Option<Place<'t>>) -> ReadRoutes<'t> {
    let mut read = ReadRoutes::default();
    let Some(place) = place else { return read };
    match &place.node.value {
        Value::Scalar(scalar) => default_route(context, &mut read, &place, &scalar.source),
        Value::Mapping(_) => by_path(context, &mut read, &place),
        Value::Sequence(nodes) => {
            for element in place.elements(nodes) {
                match &element.node.value {
                    Value::Scalar(scalar) if !scalar.is_null() => {
                        default_route(context, &mut read, &element, &scalar.source);
                    }
                    Value::Mapping(_) => by_path(context, &mut read, &element),
                    Value::Scalar(_) | Value::Sequence(_) => {
                        context.wrong_type(&element, "a path, or a mapping of paths to routes");
                    }
                }
            }
        }
    }
    read
}

fn default_route<'t>(context: &mut Context, read: &mut ReadRoutes<'t>, place: &Place<'t>, path: &str) {
    let path = route_path(context, place, path);
    insert(context, read, place, path, Some(Route::default()));
}

fn by_path<'t>(context: &mut Context, read: &mut ReadRoutes<'t>, place: &Place<'t>) {
    let Some(mapping) = place.mapping() else { return };
    for (key, entry) in mapping.iter() {
        let place = place.key(key, entry.key, &entry.node);
        let path = route_path(context, &place, key);
        let route = one(context, &place);
        insert(context, read, &place, path, route);
    }
}

fn insert<'t>(
    context: &mut Context,
    read: &mut ReadRoutes<'t>,
    place: &Place<'t>,
    path: Option<RoutePath>,
    route: Option<Route>,
) {
    let (Some(path), Some(route)) = (path, route) else {
        return;
    };
    if let Some((known, _)) = read.routes.get_key_value(&path)
        && known.source() != path.source()
    {
        let message = format!("Duplicate route: '{path}' is the same path as '{known}'.");
        context.report(place, code::DUPLICATE_ROUTE, message);
        return;
    }
    read.places.insert(path.clone(), place.clone());
    read.routes.insert(path, Reference::Inline(route));
}

fn route_path(context: &mut Context, place: &Place<'_>, text: &str) -> Option<RoutePath> {
    let path = text.parse().ok();
    if path.is_none() {
        let message = format!(
            "Unsupported route path: '{text}'. Must be one of: '$gateway', '$deployment/$port' or \
             '$deployment/$cluster/$port'."
        );
        context.report(place, code::UNSUPPORTED_ROUTE_PATH, message);
    }
    path
}

fn one(context: &mut Context, place: &Place<'_>) -> Option<Route> {
    let mapping = match &place.node.value {
        Value::Scalar(scalar) if scalar.is_null() => return Some(Route::default()),
        Value::Mapping(mapping) if mapping.contains_key("reference") || mapping.contains_key("ref") => {
            context.not_supported(place, "References to stored routes are");
            return None;
        }
        Value::Mapping(mapping) => mapping,
        Value::Scalar(_) => {
            context.not_supported(place, "References to stored routes are");
            return None;
        }
        Value::Sequence(_) => {
            context.wrong_type(place, "a route");
            return None;
        }
    };
    let before = context.count();
    let mut fields = Fields::of_mapping(place.clone(), mapping);
    anonymous(context, &mut fields, Kind::Route);
    fields.ignore(&["lookup_name", "targets"]);
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let weight = percentage(context, fields.get("weight"));
    let condition = fields
        .get("condition")
        .and_then(|place| condition(context, &place));
    let condition_strength = percentage(context, fields.get("condition_strength"));
    fields.not_yet(context, "rewrites");
    let balance = fields.get("balance").and_then(|place| balance(context, &place));
    if let Some(place) = fields.get("selector") {
        context.not_supported(&place, "`selector` is");
    }
    fields.finish(context);
    (context.count() == before).then_some(Route {
        name: None,
        metadata,
        weight,
        condition: condition.map(|condition| Reference::Inline(StoredCondition::from(condition))),
        rewrites: Vec::new(),
        selector: None,
        condition_strength,
        balance,
        targets: Vec::new(),
    })
}

fn percentage(context: &mut Context, place: Option<Place<'_>>) -> Option<Percentage> {
    context.parsed(&place?, Percentage::EXPECTED)
}

fn condition(context: &mut Context, place: &Place<'_>) -> Option<Condition> {
    let Value::Mapping(mapping) = &place.node.value else {
        return definition(context, place);
    };
    let mut fields = Fields::of_mapping(place.clone(), mapping);
    if fields.has("reference") || fields.has("ref") {
        context.not_supported(place, "References to stored conditions are");
        return None;
    }
    anonymous(context, &mut fields, Kind::Condition);
    if let Some(metadata) = fields.get("metadata")
        && !fields::is_empty(&metadata.node.value)
    {
        context.not_supported(&metadata, "Metadata of a condition are");
    }
    let condition = fields
        .required(context, "condition")
        .and_then(|place| definition(context, &place));
    fields.finish(context);
    condition
}

fn definition(context: &mut Context, place: &Place<'_>) -> Option<Condition> {
    let text = context.text(place)?;
    if text.is_empty() {
        return None;
    }
    match text.parse() {
        Ok(condition) => Some(condition),
        Err(InvalidCondition::NotRaw) => {
            context.report_with_hint(
                place,
                code::NOT_SUPPORTED,
                format!("The condition language, as in '{text}', is not supported by this version."),
                "write an ACL expression of HAProxy as `< … >`".to_owned(),
            );
            None
        }
        Err(error) => {
            context.report(
                place,
                code::INVALID_CONDITION,
                format!("Invalid condition '{}': {error}.", text.escape_debug()),
            );
            None
        }
    }
}

fn balance(context: &mut Context, place: &Place<'_>) -> Option<Balance> {
    let text = context.text(place)?.trim();
    if text.is_empty() || text == "default" {
        return None;
    }
    match text.parse() {
        Ok(balance) => Some(balance),
        Err(error) => {
            context.report(place, code::INVALID_BALANCE, format!("Invalid balance: {error}."));
            None
        }
    }
}
