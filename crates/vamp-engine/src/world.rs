//! What the engine knows: everything that is stored about gateways and deployments, read once and kept in step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use vamp_model::{Deployment, Gateway, GatewayName, Intention};

use crate::gateway::{RoutedService, Services, route};
use crate::reconcile::Desired;

/// A gateway as it is stored, without what is known only at a moment.
#[derive(Debug, Clone)]
pub(crate) struct GatewayRecord {
    pub(crate) gateway: Gateway,
    pub(crate) revision: u64,
    pub(crate) at: Timestamp,
}

/// A deployment as it is stored, with what is known of its services.
#[derive(Debug, Clone)]
pub(crate) struct DeploymentRecord {
    /// The wish.
    pub(crate) deployment: Deployment,
    pub(crate) revision: u64,
    pub(crate) at: Timestamp,
    /// One for each service of the wish, in its order.
    pub(crate) services: Vec<Desired>,
}

impl DeploymentRecord {
    pub(crate) fn find(&self, cluster: &str, service: &str) -> Option<&Desired> {
        let known = |desired: &&Desired| {
            let id = &desired.spec.id;
            id.service == service && id.cluster == cluster
        };
        self.services.iter().find(known)
    }
}

/// Everything that is known.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) gateways: BTreeMap<String, Arc<GatewayRecord>>,
    pub(crate) deployments: BTreeMap<String, Arc<DeploymentRecord>>,
    /// The gateways that took part in the configuration that was handed over last.
    pub(crate) published: Arc<BTreeSet<String>>,
    /// Ports that changes on their way to the store have taken, with their holders.
    pub(crate) in_flight: BTreeMap<u16, String>,
    /// Ports that other programs had when they were wanted; others are given first.
    pub(crate) foreign_ports: BTreeSet<u16>,
    /// Counts the changes.
    pub(crate) generation: u64,
    /// The place of the newest change in the store's order.
    pub(crate) sequence: u64,
    /// Whether somebody took something away that is still in the configuration.
    pub(crate) shrink_meant: bool,
}

impl World {
    /// All gateways in the order of their names, with their targets.
    pub(crate) fn routed(&self) -> Vec<Gateway> {
        let gateways = self.gateways.values().map(|record| &record.gateway);
        route(gateways, self, &self.published)
    }

    /// One gateway with its targets.
    pub(crate) fn routed_gateway(&self, name: &str) -> Option<Gateway> {
        let record = self.gateways.get(name)?;
        // Gateways that this one leads to are looked at as well, as they tell the ports.
        let next = record
            .gateway
            .routes
            .keys()
            .filter(|path| path.external().is_none() && path.segments().len() < 4)
            .filter_map(|path| self.gateways.get(&path.normalized()))
            .filter(|next| next.gateway.name != record.gateway.name);
        let gateways = std::iter::once(record).chain(next).map(|record| &record.gateway);
        let mut routed = route(gateways, self, &self.published).into_iter().next()?;
        routed.deployed = self.published.contains(name);
        Some(routed)
    }

    pub(crate) fn gateway(&self, name: &str) -> Option<&Gateway> {
        self.gateways.get(name).map(|record| &record.gateway)
    }

    /// The internal gateways of a deployment.
    pub(crate) fn internal_gateways<'w>(&'w self, deployment: &str) -> impl Iterator<Item = &'w Gateway> {
        let prefix = format!("{deployment}/");
        let from = self.gateways.range(prefix.clone()..);
        from.take_while(move |(name, _)| name.starts_with(&prefix))
            .map(|(_, record)| &record.gateway)
            .filter(|gateway| gateway.is_internal())
    }
}

impl Services for World {
    fn service(&self, deployment: &str, cluster: &str, service: &str) -> Option<RoutedService<'_>> {
        let desired = self.deployments.get(deployment)?.find(cluster, service)?;
        let state = &desired.state;
        Some(RoutedService {
            instances: &state.instances,
            wanted: state.status.intention == Intention::Deployment
                && desired.spec.scale.instances > 0
                && !state.given_up,
        })
    }
}

/// Whose queue a change of this gateway waits in: that of its deployment, or its own.
pub(crate) fn owner(gateway: &GatewayName) -> &str {
    gateway.segments().next().unwrap_or_default()
}
