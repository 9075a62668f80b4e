use indexmap::IndexMap;
use jiff::Timestamp;

use super::{
    Argument, BlueprintGateway, Breed, Dialects, EnvironmentVariable, Gateway, HealthCheck, Metadata, Scale,
    SlaReference,
};
use crate::{Name, lookup};

/// A blueprint that runs: the wish, and what is known of its fulfilment.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// The name.
    pub name: Name,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// Clusters by name.
    pub clusters: IndexMap<Name, DeploymentCluster>,
    /// Gateways made with the deployment, by the name of their port: for documents that carry them.
    pub gateways: IndexMap<String, BlueprintGateway>,
    /// Variables by full name, `cluster.environment_variables.NAME`.
    pub environment_variables: IndexMap<String, EnvironmentVariable>,
    /// A view, computed when read: the numbers of the internal gateways' ports, by `cluster.port`.
    pub ports: IndexMap<String, String>,
    /// A view, computed when read: where the gateways of a cluster are reached, by cluster.
    pub hosts: IndexMap<String, String>,
    /// Texts of container platforms for all services.
    pub dialects: Dialects,
}

impl Deployment {
    /// A deployment without anything but a name.
    #[must_use]
    pub fn new(name: Name) -> Self {
        Self {
            name,
            metadata: Metadata::new(),
            clusters: IndexMap::new(),
            gateways: IndexMap::new(),
            environment_variables: IndexMap::new(),
            ports: IndexMap::new(),
            hosts: IndexMap::new(),
            dialects: Dialects::new(),
        }
    }

    /// The hashed name by which other programs know the deployment.
    #[must_use]
    pub fn lookup_name(&self) -> String {
        lookup::deployment(self.name.as_str())
    }
}

/// The services of a cluster that run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeploymentCluster {
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// The services, old ones first.
    pub services: Vec<DeploymentService>,
    /// Health checks for all services that have none of their own.
    pub health_checks: Option<Vec<HealthCheck>>,
    /// A view, computed when read and never stored: the internal gateways `deployment/cluster/port`, by port name.
    pub gateways: IndexMap<String, Gateway>,
    /// The container network of services that name none.
    pub network: Option<String>,
    /// What is done when the services become slow or ill.
    pub sla: Option<SlaReference>,
    /// Texts of container platforms for services that have none of their own.
    pub dialects: Dialects,
}

/// A service that runs.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentService {
    /// What is wanted and how far it is.
    pub status: Status,
    /// What runs.
    pub breed: Breed,
    /// Environment variables by name; the value set by the blueprint, or the breed's.
    pub environment_variables: IndexMap<Name, EnvironmentVariable>,
    /// How much of it is wanted.
    pub scale: Option<Scale>,
    /// The instances that run.
    pub instances: Vec<Instance>,
    /// Arguments of the container runtime: the effective ones.
    pub arguments: Vec<Argument>,
    /// Health checks in place of the breed's and the cluster's.
    pub health_checks: Option<Vec<HealthCheck>>,
    /// The container network.
    pub network: Option<String>,
    /// The clusters that fulfil the breed's dependencies, by alias.
    pub dependencies: IndexMap<String, String>,
    /// Texts of container platforms.
    pub dialects: Dialects,
    /// Counts of instances, as far as the platform tells.
    pub health: Option<Health>,
}

/// What is wanted of a service and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What is wanted.
    pub intention: Intention,
    /// Since when it is wanted.
    pub since: Timestamp,
    /// How far it is.
    pub phase: Phase,
    /// Since when it is that far.
    pub phase_since: Timestamp,
}

/// What is wanted of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intention {
    /// It shall run.
    Deployment,
    /// It shall go.
    Undeployment,
}

/// How far a service is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has been done.
    Initiated,
    /// The platform is at work.
    Updating,
    /// The wish is fulfilled.
    Done,
    /// It cannot be fulfilled, for this reason.
    Failed {
        /// The reason in plain words, with the last lines of the instance's log where there are any.
        notification: String,
    },
}

impl Phase {
    /// With this the reason of a failure begins once it has been read from a document: who reads it did not meet the failure.
    pub const NOT_RESTORED: &str = "Deployment service error was not restored. ";
}

/// One running copy of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The name, unique on the platform.
    pub name: String,
    /// Where it is reached.
    pub host: String,
    /// Host ports by the breed's port names.
    pub ports: IndexMap<String, u16>,
    /// Whether the platform regards it as started and ready.
    pub deployed: bool,
}

/// Counts of a service's instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// Accepted, not yet started.
    pub staged: u32,
    /// Started.
    pub running: u32,
    /// Started and well.
    pub healthy: u32,
    /// Started and ill.
    pub unhealthy: u32,
}
