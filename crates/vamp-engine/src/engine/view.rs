//! Deployments as users read them: the wish, with what is known of its fulfilment.

use indexmap::IndexMap;
use vamp_model::{AnyArtifact, Deployment, DeploymentCluster, Gateway, Intention};

use crate::deployment::shown_variables;
use crate::world::{DeploymentRecord, World};
use crate::{EngineOptions, Versioned};

/// A deployment as it is at this moment.
pub(super) fn deployment(world: &World, options: &EngineOptions, name: &str) -> Option<Versioned> {
    let record = world.deployments.get(name)?;
    let gateways = world.internal_gateways(name);
    let gateways = gateways
        .filter_map(|gateway| Some((gateway.name.as_ref()?.to_string(), gateway.clone())))
        .collect();
    Some(of_record(record, &gateways, options))
}

/// A deployment with these internal gateways.
pub(super) fn of_record(
    record: &DeploymentRecord,
    gateways: &IndexMap<String, Gateway>,
    options: &EngineOptions,
) -> Versioned {
    let wish = &record.deployment;
    let mut shown: Deployment = wish.clone();
    let mut known = record.services.iter();
    for (cluster_name, cluster) in &mut shown.clusters {
        for service in &mut cluster.services {
            let Some(desired) = known.next() else { break };
            let state = &desired.state;
            service.status = state.status.clone();
            service.instances.clone_from(&state.instances);
            service.environment_variables = shown_variables(wish, cluster_name.as_str(), service);
            let wanted = match state.status.intention {
                Intention::Deployment => service.scale.as_ref().map_or(1, |scale| scale.instances),
                Intention::Undeployment => 0,
            };
            service.health = Some(state.health(wanted));
        }
        let prefix = format!("{}/{cluster_name}/", wish.name);
        let own = gateways
            .iter()
            .filter_map(|(name, gateway)| Some((name.strip_prefix(&prefix)?, gateway)));
        cluster.gateways = own
            .map(|(port, gateway)| (port.to_owned(), gateway.clone()))
            .collect();
        shown
            .ports
            .extend(ports(cluster).map(|(port, number)| (format!("{cluster_name}.{port}"), number)));
        let host = options.gateway_host.clone().unwrap_or_default();
        shown.hosts.insert(cluster_name.to_string(), host);
    }
    Versioned {
        artifact: AnyArtifact::Deployment(shown),
        revision: record.revision,
        at: record.at,
    }
}

/// The numbers of a cluster's gateways, by port name.
fn ports(cluster: &DeploymentCluster) -> impl Iterator<Item = (&String, String)> {
    cluster.gateways.iter().map(|(name, gateway)| {
        let number = gateway.port.as_ref().map_or(0, vamp_model::Port::number);
        (name, number.to_string())
    })
}
