use indexmap::IndexMap;

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::{route, values};
use crate::problem::code;
use crate::tree::{Plain, Value};
use crate::{Gateway, GatewayName, GatewayService, Kind, Port, PortKind, RoutePath, VirtualHost};

/// A gateway and where its routes are written.
#[derive(Debug)]
pub(super) struct ReadGateway<'t> {
    pub(super) gateway: Gateway,
    pub(super) routes: IndexMap<RoutePath, Place<'t>>,
}

/// A gateway with a name.
pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Gateway> {
    let mut fields = Fields::of(context, place)?;
    fields.ignore(&["lookup_name"]);
    let name = fields
        .required(context, "name")
        .and_then(|place| gateway_name(context, &place));
    let port = match fields.get("port") {
        None => Some(None),
        Some(place) => port(context, &place).map(Some),
    };
    let title = name.as_ref().map_or("", GatewayName::as_str);
    let body = body(
        context,
        &mut fields,
        title,
        port.as_ref().and_then(Option::as_ref),
    );
    if let (Some(Some(port)), Some(body)) = (&port, &body) {
        check_conditions(context, body, port);
    }
    fields.check_kind(context, &[Kind::Gateway]);
    fields.finish(context);
    let gateway = body?.gateway;
    Some(Gateway {
        name: Some(name?),
        port: port?,
        ..gateway
    })
}

/// Everything of a gateway but name and port. `title` is how messages call it.
pub(super) fn body<'t>(
    context: &mut Context,
    fields: &mut Fields<'t>,
    title: &str,
    port: Option<&Port>,
) -> Option<ReadGateway<'t>> {
    let before = context.count();
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let service = fields
        .get("service")
        .and_then(|place| gateway_service(context, &place));
    if let Some(place) = fields.get("sticky") {
        sticky(context, &place, port);
    }
    let virtual_hosts = fields
        .get("virtual_hosts")
        .map_or_else(Vec::new, |place| virtual_hosts(context, &place));
    if let Some(place) = fields.get("selector") {
        context.not_supported(&place, "`selector` is");
    }
    let deployed = fields
        .get("deployed")
        .and_then(|place| context.boolean(&place))
        .unwrap_or(false);
    for key in ["internal", "proxy"] {
        if let Some(place) = fields.get(key)
            && place.mapping().is_some_and(|mapping| !mapping.is_empty())
        {
            context.leftover(&place, None);
        }
    }
    let routes = fields.get("routes");
    let routes_place = routes.clone();
    let before_routes = context.count();
    let read = route::read_all(context, routes);
    let whole = context.count() == before_routes;
    let gateway = Gateway {
        name: None,
        metadata,
        port: None,
        service,
        deployed,
        sticky: None,
        virtual_hosts,
        selector: None,
        routes: read.routes,
    };
    if let Some(place) = routes_place
        && whole
    {
        check_weights(context, &place, &gateway, title);
    }
    (context.count() == before).then_some(ReadGateway {
        gateway,
        routes: read.places,
    })
}

fn gateway_name(context: &mut Context, place: &Place<'_>) -> Option<GatewayName> {
    let text = context.text(place)?;
    let name = text.parse().ok();
    if name.is_none() {
        let message = format!(
            "Unsupported gateway name: '{text}'. Must be either in format '$gateway', '$deployment/$port' or \
             '$deployment/$cluster/$port'."
        );
        context.report(place, code::UNSUPPORTED_GATEWAY_NAME, message);
    }
    name
}

