use indexmap::IndexMap;
use serde_core::de::{Deserialize, Deserializer};
use serde_core::ser::{Serialize, SerializeMap, Serializer};

use crate::json_fields::JsonFields;

/// What runs on a container platform under one name, as selectors see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingGroup {
    /// The name of the app, service or pod.
    pub name: String,
    /// What the platform calls it: `app`, `service`, `container`, …
    pub kind: String,
    /// The platform's namespace or group.
    pub namespace: String,
    /// The labels.
    pub labels: IndexMap<String, String>,
    /// The image, where it is known.
    pub image: Option<String>,
    /// The instances.
    pub instances: Vec<RoutingInstance>,
}

/// One running instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingInstance {
    /// Where it is reached.
    pub ip: String,
    /// Its ports in order.
    pub ports: Vec<RoutingPort>,
}

/// A port of an instance. In JSON the two numbers are called `host` and `container`, as they always were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutingPort {
    /// The port that the group declares, by which it is selected.
    pub declared: u32,
    /// The port where this instance is reached.
    pub reachable: u32,
}

impl Serialize for RoutingGroup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("namespace", &self.namespace)?;
        map.serialize_entry("labels", &self.labels)?;
        if let Some(image) = &self.image {
            map.serialize_entry("image", image)?;
        }
        map.serialize_entry("instances", &self.instances)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for RoutingGroup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = JsonFields::of(deserializer)?;
        Ok(Self {
            name: fields.required("name")?,
            kind: fields.required("kind")?,
            namespace: fields.required("namespace")?,
            labels: fields.optional("labels")?.unwrap_or_default(),
            image: fields.optional("image")?.flatten(),
            instances: fields.optional("instances")?.unwrap_or_default(),
        })
    }
}

impl Serialize for RoutingInstance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("ip", &self.ip)?;
        map.serialize_entry("ports", &self.ports)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for RoutingInstance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = JsonFields::of(deserializer)?;
        Ok(Self {
            ip: fields.required("ip")?,
            ports: fields.optional("ports")?.unwrap_or_default(),
        })
    }
}

impl Serialize for RoutingPort {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("host", &self.declared)?;
        map.serialize_entry("container", &self.reachable)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for RoutingPort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = JsonFields::of(deserializer)?;
        Ok(Self {
            declared: fields.required("host")?,
            reachable: fields.required("container")?,
        })
    }
}
