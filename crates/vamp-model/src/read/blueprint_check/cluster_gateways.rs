//! The gateways of clusters.

use std::collections::HashSet;

use super::super::cluster_gateway::ReadClusterGateway;
use super::super::context::Context;
use super::super::draft::Draft;
use super::super::gateway::ReadGateway;
use super::super::service::ReadService;
use super::super::{gateway_check, hint};
use super::clusters::{Answer, Clusters, Traits};
use super::gateways::report_unresolved;
use crate::TraitGroup;
use crate::problem::code;

/// Routes name breeds of the cluster's services.
pub(super) fn routes(context: &mut Context, draft: &Draft<'_>) {
    for (name, cluster) in &draft.clusters {
        let read = || {
            cluster
                .gateways
                .iter()
                .filter_map(|gateway| gateway.read.as_ref())
        };
        if read().all(|gateway| gateway.places.is_empty()) {
            continue;
        }
        let breeds: Option<HashSet<&str>> = cluster.services.iter().map(ReadService::breed_name).collect();
        let Some(breeds) = breeds.filter(|_| cluster.knows_all_services) else {
            continue;
        };
        for (path, places) in read().flat_map(ReadGateway::routes) {
            let service = path.source();
            if breeds.contains(service) || !context.has_room() {
                continue;
            }
            let message = format!("Unresolved service route for '{name}' and '{service}'.");
            let in_order = cluster.services.iter().filter_map(ReadService::breed_name);
            let hint = match hint::nearest(service, in_order) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "a route is named after the breed of a service of the cluster".to_owned(),
            };
            context.report_with_hint(&places.route, code::UNRESOLVED_SERVICE_ROUTE, message, hint);
        }
    }
}

/// Weights that are written add up to no more than 100 %, when others are those of stored routes.
pub(super) fn weights(context: &mut Context, draft: &Draft<'_>) {
    for (name, cluster) in &draft.clusters {
        for gateway in &cluster.gateways {
            let sum = gateway.read.as_ref().map_or(0, |read| read.gateway.weight_sum());
            if sum > 100 {
                let message = format!(
                    "Total route weight cannot exceed 100 or be a negative value. Check cluster: '{name}'."
                );
                let hint = format!("the weights given add up to {sum}%");
                context.report_with_hint(&gateway.place, code::ROUTE_WEIGHT, message, hint);
            }
        }
    }
}

/// Sticky sessions need a port that speaks HTTP.
pub(super) fn sticky(context: &mut Context, clusters: &Clusters<'_, '_>) {
    for (gateway, traits) in gateways(clusters) {
        let sticky = gateway.read.as_ref().and_then(|read| {
            read.gateway.sticky?;
            read.sticky.as_ref()
        });
        if let (Some(place), Some(port)) = (sticky, traits.port(&gateway.port)) {
            gateway_check::sticky(context, place, port, &gateway.port);
        }
    }
}

/// Conditions need a port that speaks HTTP.
pub(super) fn conditions(context: &mut Context, clusters: &Clusters<'_, '_>) {
    for (gateway, traits) in gateways(clusters) {
        if let (Some(read), Some(port)) = (&gateway.read, traits.port(&gateway.port)) {
            gateway_check::conditions(context, read, port, |_| Some(gateway.port.clone()));
        }
    }
}

/// A gateway stands at a port of the cluster's breeds.
pub(super) fn ports(context: &mut Context, clusters: &Clusters<'_, '_>) {
    for (name, cluster, traits) in clusters.iter() {
        for gateway in cluster.gateways.iter().filter(|gateway| !gateway.port.is_empty()) {
            let port = gateway.port.as_str();
            match traits.has(TraitGroup::Ports, port) {
                Answer::Yes => {}
                Answer::No => {
                    let nearest = traits.nearest(TraitGroup::Ports, port);
                    let hint = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
                    report_unresolved(context, &gateway.place, port, "", hint);
                }
                Answer::Open => context.not_checked(&gateway.place, || {
                    format!("whether a breed of cluster '{name}' has the port '{port}'")
                }),
            }
        }
    }
}

/// A gateway names its port where there are several.
pub(super) fn nameless(context: &mut Context, draft: &Draft<'_>) {
    for cluster in draft.clusters.values() {
        let Some(gateway) = cluster.gateways.iter().find(|gateway| gateway.port.is_empty()) else {
            continue;
        };
        let mut breeds = cluster.services.iter().filter_map(ReadService::known_breed);
        if let Some(breed) = breeds.find(|breed| breed.ports.len() > 1) {
            let message = format!(
                "Illegal anonymous routing port mapping - more than 1 port defined for '{}'.",
                breed.name
            );
            let ports: Vec<&str> = breed
                .ports
                .keys()
                .map(|port| port.as_str())
                .take(PORTS_SHOWN)
                .collect();
            let hint = format!(
                "write the gateway below the name of its port: {}",
                ports.join(", ")
            );
            context.report_with_hint(
                &gateway.place,
                code::ILLEGAL_ANONYMOUS_ROUTING_PORT_MAPPING,
                message,
                hint,
            );
        }
    }
}

/// How many ports a hint names.
const PORTS_SHOWN: usize = 10;

/// Each gateway of each cluster with what the breeds of the cluster have.
fn gateways<'c, 'd: 'c, 't>(
    clusters: &'c Clusters<'d, 't>,
) -> impl Iterator<Item = (&'c ReadClusterGateway<'t>, &'c Traits<'d>)> {
    clusters.iter().flat_map(|(_, cluster, traits)| {
        let gateways: &'c [ReadClusterGateway<'t>] = &cluster.gateways;
        gateways.iter().map(move |gateway| (gateway, traits))
    })
}