/// The port of a gateway: a whole number, or text with or without type.
pub(super) fn port(context: &mut Context, place: &Place<'_>) -> Option<Port> {
    const EXPECTED: &str = "a port such as 8080, 8080/http or 8080/tcp";
    let scalar = context.scalar(place, EXPECTED)?;
    let number = match &scalar.plain {
        Plain::Int(number) => Some(*number),
        Plain::Text => {
            let text = &scalar.source;
            text.split_once('/')
                .map_or(text.as_str(), |(number, _)| number)
                .parse()
                .ok()
        }
        _ => {
            context.wrong_type(place, EXPECTED);
            return None;
        }
    };
    match number {
        Some(number) if !(0..=65535).contains(&number) => {
            let message = format!("Invalid gateway port: {number}.");
            context.report_with_hint(
                place,
                code::INVALID_GATEWAY_PORT,
                message,
                "a port is a number from 0 to 65535".to_owned(),
            );
            None
        }
        _ => values::port(context, place, scalar),
    }
}

fn gateway_service(context: &mut Context, place: &Place<'_>) -> Option<GatewayService> {
    let mut fields = Fields::of(context, place)?;
    let host = fields
        .required(context, "host")
        .and_then(|place| context.text(&place).map(str::to_owned));
    let port = fields
        .required(context, "port")
        .and_then(|place| self::port(context, &place));
    fields.finish(context);
    Some(GatewayService {
        host: host?,
        port: port?,
    })
}

fn sticky(context: &mut Context, place: &Place<'_>, port: Option<&Port>) {
    let Some(text) = context.text(place) else { return };
    let known = ["route", "instance"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    if text.eq_ignore_ascii_case("none") {
        return;
    }
    match port {
        _ if !known => {
            let message = format!("Illegal routing sticky value: '{text}'.");
            context.report(place, code::ILLEGAL_GATEWAY_STICKY_VALUE, message);
        }
        Some(port) if port.kind() == PortKind::Tcp => {
            let message = format!("Sticky sessions are not allowed for TCP port: '{port}'.");
            context.report(place, code::STICKY_PORT_TYPE, message);
        }
        _ => context.not_supported(place, &format!("`sticky: {text}` is")),
    }
}

fn virtual_hosts(context: &mut Context, place: &Place<'_>) -> Vec<VirtualHost> {
    match &place.node.value {
        Value::Sequence(nodes) => place
            .elements(nodes)
            .filter_map(|element| virtual_host(context, &element))
            .collect(),
        _ => virtual_host(context, place).into_iter().collect(),
    }
}

fn virtual_host(context: &mut Context, place: &Place<'_>) -> Option<VirtualHost> {
    let text = match &place.node.value {
        Value::Scalar(scalar) if matches!(scalar.plain, Plain::Text) => scalar.source.as_str(),
        _ => {
            let message = format!(
                "Illegal virtual host: expected a host name, found {}.",
                place.describe()
            );
            context.report(place, code::ILLEGAL_GATEWAY_VIRTUAL_HOSTS, message);
            return None;
        }
    };
    match text.parse() {
        Ok(host) => Some(host),
        Err(error) => {
            let message = format!("Illegal virtual host '{text}': {error}.");
            context.report(place, code::ILLEGAL_GATEWAY_VIRTUAL_HOSTS, message);
            None
        }
    }
}

/// Weights that are given add up to 0 % or 100 %.
fn check_weights(context: &mut Context, place: &Place<'_>, gateway: &Gateway, title: &str) {
    let sum = gateway.weight_sum();
    if sum == 0 || sum == 100 {
        return;
    }
    let message = format!("Total route weight must be either 0% or 100%: {title}.");
    let hint = format!("the weights given add up to {sum}%");
    context.report_with_hint(place, code::GATEWAY_ROUTE_WEIGHT, message, hint);
}

/// No route of a TCP gateway has a condition.
pub(super) fn check_conditions(context: &mut Context, read: &ReadGateway<'_>, port: &Port) {
    if port.kind() != PortKind::Tcp {
        return;
    }
    for (path, place) in &read.routes {
        let condition = read
            .gateway
            .routes
            .get(path)
            .and_then(|route| route.inline()?.inline_condition());
        if let Some(condition) = condition {
            let message = format!(
                "HTTP conditions are not allowed for TCP port: '{path}' and condition '{}'.",
                condition.definition()
            );
            context.report(place, code::CONDITION_PORT_TYPE, message);
        }
    }
}
