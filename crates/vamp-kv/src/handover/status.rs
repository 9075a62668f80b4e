//! What an agent says of itself: JSON, format 1.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The state of one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentStatus {
    /// The version of this form: 1.
    pub format: u32,
    /// The name that was given to it; agents of one group share it.
    pub name: String,
    /// Which run of the agent it is.
    pub id: String,
    /// The host on which it runs.
    pub host: String,
    /// The version of the agent.
    pub version: String,
    /// Since when the agent runs; agents of older versions do not say.
    #[serde(default)]
    pub started: Option<Timestamp>,
    /// Its HAProxy.
    pub haproxy: HaproxyStatus,
    /// What was applied last; nothing before the first time.
    pub applied: Option<Applied>,
    /// Why the newest configuration is not applied, when it is not.
    pub failure: Option<AgentFailure>,
    /// Since when the store answers; nothing while it does not.
    pub store_connected_since: Option<Timestamp>,
}

impl AgentStatus {
    /// The version of the form that this program writes.
    pub const FORMAT: u32 = 1;

    /// The hash of the last text that the agent has read: of what it refused, else of what it runs.
    #[must_use]
    pub fn last_read(&self) -> Option<&str> {
        let refused = self.failure.as_ref().map(|failure| failure.hash.as_str());
        // Nothing has no hash.
        let refused = refused.filter(|hash| !hash.is_empty());
        refused.or(self.applied.as_ref().map(|applied| applied.hash.as_str()))
    }
}

/// The HAProxy of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HaproxyStatus {
    /// Its version, `2.6.12`.
    pub version: String,
    /// Process id of the master; nothing while none runs.
    pub master_pid: Option<u32>,
    /// Process id of the worker that accepts connections.
    pub worker_pid: Option<u32>,
    /// How many times the master has reloaded.
    pub reloads: u64,
    /// Workers of earlier configurations that still serve connections, when they were counted last.
    #[serde(default)]
    pub old_workers: usize,
    /// How often the agent found it ended without having been told to, since the agent was started.
    #[serde(default)]
    pub restarts: u64,
    /// Since when it runs and does not answer, as one that hangs; nothing while it answers.
    #[serde(default)]
    pub silent_since: Option<Timestamp>,
}

/// A configuration that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// SHA-256 of the text that was handed over.
    pub hash: String,
    /// From which state of the server's store it was made.
    pub revision: u64,
    /// How it came to run.
    pub how: How,
    /// When.
    pub at: Timestamp,
    /// From the arrival of the text to its running, in microseconds.
    pub took_micros: u64,
}

/// How a configuration came to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// HAProxy was started with it, or was found running it.
    Start,
    /// By commands to the running worker.
    Runtime,
    /// By a new worker.
    Reload,
    /// It means the same as what ran.
    Unchanged,
}

/// A configuration that was not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFailure {
    /// SHA-256 of the text that was handed over; empty where nothing is.
    pub hash: String,
    /// What came of it, which says what happens next.
    #[serde(default)]
    pub kind: FailureKind,
    /// Why, with HAProxy's own words where it spoke.
    pub message: String,
    /// When.
    pub at: Timestamp,
}

/// Why a configuration was not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// HAProxy calls it invalid. It is tried again only when it changes.
    Refused,
    /// It is gone, empty, or much smaller than what runs, and nothing says that this is meant. It is applied when the server says so, when
    /// another one follows, or when an operator insists.
    HeldBack,
    /// It is valid and could not be loaded, say because another program has a port, HAProxy could not be started, or HAProxy ends again and
    /// again while it runs. It is tried again.
    #[default]
    Failed,
}
