use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;

use super::{
    Argument, Breed, Dialects, Gateway, Health, HealthCheck, Metadata, Reference, Scale, SlaReference,
};
use crate::{Name, Port};

/// Clusters of services, and the gateways through which they are reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    /// The name; a deployment made from the blueprint takes it over.
    pub name: Name,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// Gateways by the name of their port, which is the number as text or a label.
    pub gateways: IndexMap<String, BlueprintGateway>,
    /// Clusters by name.
    pub clusters: IndexMap<Name, Cluster>,
    /// Variables for all services of a cluster that declare them.
    pub environment_variables: IndexMap<ClusterVariable, Option<String>>,
    /// Texts of container platforms for all services.
    pub dialects: Dialects,
}

impl Blueprint {
    /// A blueprint without anything but a name.
    #[must_use]
    pub fn new(name: Name) -> Self {
        Self {
            name,
            metadata: Metadata::new(),
            gateways: IndexMap::new(),
            clusters: IndexMap::new(),
            environment_variables: IndexMap::new(),
            dialects: Dialects::new(),
        }
    }
}

/// A gateway of a blueprint: each route leads to `cluster/port`.
#[derive(Debug, Clone, PartialEq)]
pub struct BlueprintGateway {
    /// The port at which traffic enters; number 0 is to be assigned.
    pub port: Port,
    /// Routes and the rest; its name is absent.
    pub gateway: Gateway,
}

/// The name of a blueprint's variable, written `cluster.VARIABLE`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClusterVariable {
    /// The cluster whose services get the value.
    pub cluster: Name,
    /// The variable that a breed of it declares.
    pub variable: Name,
}

impl ClusterVariable {
    /// What stands between cluster and variable in the long form.
    const GROUP: &str = "environment_variables.";
}

/// A text is not of the form `cluster.VARIABLE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not the variable of a cluster, `cluster.VARIABLE`")]
pub struct InvalidClusterVariable(pub String);

impl FromStr for ClusterVariable {
    type Err = InvalidClusterVariable;

    /// Reads `cluster.VARIABLE` and the long form `cluster.environment_variables.VARIABLE`.
    fn from_str(text: &str) -> Result<Self, InvalidClusterVariable> {
        let invalid = || InvalidClusterVariable(text.to_owned());
        let (cluster, rest) = text.split_once('.').ok_or_else(invalid)?;
        let variable = rest.strip_prefix(Self::GROUP).unwrap_or(rest);
        Ok(Self {
            cluster: cluster.parse().map_err(|_| invalid())?,
            variable: variable.parse().map_err(|_| invalid())?,
        })
    }
}

impl fmt::Display for ClusterVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cluster, variable) = (&self.cluster, &self.variable);
        if variable.as_str().starts_with(Self::GROUP) {
            // In the short form the first part of the variable would be read as the group.
            write!(f, "{cluster}.{}{variable}", Self::GROUP)
        } else {
            write!(f, "{cluster}.{variable}")
        }
    }
}

/// Services that do the same work, usually versions of one another.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cluster {
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// The services, in the order written.
    pub services: Vec<Service>,
    /// How traffic is shared among the services, by the name of their port.
    ///
    /// The key is empty where no port is named. Each route leads to the breed of a service, as one segment.
    pub gateways: IndexMap<String, Gateway>,
    /// Health checks for all services of the cluster that have none of their own.
    pub health_checks: Option<Vec<HealthCheck>>,
    /// The container network of services that name none.
    pub network: Option<String>,
    /// What is done when the services become slow or ill.
    pub sla: Option<SlaReference>,
    /// Texts of container platforms for services that have none of their own.
    pub dialects: Dialects,
}

/// One version of a cluster's work.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// What runs.
    pub breed: Reference<Breed>,
    /// Values of the breed's variables, by name.
    pub environment_variables: IndexMap<Name, Option<String>>,
    /// How much of it runs.
    pub scale: Option<Reference<Scale>>,
    /// Arguments of the container runtime, after those of the breed.
    pub arguments: Vec<Argument>,
    /// Health checks in place of the breed's and the cluster's.
    pub health_checks: Option<Vec<HealthCheck>>,
    /// The container network.
    pub network: Option<String>,
    /// Texts of container platforms.
    pub dialects: Dialects,
    /// Counts of instances: found by the engine, kept when posted back.
    pub health: Option<Health>,
}

impl Service {
    /// A service of that breed, and nothing else.
    #[must_use]
    pub fn new(breed: Reference<Breed>) -> Self {
        Self {
            breed,
            environment_variables: IndexMap::new(),
            scale: None,
            arguments: Vec::new(),
            health_checks: None,
            network: None,
            dialects: Dialects::new(),
            health: None,
        }
    }
}
