//! What can be chosen about an engine, and what it is put together from.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use vamp_drivers::Driver;
use vamp_haproxy::GenerateOptions;
use vamp_haproxy::check::ConfigurationCheck;
use vamp_io::clock::Clock;
use vamp_kv::handover::HandOver;
use vamp_model::{Memory, Quantity};
use vamp_store::{ArtifactStore, EventStore};

/// What can be chosen about an engine. Every field has a default but the directory of the sockets.
///
/// ```
/// use vamp_engine::EngineOptions;
///
/// let mut options = EngineOptions::new("/run/vamp");
/// options.port_range = 31000..=31999;
/// assert!(options.virtual_hosts.enabled);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EngineOptions {
    /// The namespace, shown in [`Info`](crate::Info); `default`.
    pub namespace: String,
    /// Who this server is among several on one key-value store, of which one hands configurations over: the same when it starts again,
    /// and a segment of a key. None, by default: it is the only one there.
    pub server_id: Option<String>,
    /// Numbers for ports of gateways that name none; 40000 to 45000.
    pub port_range: RangeInclusive<u16>,
    /// Numbers that no gateway may have, with who uses them: the API, the statistics.
    pub reserved_ports: BTreeMap<u16, String>,
    /// How configurations are made: directory of the sockets, bind address, address of the virtual hosts.
    pub configuration: GenerateOptions,
    /// The virtual host that each gateway gets by itself.
    pub virtual_hosts: VirtualHostOptions,
    /// Where other programs reach gateways: the host of every cluster, and of a gateway's `service`; none by default.
    pub gateway_host: Option<String>,
    /// The scale of a service that names none; 1 instance, 1 core, 1 GB.
    pub default_scale: DefaultScale,
    /// Whether a merge takes the breed of the request for a service that runs already; true.
    pub refetch_breed_on_update: bool,
    /// How long a service may take to be as wanted before it is given up; 600 s, 0 for ever.
    pub deployment_timeout: Duration,
    /// How long a service may take to go before it is given up; 600 s, 0 for ever.
    pub undeployment_timeout: Duration,
    /// How long instances wait for gateway agents to take them out of traffic, counted from the publication; 10 s.
    pub drain_timeout: Duration,
    /// How long after the start instances that were ready before count as ready while the driver is not sure yet; 10 s.
    pub warm_up: Duration,
    /// How often everything is looked at without a hint; 60 s, give or take a tenth.
    pub reconcile_period: Duration,
    /// How long a driver may take for one answer; 30 s.
    pub driver_timeout: Duration,
}

/// The virtual host that each gateway gets by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualHostOptions {
    /// Whether there is one; true.
    pub enabled: bool,
    /// For names of one segment: `$gateway.vamp`.
    pub gateway: String,
    /// For names of two segments: `$port.$deployment.vamp`.
    pub deployment_port: String,
    /// For names of three segments: `$port.$cluster.$deployment.vamp`.
    pub deployment_cluster_port: String,
}

impl Default for VirtualHostOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            gateway: "$gateway.vamp".to_owned(),
            deployment_port: "$port.$deployment.vamp".to_owned(),
            deployment_cluster_port: "$port.$cluster.$deployment.vamp".to_owned(),
        }
    }
}

/// The scale of a service that names none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DefaultScale {
    /// Cores for each instance.
    pub cpu: Quantity,
    /// Memory for each instance.
    pub memory: Memory,
    /// How many instances.
    pub instances: u32,
}

impl Default for DefaultScale {
    #[expect(clippy::expect_used, reason = "both are finite and positive")]
    fn default() -> Self {
        Self {
            cpu: Quantity::new(1.0).expect("a finite number"),
            memory: Memory::new(1000.0).expect("a finite number"),
            instances: 1,
        }
    }
}

impl EngineOptions {
    /// All defaults, with the sockets of HAProxy in this directory.
    #[must_use]
    pub fn new(socket_directory: impl Into<PathBuf>) -> Self {
        Self {
            namespace: "default".to_owned(),
            server_id: None,
            port_range: 40_000..=45_000,
            reserved_ports: BTreeMap::new(),
            configuration: GenerateOptions::new(socket_directory),
            virtual_hosts: VirtualHostOptions::default(),
            gateway_host: None,
            default_scale: DefaultScale::default(),
            refetch_breed_on_update: true,
            deployment_timeout: Duration::from_secs(600),
            undeployment_timeout: Duration::from_secs(600),
            drain_timeout: Duration::from_secs(10),
            warm_up: Duration::from_secs(10),
            reconcile_period: Duration::from_secs(60),
            driver_timeout: Duration::from_secs(30),
        }
    }
}

/// What an engine is put together from.
#[derive(Debug)]
pub struct Parts {
    /// Where artifacts are kept.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Where events are kept; the same store as that of the artifacts, so that a change and its events are one.
    pub events: Arc<dyn EventStore>,
    /// Where services run. The first that supports a deployable's type runs it.
    pub drivers: Vec<Arc<dyn Driver>>,
    /// Where configurations are handed over to the gateway agents.
    pub hand_over: HandOver,
    /// Who knows what HAProxy thinks of a configuration; where nobody does, answers say so.
    pub checker: Option<Arc<dyn ConfigurationCheck>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}
