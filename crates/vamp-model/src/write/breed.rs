//! Breeds, scales, health checks and references.

use indexmap::IndexMap;
use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::{begin, optional};
use crate::{Breed, Deployable, EnvironmentVariable, HealthCheck, Kind, Name, Protocol, Reference, Scale};

impl Serialize for Breed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        begin(&mut map, self.name.as_str(), Kind::Breed, &self.metadata)?;
        map.serialize_entry("deployable", &self.deployable)?;
        map.serialize_entry("ports", &self.ports)?;
        map.serialize_entry("environment_variables", &Variables(&self.environment_variables))?;
        map.serialize_entry("constants", &self.constants)?;
        map.serialize_entry("arguments", &self.arguments)?;
        map.serialize_entry("dependencies", &Dependencies(&self.dependencies))?;
        optional(&mut map, "health_checks", self.health_checks.as_ref())?;
        map.end()
    }
}

/// Dependencies by alias: names alone, and breeds written out.
struct Dependencies<'d>(&'d IndexMap<String, Reference<Breed>>);

impl Serialize for Dependencies<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(alias, breed)| (alias, Dependency(breed))))
    }
}

struct Dependency<'d>(&'d Reference<Breed>);

impl Serialize for Dependency<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Reference::Named(name) => name.serialize(serializer),
            Reference::Inline(breed) => breed.serialize(serializer),
        }
    }
}

impl Serialize for Deployable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        optional(&mut map, "type", self.kind.as_ref())?;
        map.serialize_entry("definition", &self.definition)?;
        map.end()
    }
}

/// Variables as `name` or `name[alias]` with their values.
pub(super) struct Variables<'v>(pub(super) &'v IndexMap<Name, EnvironmentVariable>);

impl Serialize for Variables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, variable)| {
            let key = match &variable.alias {
                Some(alias) => format!("{name}[{alias}]"),
                None => name.to_string(),
            };
            (key, variable.shown())
        }))
    }
}

impl Serialize for Scale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.name {
            Some(name) => begin(&mut map, name.as_str(), Kind::Scale, &self.metadata)?,
            None if !self.metadata.is_empty() => map.serialize_entry("metadata", &self.metadata)?,
            None => {}
        }
        map.serialize_entry("cpu", &self.cpu)?;
        map.serialize_entry("memory", &self.memory)?;
        map.serialize_entry("instances", &self.instances)?;
        map.end()
    }
}

impl<T: Serialize> Serialize for Reference<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(name) => serializer.collect_map([("reference", name)]),
            Self::Inline(artifact) => artifact.serialize(serializer),
        }
    }
}

impl Serialize for HealthCheck {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("port", &self.port)?;
        map.serialize_entry("initial_delay", &self.initial_delay)?;
        map.serialize_entry("timeout", &self.timeout)?;
        map.serialize_entry("interval", &self.interval)?;
        map.serialize_entry("failures", &self.failures)?;
        map.serialize_entry("protocol", &self.protocol)?;
        map.end()
    }
}

impl Serialize for Protocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
