//! Gateways, wherever they stand.

use super::context::Context;
use super::fields::Fields;
use super::place::{Place, shortened};
use super::route::RoutePlace;
use super::{gateway_check, route, selector, sticky, values};
use crate::problem::code;
use crate::tree::{Plain, Value};
use crate::write::NO_PORT;
use crate::{Gateway, GatewayName, GatewayService, Kind, Port, RoutePath, VirtualHost};

/// Where a gateway stands: what it may say depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// By itself, with a name.
    StandAlone,
    /// In a blueprint, under its port.
    Blueprint,
    /// In a cluster, under the name of a port of its breeds. Its routes are named after the breeds.
    Cluster,
    /// In the store: what has been accepted once is not judged again by its notation.
    Stored,
    /// In a deployment as the API shows it: as in the store, but what the engine has found is not looked at.
    Shown,
}

/// A gateway that could be read, without name and port, and where its parts are written.
#[derive(Debug)]
pub(super) struct ReadGateway<'t> {
    pub(super) gateway: Gateway,
    /// Where its routes are written, in their order.
    pub(super) places: Vec<RoutePlace<'t>>,
    /// Where `sticky` is written.
    pub(super) sticky: Option<Place<'t>>,
}

impl<'t> ReadGateway<'t> {
    /// The paths of its routes, and where these are written.
    pub(super) fn routes(&self) -> impl Iterator<Item = (&RoutePath, &RoutePlace<'t>)> {
        self.gateway.routes.keys().zip(&self.places)
    }

    /// The gateway as it stands in a blueprint: what the engine found of it may be posted back there, and says nothing.
    pub(super) fn of_blueprint(self) -> Gateway {
        Gateway {
            service: None,
            deployed: false,
            ..self.gateway
        }
    }
}

/// The port of a gateway. That its number is one that ports have is told in its turn, by [`body`].
#[derive(Debug, Default)]
pub(super) struct ReadPort<'t> {
    /// Absent where none could be read.
    pub(super) port: Option<Port>,
    /// A number that no port has, and where it is written.
    beyond: Option<(Place<'t>, String)>,
}

impl ReadPort<'_> {
    /// The port, unless the text is the one that stands for none.
    fn given(self) -> Option<Port> {
        self.port
            .filter(|port| port.is_assigned() || port.to_string() != NO_PORT)
    }
}

impl From<Port> for ReadPort<'_> {
    fn from(port: Port) -> Self {
        Self {
            port: Some(port),
            beyond: None,
        }
    }
}

/// A gateway with a name.
pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Gateway> {
    let before = context.count();
    let mut fields = Fields::of(context, place)?;
    let name = fields
        .required(context, "name")
        .and_then(|place| gateway_name(context, &place));
    let port = fields.get("port").map(|place| port(context, &place));
    let title = name.as_ref().map_or("", GatewayName::as_str);
    let read = body(context, &mut fields, Position::StandAlone, title, port.as_ref());
    let port = port.and_then(ReadPort::given);
    if let (Some(port), Some(read)) = (&port, &read) {
        gateway_check::conditions(context, read, port, |_| Some(port.to_string()));
    }
    fields.check_kind(context, &[Kind::Gateway]);
    fields.finish(context);
    let gateway = read?.gateway;
    (context.count() == before).then_some(Gateway {
        name,
        port,
        ..gateway
    })
}

/// A gateway as it is stored: name and port are taken in whatever notation, and the name may be absent.
pub(super) fn read_stored(context: &mut Context, place: &Place<'_>, position: Position) -> Option<Gateway> {
    let before = context.count();
    let mut fields = Fields::of(context, place)?;
    let name = fields.get("name").and_then(|place| gateway_name(context, &place));
    let port = fields.get("port").map(|place| stored_port(context, &place));
    let title = name.as_ref().map_or("", GatewayName::as_str);
    let read = body(context, &mut fields, position, title, port.as_ref());
    fields.check_kind(context, &[Kind::Gateway]);
    fields.finish(context);
    let gateway = read?.gateway;
    let port = port.and_then(ReadPort::given);
    (context.count() == before).then_some(Gateway {
        name,
        port,
        ..gateway
    })
}

