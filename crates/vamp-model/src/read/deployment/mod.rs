//! Deployments, as the API prints them and as they are stored.

mod cluster;
mod instance;
mod service;
mod status;
mod variables;

use indexmap::IndexMap;

pub(super) use instance::{health, read_all as instances};

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::{Origin, blueprint_gateway, dialects, values};
use crate::tree::Value;
use crate::{BlueprintGateway, Deployment, Gateway, Kind};

pub(super) fn read(context: &mut Context, place: &Place<'_>, origin: Origin) -> Option<Deployment> {
    let before = context.count();
    let mut fields = Fields::of(context, place)?;
    fields.ignore(&["lookup_name"]);
    let name = fields
        .required(context, "name")
        .and_then(|place| values::named(context, &place));
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let title = name.as_ref().map_or("", |name| name.as_str());
    let clusters = fields.get("clusters");
    let clusters = clusters.map_or_else(IndexMap::new, |place| {
        cluster::read_all(context, &place, title, origin)
    });
    let gateways = fields.get("gateways");
    let gateways = gateways_by_port(context, gateways);
    let ports = fields.get("ports");
    let ports = texts(context, ports);
    let variables = fields.get_variables(context);
    let environment_variables = variables::read(context, variables);
    let hosts = fields.get("hosts");
    let hosts = texts(context, hosts);
    let dialects = dialects::read(context, &mut fields);
    fields.check_kind(context, &[Kind::Deployment]);
    fields.finish(context);
    let is_whole = context.count() == before;
    Some(Deployment {
        name: name.filter(|_| is_whole)?,
        metadata,
        clusters,
        gateways,
        environment_variables,
        ports,
        hosts,
        dialects,
    })
}

/// Gateways as in a blueprint, without names.
fn gateways_by_port(context: &mut Context, place: Option<Place<'_>>) -> IndexMap<String, BlueprintGateway> {
    blueprint_gateway::read_all(context, place)
        .into_iter()
        .filter_map(|draft| {
            let port = draft.port?;
            let gateway = Gateway {
                port: Some(port.clone()),
                ..draft.read?.of_blueprint()
            };
            Some((draft.name, BlueprintGateway { port, gateway }))
        })
        .collect()
}

/// Each entry of a mapping, with its place.
fn entries<'t>(context: &mut Context, place: &Place<'t>) -> Vec<(&'t str, Place<'t>)> {
    let Some(mapping) = place.mapping() else {
        context.wrong_type(place, "a mapping");
        return Vec::new();
    };
    mapping
        .iter()
        .map(|(key, entry)| (key.as_str(), place.under(key, entry)))
        .collect()
}

/// Each element of a list, with its place.
fn elements<'t>(context: &mut Context, place: Option<Place<'t>>) -> Vec<Place<'t>> {
    let Some(place) = place else { return Vec::new() };
    match &place.node.value {
        Value::Sequence(nodes) => place.elements(nodes).collect(),
        _ => {
            context.wrong_type(&place, "a list");
            Vec::new()
        }
    }
}

/// A mapping of texts. Nothing is the same as no entry.
fn texts(context: &mut Context, place: Option<Place<'_>>) -> IndexMap<String, String> {
    let Some(place) = place else {
        return IndexMap::new();
    };
    entries(context, &place)
        .into_iter()
        .filter(|(_, place)| !place.node.is_null())
        .filter_map(|(key, place)| Some((key.to_owned(), context.text(&place)?.to_owned())))
        .collect()
}
