//! A blueprint merged into a deployment.

use indexmap::IndexMap;
use jiff::Timestamp;
use vamp_model::{
    ClusterVariable, Deployment, DeploymentCluster, DeploymentService, Dialects, EnvironmentVariable,
    Intention, Metadata, Name, Phase, Scale, Status,
};

use super::attachment::{AttachedCluster, AttachedService, Attachment};
use super::environment::full_name_of;
use crate::DefaultScale;

/// What a merge goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MergeOptions {
    pub(crate) default_scale: DefaultScale,
    pub(crate) refetch_breed: bool,
    pub(crate) now: Timestamp,
}

/// The wish after `attachment` was merged into `existing`.
///
/// Clusters that it does not mention come first and are as they were; within a cluster services keep their places, and new ones follow.
pub(crate) fn merge(
    existing: Option<&Deployment>,
    name: &Name,
    attachment: &Attachment,
    options: MergeOptions,
) -> Deployment {
    let mut merged = existing.cloned().unwrap_or_else(|| Deployment::new(name.clone()));
    merged.metadata.extend(attachment.metadata.clone());
    for (variable, value) in &attachment.environment_variables {
        merged
            .environment_variables
            .insert(full_name_of(variable), set(value.clone()));
    }
    for (cluster_name, attached) in &attachment.clusters {
        let before = merged.clusters.shift_remove(cluster_name);
        let cluster = merge_cluster(before, attached, options);
        merged.clusters.insert(cluster_name.clone(), cluster);
    }
    merged
}

fn merge_cluster(
    before: Option<DeploymentCluster>,
    attached: &AttachedCluster,
    options: MergeOptions,
) -> DeploymentCluster {
    let mut cluster = before.unwrap_or_else(|| DeploymentCluster {
        metadata: attached.metadata.clone(),
        ..DeploymentCluster::default()
    });
    if attached.health_checks.is_some() {
        cluster.health_checks.clone_from(&attached.health_checks);
    }
    for attached in &attached.services {
        let same = cluster
            .services
            .iter_mut()
            .find(|service| service.breed.name == attached.breed.name);
        match same {
            Some(service) => merge_service(service, attached, options),
            None => cluster.services.push(new_service(attached, options)),
        }
    }
    cluster
}

fn merge_service(service: &mut DeploymentService, attached: &AttachedService, options: MergeOptions) {
    if options.refetch_breed {
        service.breed = attached.breed.clone();
    }
    service.environment_variables = variables(&attached.environment_variables);
    if let Some(scale) = &attached.scale {
        service.scale = Some(scale.clone());
    }
    service.health_checks.clone_from(&attached.health_checks);
    if service.status.intention != Intention::Deployment {
        service.status = initiated(Intention::Deployment, options.now);
    }
}

fn new_service(attached: &AttachedService, options: MergeOptions) -> DeploymentService {
    let default = options.default_scale;
    let scale = attached.scale.clone().unwrap_or(Scale {
        name: None,
        metadata: Metadata::new(),
        cpu: default.cpu,
        memory: default.memory,
        instances: default.instances,
    });
    DeploymentService {
        status: initiated(Intention::Deployment, options.now),
        breed: attached.breed.clone(),
        environment_variables: variables(&attached.environment_variables),
        scale: Some(scale),
        arguments: Vec::new(),
        instances: Vec::new(),
        health_checks: attached.health_checks.clone(),
        network: None,
        dependencies: IndexMap::new(),
        dialects: Dialects::new(),
        health: None,
    }
}

/// The status of the wish: what is wanted, since when. How far it is, is kept elsewhere.
pub(crate) fn initiated(intention: Intention, now: Timestamp) -> Status {
    Status {
        intention,
        since: now,
        phase: Phase::Initiated,
        phase_since: now,
    }
}

fn variables(given: &IndexMap<Name, Option<String>>) -> IndexMap<Name, EnvironmentVariable> {
    given
        .iter()
        .map(|(name, value)| (name.clone(), set(value.clone())))
        .collect()
}

fn set(value: Option<String>) -> EnvironmentVariable {
    EnvironmentVariable {
        value,
        ..EnvironmentVariable::default()
    }
}

/// The variables of the deployment that belong to clusters which are no longer there are dropped.
pub(crate) fn drop_orphaned_variables(deployment: &mut Deployment) {
    let clusters = &deployment.clusters;
    deployment.environment_variables.retain(|name, _| {
        name.parse::<ClusterVariable>()
            .is_ok_and(|name| clusters.contains_key(&name.cluster))
    });
}
