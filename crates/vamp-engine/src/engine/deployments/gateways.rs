//! The gateways that come, change and go with a deployment.

use indexmap::IndexMap;
use vamp_model::{Deployment, DeploymentCluster, Gateway, GatewayName, Kind, Name};

use crate::Problem;
use crate::deployment::{Attachment, external_gateways, internal_gateways, needed_gateways};
use crate::events::{Archived, archive, routes_changed};
use crate::gateway::{complete, route_changes};
use crate::shared::{Change, Shared};
use crate::world::World;

/// A gateway with what is stored of it.
pub(super) type Changed = (Option<Gateway>, Gateway);

/// The gateways that a merge makes or changes.
pub(super) fn merged_gateways(
    shared: &Shared,
    wish: &Deployment,
    attachment: &Attachment,
) -> std::result::Result<Vec<Changed>, Vec<Problem>> {
    let world = shared.world.read();
    let touched = wish
        .clusters
        .iter()
        .filter(|(name, _)| attachment.clusters.contains_key(*name));
    let written = |cluster: &Name| Some(&attachment.clusters.get(cluster)?.gateways);
    let mut gateways =
        cluster_gateways(&world, shared, &wish.name, touched, written).map_err(|problem| vec![problem])?;
    for gateway in external_gateways(&wish.name, &attachment.gateways)? {
        gateways.push(completed(&world, shared, gateway));
    }
    Ok(gateways)
}

/// The internal gateways of clusters, as they shall be; `written` is what a blueprint says of those of a cluster.
pub(super) fn cluster_gateways<'d, 'w>(
    world: &World,
    shared: &Shared,
    deployment: &Name,
    clusters: impl Iterator<Item = (&'d Name, &'d DeploymentCluster)>,
    written: impl Fn(&Name) -> Option<&'w IndexMap<String, Gateway>>,
) -> std::result::Result<Vec<Changed>, Problem> {
    let mut gateways = Vec::new();
    for (cluster_name, cluster) in clusters {
        let stored = |name: &str| world.gateway(name);
        for gateway in internal_gateways(deployment, cluster_name, cluster, written(cluster_name), stored)? {
            gateways.push(completed(world, shared, gateway));
        }
    }
    Ok(gateways)
}

pub(super) fn completed(world: &World, shared: &Shared, gateway: Gateway) -> Changed {
    let stored = gateway
        .name
        .as_ref()
        .and_then(|name| world.gateway(name.as_str()))
        .cloned();
    let gateway = complete(gateway, stored.as_ref(), &shared.options.virtual_hosts);
    (stored, gateway)
}

pub(super) fn put_gateways(change: &mut Change, gateways: Vec<Changed>) {
    for (stored, gateway) in gateways {
        if stored.as_ref() == Some(&gateway) {
            continue;
        }
        if let Some(stored) = &stored {
            let changes = route_changes(stored, &gateway);
            change.events.extend(routes_changed(&gateway, &changes));
        }
        change.put_gateway(gateway);
    }
}

/// The internal gateways that no service needs any more go.
pub(super) fn remove_unneeded(world: &World, wish: &Deployment, change: &mut Change) {
    let needed = needed_gateways(wish);
    for gateway in world.internal_gateways(wish.name.as_str()) {
        let name = gateway.name.as_ref().map_or("", GatewayName::as_str);
        if needed
            .binary_search_by(|needed| needed.as_str().cmp(name))
            .is_err()
        {
            change
                .events
                .push(archive(Kind::Gateway, name, Archived::Delete, ""));
            change.remove_gateway(name);
        }
    }
}

/// Ports are at another place in a blueprint than in a gateway.
pub(super) fn at_blueprint(problems: Vec<(String, Problem)>) -> Vec<Problem> {
    let problems =
        problems.into_iter().map(
            |(name, problem)| match name.split('/').collect::<Vec<_>>().as_slice() {
                [_, port] => problem.at(["gateways", port]),
                _ => problem.at([]),
            },
        );
    problems.collect()
}
