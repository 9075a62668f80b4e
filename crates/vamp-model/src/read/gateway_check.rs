//! What must hold of a gateway as a whole, each by itself; [`super::gateway`] asks in the order in which it is told.

use super::context::Context;
use super::gateway::ReadGateway;
use super::place::Place;
use super::route::RoutePlace;
use crate::problem::code;
use crate::{Gateway, Port, PortKind, RoutePath};

/// A number that no port has.
pub(super) fn port_number(context: &mut Context, place: &Place<'_>, number: &str) {
    let message = format!("Invalid gateway port: {number}.");
    let hint = "a port is a number from 0 to 65535".to_owned();
    context.report_with_hint(place, code::INVALID_GATEWAY_PORT, message, hint);
}

/// Paths with no or more than four segments.
pub(super) fn route_paths(context: &mut Context, unsupported: &[(Place<'_>, &str)]) {
    for (place, path) in unsupported {
        let message = format!(
            "Unsupported route path: '{path}'. Must be one of: '$gateway', '$deployment/$port' or \
             '$deployment/$cluster/$port'."
        );
        let hint =
            "one to four names with `/` between them, or `[host:port]` for an address outside".to_owned();
        context.report_with_hint(place, code::UNSUPPORTED_ROUTE_PATH, message, hint);
    }
}

/// A route with a selector has one name of its own, and no address.
pub(super) fn route_selectors<'r, 't: 'r>(
    context: &mut Context,
    routes: impl Iterator<Item = (&'r RoutePath, &'r RoutePlace<'t>)>,
) {
    for (path, places) in routes {
        let Some(selector) = &places.selector else {
            continue;
        };
        if path.segments().len() != 1 {
            let message = "If route selector is defined, route path must not contain '/'.";
            let hint = format!(
                "name the route anyhow, such as `{}`",
                path.normalized().replace('/', "-")
            );
            context.report_with_hint(selector, code::ROUTE_SELECTOR_ONLY_ROUTE, message, hint);
        } else if path.external().is_some() {
            let message = "Route selector cannot be defined for an external target.";
            let hint = "a name without brackets leads to what the selector finds".to_owned();
            context.report_with_hint(selector, code::ROUTE_SELECTOR_EXTERNAL_TARGET, message, hint);
        }
    }
}

/// Sticky sessions need HTTP. `name` is how messages call the port.
pub(super) fn sticky(context: &mut Context, place: &Place<'_>, port: &Port, name: &str) {
    if port.kind() == PortKind::Tcp {
        let message = format!("Sticky sessions are not allowed for TCP port: '{name}'.");
        let hint = "cookies make sessions sticky, and only HTTP has them".to_owned();
        context.report_with_hint(place, code::STICKY_PORT_TYPE, message, hint);
    }
}

/// Weights that are given add up to 0 % or 100 %, as far as all are known.
pub(super) fn weights(context: &mut Context, place: &Place<'_>, gateway: &Gateway, title: &str) {
    let sum = gateway.weight_sum();
    let unknown = gateway.routes.values().any(|route| route.inline().is_none());
    if unknown || sum == 0 || sum == 100 {
        return;
    }
    let message = format!("Total route weight must be either 0% or 100%: {title}.");
    let hint = format!("the weights given add up to {sum}%");
    context.report_with_hint(place, code::GATEWAY_ROUTE_WEIGHT, message, hint);
}

/// Conditions need HTTP. `name` tells, for the path of a route, how messages call the port; a route without is not judged.
pub(super) fn conditions(
    context: &mut Context,
    read: &ReadGateway<'_>,
    port: &Port,
    name: impl Fn(&RoutePath) -> Option<String>,
) {
    if port.kind() != PortKind::Tcp {
        return;
    }
    for ((path, route), places) in read.gateway.routes.iter().zip(&read.places) {
        let condition = route.inline().and_then(|route| route.inline_condition());
        if let (Some(condition), Some(place)) = (condition, &places.condition)
            && let Some(name) = name(path)
        {
            let message = format!(
                "HTTP conditions are not allowed for TCP port: '{name}' and condition '{}'.",
                condition.definition()
            );
            context.report(place, code::CONDITION_PORT_TYPE, message);
        }
    }
}
