//! Gateways of a blueprint, by their ports.

use super::context::Context;
use super::draft::DraftGateway;
use super::fields::Fields;
use super::gateway::{self, Position, ReadPort};
use super::place::Place;
use crate::tree::{Entry, Plain, Value};

pub(super) fn read_all<'t>(context: &mut Context, place: Option<Place<'t>>) -> Vec<DraftGateway<'t>> {
    let Some(place) = place else { return Vec::new() };
    let Some(mapping) = place.mapping() else {
        context.wrong_type(&place, "a mapping of ports to gateways");
        return Vec::new();
    };
    let entries = mapping.iter();
    entries
        .filter_map(|(key, entry)| read(context, &place, key, entry))
        .collect()
}

/// One route, or a gateway written out.
fn read<'t>(
    context: &mut Context,
    gateways: &Place<'t>,
    key: &'t str,
    entry: &'t Entry<'t>,
) -> Option<DraftGateway<'t>> {
    let place = gateways.key(key, entry.key, &entry.node);
    match &entry.node.value {
        Value::Scalar(scalar) if scalar.is_null() => {
            context.missing(&place, key);
            None
        }
        Value::Scalar(scalar) if matches!(scalar.plain, Plain::Text) => {
            let (name, port) = port_of_key(context, &place, key);
            let read = gateway::of_path(context, &gateways.under(key, entry), &port);
            Some(DraftGateway {
                place,
                name,
                port: port.port,
                read,
            })
        }
        Value::Mapping(mapping) => {
            let mut fields = Fields::of_mapping(place.clone(), mapping);
            // Beside a port the key is a mere label, which becomes the name of the port.
            let (name, port) = match fields.get("port") {
                None => port_of_key(context, &place, key),
                Some(port) => (key.to_owned(), gateway::port(context, &port)),
            };
            let read = gateway::body(context, &mut fields, Position::Blueprint, "", Some(&port));
            fields.finish(context);
            Some(DraftGateway {
                place,
                name,
                port: port.port,
                read,
            })
        }
        Value::Scalar(_) | Value::Sequence(_) => {
            context.wrong_type(&place, "a route `cluster/port`, or a gateway");
            None
        }
    }
}

/// A key that is the port: its name is the number. Another key is the name of a port whose number is to be assigned.
fn port_of_key<'t>(context: &mut Context, place: &Place<'t>, key: &str) -> (String, ReadPort<'t>) {
    let read = gateway::port_of_text(context, place, key);
    let name = match &read.port {
        Some(port) if port.is_assigned() => port.number().to_string(),
        _ => key.to_owned(),
    };
    (name, read)
}