/// Everything of a gateway but name and port, and the checks of a gateway by itself, in their order. `title` is how
/// messages call it.
///
/// A name in a blueprint or cluster, and a port in a cluster, are reported. The caller reads `port` elsewhere before, and
/// checks conditions at TCP ports afterwards; in a cluster, `sticky` at TCP ports, too.
pub(super) fn body<'t>(
    context: &mut Context,
    fields: &mut Fields<'t>,
    position: Position,
    title: &str,
    port: Option<&ReadPort<'_>>,
) -> Option<ReadGateway<'t>> {
    let before = context.count();
    match position {
        Position::StandAlone | Position::Stored | Position::Shown => fields.ignore(&["lookup_name"]),
        Position::Blueprint | Position::Cluster => refuse_name(context, fields),
    }
    if position == Position::Cluster {
        refuse_port(context, fields);
    }
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let service = fields
        .get("service")
        .and_then(|place| gateway_service(context, &place));
    let sticky_place = fields.get("sticky");
    let sticky = sticky_place
        .as_ref()
        .and_then(|place| sticky::read(context, place));
    let virtual_hosts = fields
        .get("virtual_hosts")
        .map_or_else(Vec::new, |place| virtual_hosts(context, &place));
    let selector_place = fields.get("selector");
    let selector = selector_place.as_ref().and_then(|place| context.text(place));
    let routes_place = fields.get("routes");
    let before_routes = context.count();
    let read = route::read_all(context, routes_place.clone(), position);
    let whole_routes = context.count() == before_routes && read.unsupported.is_empty();
    let deployed = fields
        .get("deployed")
        .and_then(|place| context.boolean(&place))
        .unwrap_or(false);
    if matches!(
        position,
        Position::StandAlone | Position::Blueprint | Position::Stored | Position::Shown
    ) {
        ignored(context, fields);
    }

    if let Some(port) = port {
        port_number(context, port);
    }
    let selector = match (&selector_place, selector) {
        (Some(place), Some(text)) => selector::parse(context, place, text),
        _ => None,
    };
    let gateway = Gateway {
        name: None,
        metadata,
        port: None,
        service,
        deployed,
        sticky,
        virtual_hosts,
        selector,
        routes: read.routes,
    };
    gateway_check::route_paths(context, &read.unsupported);
    gateway_check::route_selectors(context, gateway.routes.keys().zip(&read.places));
    let port = port.and_then(|port| port.port.as_ref());
    if let (Some(place), Some(port), Some(_)) = (&sticky_place, port, sticky) {
        gateway_check::sticky(context, place, port, &port.to_string());
    }
    if let Some(place) = routes_place
        && whole_routes
    {
        gateway_check::weights(context, &place, &gateway, title);
    }
    (context.count() == before).then_some(ReadGateway {
        gateway,
        places: read.places,
        sticky: sticky_place,
    })
}

/// A gateway that is nothing but one route, in a blueprint.
pub(super) fn of_path<'t>(
    context: &mut Context,
    place: &Place<'t>,
    port: &ReadPort<'_>,
) -> Option<ReadGateway<'t>> {
    let before = context.count();
    port_number(context, port);
    let read = route::read_all(context, Some(place.clone()), Position::Blueprint);
    gateway_check::route_paths(context, &read.unsupported);
    let gateway = Gateway {
        routes: read.routes,
        ..Gateway::anonymous()
    };
    (context.count() == before).then_some(ReadGateway {
        gateway,
        places: read.places,
        sticky: None,
    })
}

fn port_number(context: &mut Context, port: &ReadPort<'_>) {
    if let Some((place, number)) = &port.beyond {
        gateway_check::port_number(context, place, number);
    }
}

