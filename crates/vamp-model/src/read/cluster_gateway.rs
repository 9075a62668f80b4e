//! Gateways of a cluster: how traffic to a port is shared among its services.

use super::context::Context;
use super::fields::Fields;
use super::gateway::{self, Position, ReadGateway};
use super::place::Place;
use super::service::ReadService;
use crate::StrictName;
use crate::problem::code;
use crate::tree::{Mapping, Value};

/// A gateway of a cluster as far as it could be read.
#[derive(Debug)]
pub(super) struct ReadClusterGateway<'t> {
    pub(super) place: Place<'t>,
    /// The name of the port; empty where none is named.
    pub(super) port: String,
    /// Absent where something of it could not be read.
    pub(super) read: Option<ReadGateway<'t>>,
}

/// Gateways by the names of their ports, or one gateway without such a name: it belongs to the only port of the breeds that are
/// written out, if they have only one.
pub(super) fn read_all<'t>(
    context: &mut Context,
    place: Option<Place<'t>>,
    services: &[ReadService<'t>],
) -> Vec<ReadClusterGateway<'t>> {
    let Some(place) = place else { return Vec::new() };
    let Some(mapping) = place.mapping() else {
        context.wrong_type(&place, "a mapping of ports to gateways");
        return Vec::new();
    };
    let mut gateways = if is_one_gateway(mapping) {
        vec![written_out(context, place, mapping, "")]
    } else {
        by_port(context, &place, mapping)
    };
    attach(context, &mut gateways, services);
    gateways
}

/// Whether a mapping is a gateway rather than gateways by the names of their ports.
fn is_one_gateway(mapping: &Mapping<'_>) -> bool {
    const WHATEVER_THEIR_VALUE: [&str; 2] = ["sticky", "routes"];
    // Ports may be called so, too, but then a mapping stands there.
    const WITH_A_SCALAR_OR_LIST: [&str; 4] = ["deployed", "port", "selector", "virtual_hosts"];
    let has_no_mapping = |key: &&str| {
        mapping
            .get(key)
            .is_some_and(|entry| !entry.node.is_null() && !matches!(entry.node.value, Value::Mapping(_)))
    };
    WHATEVER_THEIR_VALUE.iter().any(|key| mapping.contains_key(key))
        || WITH_A_SCALAR_OR_LIST.iter().any(has_no_mapping)
}

fn by_port<'t>(
    context: &mut Context,
    place: &Place<'t>,
    mapping: &'t Mapping<'t>,
) -> Vec<ReadClusterGateway<'t>> {
    let mut gateways = Vec::with_capacity(mapping.len());
    for (port, entry) in mapping.iter() {
        let place = place.key(port, entry.key, &entry.node);
        match &entry.node.value {
            Value::Mapping(mapping) => gateways.push(written_out(context, place, mapping, port)),
            Value::Scalar(scalar) if scalar.is_null() => context.missing(&place, port),
            Value::Scalar(_) | Value::Sequence(_) => {
                context.wrong_type(
                    &place,
                    "a gateway below the name of its port, such as `{routes: {…}}`",
                );
            }
        }
    }
    gateways
}

fn written_out<'t>(
    context: &mut Context,
    place: Place<'t>,
    mapping: &'t Mapping<'t>,
    port: &str,
) -> ReadClusterGateway<'t> {
    let mut fields = Fields::of_mapping(place.clone(), mapping);
    let read = gateway::body(context, &mut fields, Position::Cluster, "", None);
    fields.finish(context);
    ReadClusterGateway {
        place,
        port: port.to_owned(),
        read,
    }
}

/// Gives the gateway without a port's name the name of the only port there is.
fn attach(context: &mut Context, gateways: &mut [ReadClusterGateway<'_>], services: &[ReadService<'_>]) {
    let Some(port) = only_port(services) else { return };
    let is_taken = gateways.iter().any(|gateway| gateway.port == port);
    let Some(nameless) = gateways.iter_mut().find(|gateway| gateway.port.is_empty()) else {
        return;
    };
    if is_taken {
        let message = format!("Duplicate gateway port: '{port}'.");
        let hint = "a gateway without a port's name belongs to the only port there is".to_owned();
        context.report_with_hint(&nameless.place, code::DUPLICATE_GATEWAY_PORT, message, hint);
    } else {
        port.clone_into(&mut nameless.port);
    }
}

/// The port of the breeds that are written out, if there is exactly one name among all of them.
fn only_port<'s>(services: &'s [ReadService<'_>]) -> Option<&'s str> {
    let breeds = services.iter().filter_map(ReadService::inline);
    let mut ports = breeds.flat_map(|breed| breed.ports.keys().map(StrictName::as_str));
    let first = ports.next()?;
    ports.all(|port| port == first).then_some(first)
}
