//! Clusters of a blueprint.

use super::cluster_gateway::{self, ReadClusterGateway};
use super::context::Context;
use super::escalation::ScaledClusters;
use super::fields::Fields;
use super::health_check::{self, ReadCheck};
use super::place::Place;
use super::service::{self, ReadService};
use super::{dialects, sla, values};
use crate::tree::{Mapping, Plain, Value};
use crate::{Cluster, Dialects, Metadata, SlaReference};

/// A cluster as far as it could be read.
#[derive(Debug)]
pub(super) struct ReadCluster<'t> {
    pub(super) place: Place<'t>,
    pub(super) services: Vec<ReadService<'t>>,
    /// Whether every service that is written is among `services`.
    pub(super) knows_all_services: bool,
    pub(super) gateways: Vec<ReadClusterGateway<'t>>,
    pub(super) health_checks: Option<Vec<ReadCheck<'t>>>,
    /// The clusters that the SLA's escalations scale.
    pub(super) scaled: ScaledClusters<'t>,
    metadata: Metadata,
    network: Option<String>,
    sla: Option<SlaReference>,
    dialects: Dialects,
}

impl<'t> ReadCluster<'t> {
    fn at(place: &Place<'t>) -> Self {
        Self {
            place: place.clone(),
            services: Vec::new(),
            knows_all_services: true,
            gateways: Vec::new(),
            health_checks: None,
            scaled: ScaledClusters::default(),
            metadata: Metadata::new(),
            network: None,
            sla: None,
            dialects: Dialects::new(),
        }
    }

    pub(super) fn into_cluster(self) -> Option<Cluster> {
        // Collected, the services would stay in the larger room of what was read.
        let mut services = Vec::with_capacity(self.services.len());
        for service in self.services {
            services.push(service.into_service()?);
        }
        let gateways = self
            .gateways
            .into_iter()
            .map(|gateway| Some((gateway.port, gateway.read?.of_blueprint())));
        Some(Cluster {
            metadata: self.metadata,
            services,
            gateways: values::all_by_key(gateways)?,
            health_checks: health_check::plain(self.health_checks),
            network: self.network,
            sla: self.sla,
            dialects: self.dialects,
        })
    }
}

/// A cluster in any of its forms: a breed's name, a list of services, its only service, or written out.
pub(super) fn read<'t>(context: &mut Context, place: &Place<'t>) -> ReadCluster<'t> {
    let mut cluster = ReadCluster::at(place);
    match &place.node.value {
        Value::Scalar(scalar) if matches!(scalar.plain, Plain::Text) => {
            cluster.services = service::read_all(context, place);
        }
        Value::Sequence(_) => cluster.services = service::read_all(context, place),
        Value::Mapping(mapping) => written_out(context, mapping, &mut cluster),
        Value::Scalar(_) => {
            context.wrong_type(place, "a cluster: a breed's name, services, or a mapping");
            cluster.knows_all_services = false;
        }
    }
    cluster
}

fn written_out<'t>(context: &mut Context, mapping: &'t Mapping<'t>, cluster: &mut ReadCluster<'t>) {
    let mut fields = Fields::of_mapping(cluster.place.clone(), mapping);
    if let Some(place) = fields.get("sla") {
        cluster.sla = sla::of_cluster(context, &place, &mut cluster.scaled);
    }
    // The older name of the key is `routing`.
    let gateways = fields.get_aliased("gateways", "routing");
    match fields.get("services") {
        Some(services) => {
            cluster.services = service::read_all(context, &services);
            let metadata = fields.get("metadata");
            cluster.metadata = context.metadata(metadata);
            cluster.gateways = cluster_gateway::read_all(context, gateways, &cluster.services);
            let checks = fields.get("health_checks");
            cluster.health_checks = health_check::read(context, checks);
            cluster.network = values::network(context, &mut fields);
            cluster.dialects = dialects::read_with_legacy(context, &mut fields);
            if let Some(arguments) = fields.get("arguments") {
                let hint = "arguments are those of a service".to_owned();
                context.leftover(&arguments, Some(hint));
            }
        }
        None => {
            // Whatever else stands here says something of the only service.
            cluster.services = vec![service::of_fields(context, &mut fields)];
            cluster.gateways = cluster_gateway::read_all(context, gateways, &cluster.services);
        }
    }
    fields.finish(context);
}
