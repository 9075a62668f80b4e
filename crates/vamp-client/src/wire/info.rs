use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the server says of itself. Sections that were not asked for are absent; one whose part does not answer holds
/// `error`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Info {
    /// A greeting.
    pub message: String,
    /// The version of the server.
    pub version: String,
    /// Another one for each run of the server.
    pub uuid: String,
    /// Since when it runs.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub running_since: Timestamp,
    /// The machine and the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jvm: Option<Value>,
    /// Where artifacts are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistence: Option<Value>,
    /// The key-value store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_value: Option<Value>,
    /// Where events are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulse: Option<Value>,
    /// How gateways are configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_driver: Option<Value>,
    /// What runs services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_driver: Option<Value>,
    /// What runs workflows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_driver: Option<Value>,
}

/// A part of what the server says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// The machine and the process.
    Jvm,
    /// Where artifacts are stored.
    Persistence,
    /// The key-value store.
    KeyValue,
    /// Where events are stored.
    Pulse,
    /// How gateways are configured.
    GatewayDriver,
    /// What runs services.
    ContainerDriver,
    /// What runs workflows.
    WorkflowDriver,
}

impl Section {
    /// Every section, in the order of the document.
    pub const ALL: [Self; 7] = [
        Self::Jvm,
        Self::Persistence,
        Self::KeyValue,
        Self::Pulse,
        Self::GatewayDriver,
        Self::ContainerDriver,
        Self::WorkflowDriver,
    ];

    /// The word in requests and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jvm => "jvm",
            Self::Persistence => "persistence",
            Self::KeyValue => "key_value",
            Self::Pulse => "pulse",
            Self::GatewayDriver => "gateway_driver",
            Self::ContainerDriver => "container_driver",
            Self::WorkflowDriver => "workflow_driver",
        }
    }

    /// The section of a word, in whatever case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|section| section.as_str().eq_ignore_ascii_case(text))
    }
}