/// A gateway whose name is the key under which it stands has none of its own.
fn refuse_name(context: &mut Context, fields: &mut Fields<'_>) {
    let Some(place) = fields.get("name") else { return };
    let Some(given) = context.text(&place) else { return };
    let message = format!("Expected an anonymous artifact, not one with the name: '{given}'.");
    let hint = "the key above is its name: leave `name` out".to_owned();
    context.report_with_hint(&place, code::NOT_ANONYMOUS, message, hint);
}

/// A gateway of a cluster stands at a port of its breeds.
fn refuse_port(context: &mut Context, fields: &mut Fields<'_>) {
    let Some(place) = fields.get_at_key("port") else {
        return;
    };
    let shown = match place.node.to_json() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    let message = format!("Unexpected in DSL: {}", shortened(&shown, SHOWN));
    let hint = "the key above names the port of a breed, which is the port".to_owned();
    context.report_with_hint(&place, code::UNEXPECTED_ELEMENT, message, hint);
}

/// How much of a value that is not wanted a message shows, in bytes.
const SHOWN: usize = 200;

/// What the API shows of a gateway; only a mapping says something more.
fn ignored(context: &mut Context, fields: &mut Fields<'_>) {
    for key in ["internal", "proxy"] {
        if let Some(place) = fields.get_at_key(key)
            && place.mapping().is_some_and(|mapping| !mapping.is_empty())
        {
            context.leftover(&place, None);
        }
    }
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

const PORT: &str = "a port such as 8080, 8080/http or 8080/tcp";

/// The port of a gateway: a whole number, or a text with or without type. A text that is no port is kept.
pub(super) fn port<'t>(context: &mut Context, place: &Place<'t>) -> ReadPort<'t> {
    let Some(scalar) = context.scalar(place, PORT) else {
        return ReadPort::default();
    };
    let is_port = match scalar.plain {
        Plain::Int(number) => i32::try_from(number).is_ok(),
        Plain::Text => true,
        _ => false,
    };
    if is_port {
        port_of_text(context, place, &values::port_text(scalar))
    } else {
        context.wrong_type(place, PORT);
        ReadPort::default()
    }
}

/// As [`port`], of a text such as a key.
pub(super) fn port_of_text<'t>(context: &mut Context, place: &Place<'t>, text: &str) -> ReadPort<'t> {
    if let Ok(port) = text.parse::<Port>() {
        return ReadPort::from(port);
    }
    let number = text.split_once('/').map_or(text, |(number, _)| number);
    if !is_whole_number(number) {
        let hint = format!("expected {PORT}, found '{}'", shortened(text, SHOWN));
        context.wrong_type_with_hint(place, hint);
        return ReadPort::default();
    }
    ReadPort {
        port: None,
        beyond: Some((place.clone(), number.to_owned())),
    }
}

fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// A port whose node may be of any type.
pub(super) fn stored_port<'t>(context: &mut Context, place: &Place<'t>) -> ReadPort<'t> {
    match context.scalar(place, PORT) {
        Some(scalar) => port_of_text(context, place, &values::port_text(scalar)),
        None => ReadPort::default(),
    }
}

fn gateway_service(context: &mut Context, place: &Place<'_>) -> Option<GatewayService> {
    let mut fields = Fields::of(context, place)?;
    let host = fields
        .required(context, "host")
        .and_then(|place| context.text(&place).map(str::to_owned));
    let port = fields.required(context, "port").and_then(|place| {
        let read = port(context, &place);
        port_number(context, &read);
        read.port
    });
    fields.finish(context);
    Some(GatewayService {
        host: host?,
        port: port?,
    })
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
        Value::Scalar(scalar) if matches!(scalar.plain, Plain::Text) => &scalar.source,
        _ => {
            let message = "Illegal gateway virtual hosts - only list of strings is supported.";
            let hint = format!("a host name such as shop.example.org, not {}", place.describe());
            context.report_with_hint(place, code::ILLEGAL_GATEWAY_VIRTUAL_HOSTS, message, hint);
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
