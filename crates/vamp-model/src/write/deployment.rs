//! Deployments.

use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::breed::Variables;
use super::dialects::Dialects;
use super::gateway::InCluster;
use super::{Nothing, begin, optional};
use crate::{
    Deployment, DeploymentCluster, DeploymentService, Health, Instance, Intention, Kind, Phase, Status,
};

impl Serialize for Deployment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        begin(&mut map, self.name.as_str(), Kind::Deployment, &self.metadata)?;
        map.serialize_entry("lookup_name", &self.lookup_name())?;
        map.serialize_entry("clusters", &self.clusters)?;
        map.serialize_entry("ports", &self.ports)?;
        map.serialize_entry("environment_variables", &FullVariables(self))?;
        map.serialize_entry("hosts", &self.hosts)?;
        map.serialize_entry("dialects", &Dialects(&self.dialects))?;
        map.end()
    }
}

/// The deployment's own variables by full name. An alias belongs to the services, where it is shown.
struct FullVariables<'d>(&'d Deployment);

impl Serialize for FullVariables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let variables = &self.0.environment_variables;
        serializer.collect_map(variables.iter().map(|(name, variable)| (name, variable.shown())))
    }
}

impl Serialize for DeploymentCluster {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("metadata", &self.metadata)?;
        map.serialize_entry("services", &self.services)?;
        map.serialize_entry("gateways", &InCluster(&self.gateways))?;
        optional(&mut map, "health_checks", self.health_checks.as_ref())?;
        optional(&mut map, "network", self.network.as_ref())?;
        optional(&mut map, "sla", self.sla.as_ref())?;
        map.serialize_entry("dialects", &Dialects(&self.dialects))?;
        map.end()
    }
}

impl Serialize for DeploymentService {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("breed", &self.breed)?;
        map.serialize_entry("environment_variables", &Variables(&self.environment_variables))?;
        optional(&mut map, "scale", self.scale.as_ref())?;
        map.serialize_entry("instances", &self.instances)?;
        map.serialize_entry("arguments", &self.arguments)?;
        optional(&mut map, "health_checks", self.health_checks.as_ref())?;
        optional(&mut map, "network", self.network.as_ref())?;
        map.serialize_entry("dependencies", &self.dependencies)?;
        map.serialize_entry("dialects", &Dialects(&self.dialects))?;
        optional(&mut map, "health", self.health.as_ref())?;
        map.end()
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("intention", self.intention.as_str())?;
        map.serialize_entry("since", &self.since)?;
        map.serialize_entry("phase", &PhaseSince(self))?;
        map.end()
    }
}

impl Intention {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::Undeployment => "Undeployment",
        }
    }
}

impl Phase {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Initiated => "Initiated",
            Self::Updating => "Updating",
            Self::Done => "Done",
            Self::Failed { .. } => "Failed",
        }
    }
}

struct PhaseSince<'s>(&'s Status);

impl Serialize for PhaseSince<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.0.phase.as_str())?;
        map.serialize_entry("since", &self.0.phase_since)?;
        if let Phase::Failed { notification } = &self.0.phase {
            map.serialize_entry("notification", notification)?;
        }
        map.end()
    }
}

impl Serialize for Instance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("host", &self.host)?;
        map.serialize_entry("ports", &self.ports)?;
        map.serialize_entry("deployed", &self.deployed)?;
        map.serialize_entry("metadata", &Nothing)?;
        map.end()
    }
}

impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("staged", &self.staged)?;
        map.serialize_entry("running", &self.running)?;
        map.serialize_entry("healthy", &self.healthy)?;
        map.serialize_entry("unhealthy", &self.unhealthy)?;
        map.end()
    }
}
