use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a gateway agent says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentStatus {
    /// The name that was given to it; agents of one group share it.
    pub name: String,
    /// Which run of the agent it is.
    pub id: String,
    /// The host on which it runs.
    pub host: String,
    /// The version of the agent.
    pub version: String,
    /// Since when it runs; agents of older versions do not say.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub started: Option<Timestamp>,
    /// Its HAProxy.
    pub haproxy: AgentHaproxy,
    /// What was applied last; nothing before the first time.
    #[serde(default)]
    pub applied: Option<Applied>,
    /// Why the newest configuration is not applied, when it is not.
    #[serde(default)]
    pub failure: Option<AgentFailure>,
    /// Since when the store answers it; nothing while it does not.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub store_connected_since: Option<Timestamp>,
}

/// The HAProxy of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentHaproxy {
    /// Its version, such as `2.6.12`.
    pub version: String,
    /// Process id of the master; nothing while none runs.
    #[serde(default)]
    pub master_pid: Option<u32>,
    /// Process id of the worker that accepts connections.
    #[serde(default)]
    pub worker_pid: Option<u32>,
    /// How many times the master has reloaded.
    #[serde(default)]
    pub reloads: u64,
    /// Workers of earlier configurations that still serve connections, when they were counted last.
    #[serde(default)]
    pub old_workers: u64,
    /// How often it ended without having been told to, since the agent was started.
    #[serde(default)]
    pub restarts: u64,
}

/// A configuration that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Applied {
    /// SHA-256 of the text of the configuration, in hex.
    pub hash: String,
    /// From which state of the server's store it was made.
    pub revision: u64,
    /// How it came to run: `start`, `runtime`, `reload` or `unchanged`.
    pub how: String,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// From the arrival of the text to its running, in microseconds.
    pub took_micros: u64,
}

/// A configuration that was not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentFailure {
    /// SHA-256 of the text of the configuration, in hex.
    pub hash: String,
    /// What came of it: `refused` (HAProxy calls it invalid; tried again only when it changes), `held-back` (empty or much smaller than
    /// what runs, and nothing says that this is meant) or `failed` (tried again).
    #[serde(default)]
    pub kind: String,
    /// Why, with HAProxy's own words where it spoke.
    pub message: String,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}
