use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// What runs on a container platform under one name, as selectors see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingGroup {
    /// The name of the app, service or pod.
    pub name: String,
    /// What the platform calls it: `app`, `service`, `container`, …
    pub kind: String,
    /// The platform's namespace or group.
    pub namespace: String,
    /// The labels.
    #[serde(default)]
    pub labels: IndexMap<String, String>,
    /// The image, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The instances.
    #[serde(default)]
    pub instances: Vec<RoutingInstance>,
}

/// One running instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingInstance {
    /// Where it is reached.
    pub ip: String,
    /// Its ports in order.
    #[serde(default)]
    pub ports: Vec<RoutingPort>,
}

/// A port of an instance. In JSON the two numbers are called `host` and `container`, as they always were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingPort {
    /// The port that the group declares, by which it is selected.
    #[serde(rename = "host")]
    pub declared: u32,
    /// The port where this instance is reached.
    #[serde(rename = "container")]
    pub reachable: u32,
}
