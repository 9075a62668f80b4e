//! Clusters of a deployment.

use indexmap::IndexMap;

use super::super::Origin;
use super::super::context::Context;
use super::super::escalation::ScaledClusters;
use super::super::fields::Fields;
use super::super::place::Place;
use super::super::{dialects, gateway, health_check, sla, values};
use super::{elements, entries, service};
use crate::tree::Value;
use crate::{DeploymentCluster, Gateway, GatewayName, Name, RoutePath, lookup};

pub(super) fn read_all(
    context: &mut Context,
    place: &Place<'_>,
    deployment: &str,
    origin: Origin,
) -> IndexMap<Name, DeploymentCluster> {
    let mut clusters = IndexMap::new();
    for (key, place) in entries(context, place) {
        let name = values::name(context, &place, key);
        let cluster = read(context, &place, &format!("{deployment}/{key}"), origin);
        if let (Some(name), Some(cluster)) = (name, cluster) {
            clusters.insert(name, cluster);
        }
    }
    clusters
}

/// A cluster; `prefix` is how the names of its gateways begin. There are no short forms.
fn read(context: &mut Context, place: &Place<'_>, prefix: &str, origin: Origin) -> Option<DeploymentCluster> {
    let mut fields = Fields::of(context, place)?;
    let services = fields.get("services");
    let services = elements(context, services)
        .into_iter()
        .filter_map(|element| service::read(context, &element, origin))
        .collect();
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let gateways = fields.get_aliased("gateways", "routing");
    let gateways = gateways.map_or_else(IndexMap::new, |place| {
        gateways_by_port(context, &place, prefix, origin)
    });
    let checks = fields.get("health_checks");
    let checks = health_check::read(context, checks);
    health_check::validate(context, checks.as_deref(), |_| true);
    let network = values::network(context, &mut fields);
    let sla = fields
        .get("sla")
        .and_then(|place| sla::of_cluster(context, &place, &mut ScaledClusters::default()));
    let dialects = dialects::read_with_legacy(context, &mut fields);
    fields.finish(context);
    Some(DeploymentCluster {
        metadata,
        services,
        health_checks: health_check::plain(checks),
        gateways,
        network,
        sla,
        dialects,
    })
}

/// Gateways by the names of their ports.
fn gateways_by_port(
    context: &mut Context,
    place: &Place<'_>,
    prefix: &str,
    origin: Origin,
) -> IndexMap<String, Gateway> {
    let mut gateways = IndexMap::new();
    for (port, place) in entries(context, place) {
        if origin == Origin::Document {
            refuse_stored_keys(context, &place);
        }
        let position = match origin {
            Origin::Document => gateway::Position::Shown,
            Origin::Store => gateway::Position::Stored,
        };
        if let Some(gateway) = gateway::read_stored(context, &place, position) {
            gateways.insert(port.to_owned(), with_full_name(gateway, &place, prefix, port));
        }
    }
    gateways
}

/// Reports what only gateways by themselves say.
fn refuse_stored_keys(context: &mut Context, place: &Place<'_>) {
    for key in ["internal", "proxy"] {
        if let Some(entry) = place.mapping().and_then(|mapping| mapping.get(key)) {
            let hint = "a gateway of a cluster is always internal".to_owned();
            context.leftover(&place.key(key, entry.key, &entry.node), Some(hint));
        }
    }
}

/// Gives a gateway its name and its routes their full paths again, if it had them when it was printed: the lookup names of the
/// routes tell. Printed in its cluster it has no name, and of the paths only the names of the breeds are left.
fn with_full_name(gateway: Gateway, place: &Place<'_>, prefix: &str, port: &str) -> Gateway {
    let Ok(name) = format!("{prefix}/{port}").parse::<GatewayName>() else {
        return gateway;
    };
    let full_path = |path: &RoutePath| match path.segments() {
        [breed] if path.external().is_none() => format!("{prefix}/{breed}/{port}").parse().ok(),
        _ => Some(path.clone()),
    };
    let paths: Option<Vec<RoutePath>> = gateway.routes.keys().map(full_path).collect();
    let Some(paths) = paths.filter(|_| gateway.name.is_none()) else {
        return gateway;
    };
    let routes = value_of(place, "routes");
    let had_full_name = gateway.routes.keys().zip(&paths).any(|(path, full)| {
        let route = routes.as_ref().and_then(|routes| value_of(routes, path.source()));
        let lookup_name = route.and_then(|route| value_of(&route, "lookup_name"));
        lookup_name.is_some_and(|printed| match &printed.node.value {
            Value::Scalar(scalar) => scalar.source == lookup::route(Some(&name), full).as_str(),
            Value::Sequence(_) | Value::Mapping(_) => false,
        })
    });
    if !had_full_name {
        return gateway;
    }
    let routes = paths.into_iter().zip(gateway.routes.into_values()).collect();
    Gateway {
        name: Some(name),
        routes,
        ..gateway
    }
}

/// The value below a key, where there is one.
fn value_of<'t>(place: &Place<'t>, key: &str) -> Option<Place<'t>> {
    let (key, entry) = place.mapping()?.get_key_value(key)?;
    (!entry.node.is_null()).then(|| place.under(key, entry))
}
