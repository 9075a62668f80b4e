//! Routes: those of a gateway, by their paths, and stored ones.

use indexmap::IndexMap;

use super::context::{Context, expected_and_found};
use super::fields::Fields;
use super::gateway::Position;
use super::place::Place;
use super::{condition, reference, rewrite, selector, target};
use crate::problem::code;
use crate::tree::{Plain, Scalar, Value};
use crate::{Balance, Kind, Percentage, Reference, Route, RoutePath, StoredCondition};

/// Routes by path, and where each is written.
#[derive(Debug, Default)]
pub(super) struct ReadRoutes<'t> {
    pub(super) routes: IndexMap<RoutePath, Reference<Route>>,
    /// In the order of the routes.
    pub(super) places: Vec<RoutePlace<'t>>,
    /// Texts that are no paths. They are told in their turn, by [`super::gateway_check::route_paths`].
    pub(super) unsupported: Vec<(Place<'t>, &'t str)>,
}

/// Where a route and what is judged later of it are written.
#[derive(Debug)]
pub(super) struct RoutePlace<'t> {
    pub(super) route: Place<'t>,
    pub(super) condition: Option<Place<'t>>,
    pub(super) selector: Option<Place<'t>>,
}

impl<'t> RoutePlace<'t> {
    fn at(place: &Place<'t>) -> Self {
        Self {
            route: place.clone(),
            condition: None,
            selector: None,
        }
    }
}

/// Routes as one path, a list of paths and mappings, or a mapping by path.
pub(super) fn read_all<'t>(
    context: &mut Context,
    place: Option<Place<'t>>,
    position: Position,
) -> ReadRoutes<'t> {
    let mut read = ReadRoutes::default();
    let Some(place) = place else { return read };
    let count = match &place.node.value {
        Value::Sequence(nodes) => nodes.len(),
        Value::Mapping(mapping) => mapping.len(),
        Value::Scalar(_) => 1,
    };
    read.routes.reserve_exact(count);
    read.places.reserve_exact(count);
    match &place.node.value {
        Value::Sequence(nodes) => {
            for element in place.elements(nodes) {
                one_or_several(context, &mut read, &element, position);
            }
        }
        _ => one_or_several(context, &mut read, &place, position),
    }
    read
}

fn one_or_several<'t>(
    context: &mut Context,
    read: &mut ReadRoutes<'t>,
    place: &Place<'t>,
    position: Position,
) {
    match &place.node.value {
        Value::Scalar(scalar) if matches!(scalar.plain, Plain::Text) => {
            let route = Some(Reference::Inline(Route::default()));
            insert(
                context,
                read,
                RoutePlace::at(place),
                &scalar.source,
                position,
                route,
            );
        }
        Value::Mapping(mapping) => {
            for (key, entry) in mapping.iter() {
                let place = place.key(key, entry.key, &entry.node);
                let mut places = RoutePlace::at(&place);
                let route = of_gateway(context, &place, &mut places, position);
                insert(context, read, places, key, position, route);
            }
        }
        Value::Scalar(_) | Value::Sequence(_) => {
            context.wrong_type(place, "a path, or a mapping of paths to routes");
        }
    }
}

fn insert<'t>(
    context: &mut Context,
    read: &mut ReadRoutes<'t>,
    places: RoutePlace<'t>,
    text: &'t str,
    position: Position,
    route: Option<Reference<Route>>,
) {
    let path = match position {
        Position::Cluster => RoutePath::single(text),
        Position::StandAlone | Position::Blueprint | Position::Stored | Position::Shown => text.parse(),
    };
    let Ok(path) = path else {
        read.unsupported.push((places.route, text));
        return;
    };
    let Some(route) = route else { return };
    if let Some((known, _)) = read.routes.get_key_value(&path)
        && known.source() != path.source()
    {
        let message = format!("Duplicate route: '{path}' is the same path as '{known}'.");
        context.report(&places.route, code::DUPLICATE_ROUTE, message);
        return;
    }
    let (position, _) = read.routes.insert_full(path, route);
    match read.places.get_mut(position) {
        Some(before) => *before = places,
        None => read.places.push(places),
    }
}

