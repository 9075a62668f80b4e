use indexmap::IndexMap;

use super::blueprint_check;
use super::cluster::{self, ReadCluster};
use super::context::Context;
use super::fields::Fields;
use super::gateway::{self, Position, ReadGateway, ReadPort};
use super::place::Place;
use super::values::{self, Trait};
use crate::tree::{Node, Value};
use crate::{Blueprint, BlueprintGateway, Cluster, ClusterVariable, Gateway, Kind, Metadata, Name, Port};

/// A blueprint as far as it could be read, with the places that checks across its parts point at.
#[derive(Debug)]
pub(super) struct Draft<'t> {
    pub(super) place: Place<'t>,
    pub(super) clusters: IndexMap<&'t str, ReadCluster<'t>>,
    pub(super) variables: Vec<Trait<'t>>,
    pub(super) gateways: Vec<DraftGateway<'t>>,
    /// Whether clusters are missing that are written.
    pub(super) clusters_incomplete: bool,
}

#[derive(Debug)]
pub(super) struct DraftGateway<'t> {
    pub(super) place: Place<'t>,
    pub(super) name: String,
    pub(super) port: Port,
    /// Absent where something of it could not be read.
    pub(super) read: Option<ReadGateway<'t>>,
}

pub(super) fn read(context: &mut Context, place: &Place<'_>, kinds: &[Kind]) -> Option<Blueprint> {
    let mut fields = Fields::of(context, place)?;
    let before = context.count();
    let clusters_place = fields.get("clusters");
    let clusters = clusters_place
        .as_ref()
        .map_or_else(IndexMap::new, |place| clusters(context, place));
    let clusters_incomplete = context.count() != before;
    let variables = fields.get_variables(context);
    let variables = values::traits(context, variables);
    fields.not_yet(context, "dialects");
    fields.not_yet(context, "dialect");
    let name = fields
        .required(context, "name")
        .and_then(|place| values::named(context, &place));
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let gateways_place = fields.get("gateways");
    let gateways = gateways_place.map_or_else(Vec::new, |place| gateways(context, &place));

    let draft = Draft {
        place: place.clone(),
        clusters,
        variables,
        gateways,
        clusters_incomplete,
    };
    blueprint_check::validate(context, &draft);
    if !kinds.contains(&Kind::Deployment) {
        blueprint_check::dependencies(context, &draft);
    }
    let variables = cluster_variables(context, &draft.variables);
    fields.check_kind(context, kinds);
    fields.not_yet(context, "import");
    fields.finish(context);
    assemble(name?, metadata, draft, variables)
}

fn clusters<'t>(context: &mut Context, place: &Place<'t>) -> IndexMap<&'t str, ReadCluster<'t>> {
    let Some(mapping) = place.mapping() else {
        context.wrong_type(place, "a mapping of clusters");
        return IndexMap::new();
    };
    let mut clusters = IndexMap::with_capacity(mapping.len());
    for (key, entry) in mapping.iter() {
        let place = place.key(key, entry.key, &entry.node);
        clusters.insert(key.as_str(), cluster::read(context, &place));
    }
    clusters
}

fn gateways<'t>(context: &mut Context, place: &Place<'t>) -> Vec<DraftGateway<'t>> {
    let Some(mapping) = place.mapping() else {
        context.wrong_type(place, "a mapping of ports to gateways");
        return Vec::new();
    };
    mapping
        .iter()
        .filter_map(|(key, entry)| {
            let place = place.key(key, entry.key, &entry.node);
            one_gateway(context, &place, key, &entry.node)
        })
        .collect()
}

fn one_gateway<'t>(
    context: &mut Context,
    place: &Place<'t>,
    key: &'t str,
    node: &'t Node<'t>,
) -> Option<DraftGateway<'t>> {
    let mapping = match &node.value {
        Value::Scalar(scalar) if scalar.is_null() => {
            context.missing(place, key);
            return None;
        }
        Value::Scalar(scalar) if matches!(scalar.plain, crate::tree::Plain::Text) => {
            let (name, port) = port_of_key(context, place, key)?;
            let read = gateway::of_path(context, place, &port);
            return Some(DraftGateway {
                place: place.clone(),
                name,
                port: port.port?,
                read,
            });
        }
        Value::Mapping(mapping) => mapping,
        Value::Scalar(_) | Value::Sequence(_) => {
            context.wrong_type(place, "a route `cluster/port`, or a gateway");
            return None;
        }
    };
    let mut fields = Fields::of_mapping(place.clone(), mapping);
    let named_port = match fields.get("port") {
        None => port_of_key(context, place, key),
        Some(port) => Some((key.to_owned(), labelled_port(context, &port, key))),
    };
    let port = named_port.as_ref().map(|(_, port)| port);
    let read = gateway::body(context, &mut fields, Position::Blueprint, "", port);
    fields.finish(context);
    let (name, port) = named_port?;
    Some(DraftGateway {
        place: place.clone(),
        name,
        port: port.port?,
        read,
    })
}

/// A key that is the port, or a mere label of a port to be assigned.
fn port_of_key<'t>(context: &mut Context, place: &Place<'t>, key: &str) -> Option<(String, ReadPort<'t>)> {
    let is_label = !key.contains('/') && !key.contains('$') && key.parse::<f64>().is_err();
    if is_label {
        let name = values::name(context, place, key)?;
        return Some((name.as_str().to_owned(), Port::unassigned().into()));
    }
    let read = gateway::port_of_text(context, place, key);
    let name = read.port.as_ref().map_or(0, Port::number).to_string();
    Some((name, read))
}

/// The port beside a label. The label itself stands for a port to be assigned: so it was printed once.
fn labelled_port<'t>(context: &mut Context, place: &Place<'t>, label: &str) -> ReadPort<'t> {
    match &place.node.value {
        Value::Scalar(scalar) if scalar.source == label && label.parse::<Port>().is_err() => {
            Port::unassigned().into()
        }
        _ => gateway::port(context, place),
    }
}

fn cluster_variables(
    context: &mut Context,
    variables: &[Trait<'_>],
) -> IndexMap<ClusterVariable, Option<String>> {
    let mut by_name = IndexMap::with_capacity(variables.len());
    for entry in variables {
        // Those that are no cluster's variables have been reported.
        if let Ok(variable) = entry.name.parse::<ClusterVariable>() {
            let value = values::variable_value(context, &entry.place, entry.value);
            by_name.insert(variable, value);
        }
    }
    by_name
}

fn assemble(
    name: Name,
    metadata: Metadata,
    draft: Draft<'_>,
    environment_variables: IndexMap<ClusterVariable, Option<String>>,
) -> Option<Blueprint> {
    let clusters = draft
        .clusters
        .into_iter()
        .map(|(name, cluster)| Some((name.parse().ok()?, cluster.into_cluster()?)))
        .collect::<Option<IndexMap<Name, Cluster>>>()?;
    let gateways = draft
        .gateways
        .into_iter()
        .map(|DraftGateway { name, port, read, .. }| {
            let gateway = Gateway {
                port: Some(port.clone()),
                ..read?.gateway
            };
            Some((name, BlueprintGateway { port, gateway }))
        })
        .collect::<Option<_>>()?;
    Some(Blueprint {
        name,
        metadata,
        gateways,
        clusters,
        environment_variables,
        dialects: crate::Dialects::new(),
    })
}
