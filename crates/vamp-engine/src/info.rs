//! What an engine is made of and how far it is.

use std::time::Duration;

use jiff::Timestamp;

/// What an engine is made of and how far it is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Info {
    /// The version of the engine.
    pub version: &'static str,
    /// The namespace.
    pub namespace: String,
    /// When the engine was started.
    pub started: Timestamp,
    /// For how long it has been running.
    pub uptime: Duration,
    /// The store of artifacts and events.
    pub store: StoreInfo,
    /// The key-value store between server and gateway agents: its name.
    pub key_value_store: String,
    /// Type and name of the configuration, such as `haproxy` and `2.4`.
    pub marshaller: (String, String),
    /// The container drivers, in the order in which they are asked.
    pub drivers: Vec<DriverInfo>,
    /// Whether an HAProxy is there to check configurations before they are stored.
    pub checks_configurations: bool,
    /// How many gateways there are.
    pub gateways: usize,
    /// How many deployments there are.
    pub deployments: usize,
    /// What was handed over to the gateway agents last.
    pub publication: PublicationInfo,
}

/// The store of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreInfo {
    /// Its name: `sqlite`.
    pub name: &'static str,
    /// Whether what was stored survives the process.
    pub durable: bool,
}

/// A driver of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverInfo {
    /// Its name: `process`.
    pub name: &'static str,
    /// The types of deployables that it runs.
    pub deployables: &'static [&'static str],
    /// Why it could not be asked when it was asked last; nothing when it answered.
    pub failure: Option<String>,
}

/// What was handed over to the gateway agents.
///
/// A live agent has applied it when the hash of its [`Applied`](vamp_kv::handover::Applied) is [`hash`](Self::hash).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PublicationInfo {
    /// SHA-256 of the text that was handed over last; nothing before the first time.
    pub hash: Option<String>,
    /// From which state of the store it was made.
    pub revision: u64,
    /// When.
    pub at: Option<Timestamp>,
    /// Whether it contains every change so far. While it does not, the next one is on its way.
    pub complete: bool,
    /// Why the newest configuration could not be handed over yet. It is tried again at least once a second.
    pub failure: Option<String>,
    /// Gateways or routes that were left out of it, and why.
    pub omissions: Vec<String>,
    /// What in it is probably not meant as it is written.
    pub warnings: Vec<String>,
}
