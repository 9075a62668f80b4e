//! Blueprints, clusters and services.

use indexmap::IndexMap;
use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::dialects::Dialects;
use super::gateway::{InCluster, Routes, rest};
use super::{begin, optional};
use crate::{Blueprint, BlueprintGateway, Cluster, ClusterVariable, Kind, Service};

impl Serialize for Blueprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        begin(&mut map, self.name.as_str(), Kind::Blueprint, &self.metadata)?;
        map.serialize_entry("gateways", &self.gateways)?;
        map.serialize_entry("clusters", &self.clusters)?;
        map.serialize_entry("environment_variables", &Variables(&self.environment_variables))?;
        map.serialize_entry("dialects", &Dialects(&self.dialects))?;
        map.end()
    }
}

struct Variables<'v>(&'v IndexMap<ClusterVariable, Option<String>>);

impl Serialize for Variables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name.to_string(), value)))
    }
}

impl Serialize for BlueprintGateway {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.gateway.metadata.is_empty() {
            map.serialize_entry("metadata", &self.gateway.metadata)?;
        }
        map.serialize_entry("port", &self.port)?;
        rest(&mut map, &self.gateway, Routes::short(&self.gateway))?;
        map.end()
    }
}

impl Serialize for Cluster {
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

impl Serialize for Service {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("breed", &self.breed)?;
        map.serialize_entry("environment_variables", &self.environment_variables)?;
        optional(&mut map, "scale", self.scale.as_ref())?;
        map.serialize_entry("arguments", &self.arguments)?;
        optional(&mut map, "health_checks", self.health_checks.as_ref())?;
        optional(&mut map, "network", self.network.as_ref())?;
        map.serialize_entry("dialects", &Dialects(&self.dialects))?;
        optional(&mut map, "health", self.health.as_ref())?;
        map.end()
    }
}