/// A route of a gateway: the name of a stored one, or written out; nothing is the route without any choice made.
fn of_gateway<'t>(
    context: &mut Context,
    place: &Place<'t>,
    places: &mut RoutePlace<'t>,
    position: Position,
) -> Option<Reference<Route>> {
    if place.node.is_null() {
        return Some(Reference::Inline(Route::default()));
    }
    reference::weak(context, place, Kind::Route, |context, place| {
        let before = context.count();
        let mut fields = Fields::of(context, place)?;
        reference::anonymous(context, &mut fields, Kind::Route);
        let mut route = contents(context, &mut fields, places);
        if position == Position::Stored {
            let targets = fields.get("targets");
            route.targets = target::read_all(context, targets);
        }
        fields.check_kind(context, &[Kind::Route]);
        fields.finish(context);
        (context.count() == before).then_some(route)
    })
}

/// A stored route.
pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Route> {
    let mut fields = Fields::of(context, place)?;
    if reference::refuse_reference(context, &mut fields, Kind::Route) {
        return None;
    }
    let name = reference::own_name(context, &mut fields, Kind::Route, super::Position::TopLevel);
    let route = contents(context, &mut fields, &mut RoutePlace::at(place));
    fields.check_kind(context, &[Kind::Route]);
    fields.finish(context);
    Some(Route { name: name?, ..route })
}

/// What every route says. Parts that cannot be read are reported and left out.
fn contents<'t>(context: &mut Context, fields: &mut Fields<'t>, places: &mut RoutePlace<'t>) -> Route {
    // What the engine finds: shown by the API, and no wish. Only a store gives it back.
    fields.ignore(&["lookup_name", "targets"]);
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    places.selector = fields.get("selector");
    let selector = places.selector.as_ref().and_then(|place| context.text(place));
    let weight = percentage(context, fields.get("weight"));
    let condition = condition(context, fields, places);
    let strength = fields.get_aliased("condition_strength", "filter_strength");
    let condition_strength = percentage(context, strength);
    let rewrites = fields.get("rewrites");
    let rewrites = rewrite::of_route(context, rewrites);
    let balance = fields.get("balance").and_then(|place| balance(context, &place));
    let selector = match (&places.selector, selector) {
        (Some(place), Some(text)) => selector::parse(context, place, text),
        _ => None,
    };
    Route {
        name: None,
        metadata,
        weight,
        condition,
        condition_strength,
        rewrites,
        balance,
        selector,
        targets: Vec::new(),
    }
}

/// The condition of a route, called filter by the first versions.
fn condition<'t>(
    context: &mut Context,
    fields: &mut Fields<'t>,
    places: &mut RoutePlace<'t>,
) -> Option<Reference<StoredCondition>> {
    places.condition = fields.get("condition");
    if let Some(place) = &places.condition {
        return condition::of_route(context, place);
    }
    if !fields.has("filters") {
        return None;
    }
    places.condition = fields.get("filters");
    condition::of_filters(context, places.condition.as_ref()?)
}

fn percentage(context: &mut Context, place: Option<Place<'_>>) -> Option<Percentage> {
    let place = place?;
    let scalar = context.scalar(&place, Percentage::EXPECTED)?;
    let parsed = scalar.source.parse().ok();
    if parsed.is_none() {
        let mut hint = expected_and_found(&place, Percentage::EXPECTED);
        if let Some(percents) = as_percentage(scalar) {
            hint = format!("{hint}: write `{percents}%`");
        }
        context.wrong_type_with_hint(&place, hint);
    }
    parsed
}

/// How many percent a number was meant to be.
fn as_percentage(scalar: &Scalar<'_>) -> Option<String> {
    match scalar.plain {
        Plain::Int(number) if (0..=100).contains(&number) => Some(number.to_string()),
        // A share of one.
        Plain::Float(share) if (0.0..=1.0).contains(&share) => Some(format!("{:.0}", share * 100.0)),
        _ => None,
    }
}

/// An algorithm; `default` and nothing are the default of the port's type.
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
