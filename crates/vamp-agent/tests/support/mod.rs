//! One agent with a real HAProxy, a store in memory, and services that say their version.

#![allow(dead_code, reason = "each test program takes what it needs")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why, its helpers too"
)]

pub(crate) mod outage;
pub(crate) mod service;

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use vamp_agent::{Agent, AgentConfig, AgentHandle, AgentStatus, Applied, Base, FailureKind};
use vamp_haproxy::base::{BaseOptions, Statistics, base};
use vamp_haproxy::runtime::RuntimeClient;
use vamp_haproxy::{GenerateOptions, generate};
use vamp_io::clock::SystemClock;
use vamp_io::process::{ProcessIdentity, Tell};
use vamp_kv::KeyValueStore as _;
use vamp_kv::handover::{HandOver, Publication};
use vamp_kv::memory::MemoryStore;
use vamp_model::{Gateway, Percentage, Port, PortKind, Route, Target};
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::wait;

use outage::Outage;

/// Everything that is waited for comes within this time, on a machine under load.
pub(crate) const SOON: Duration = Duration::from_secs(20);

pub(crate) struct Rig {
    pub(crate) store: Arc<Outage>,
    pub(crate) hand_over: HandOver,
    pub(crate) state: TempDir,
    pub(crate) runtime: TempDir,
    pub(crate) statistics: Lease,
    /// The port of the gateway that most tests have.
    pub(crate) port: Lease,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let store = Arc::new(Outage::of(Arc::new(MemoryStore::new())));
        let base = "/vamp/default".parse().unwrap();
        let hand_over = HandOver::new(store.clone(), &base, "haproxy", "2.4").unwrap();
        let directory = |prefix| tempfile::Builder::new().prefix(prefix).tempdir().unwrap();
        Self {
            store,
            hand_over,
            state: directory("vamp-state-"),
            runtime: directory("vr"),
            statistics: ports::lease().unwrap(),
            port: ports::lease().unwrap(),
        }
    }

    pub(crate) fn base_options(&self) -> BaseOptions {
        let mut options = BaseOptions::default();
        options.statistics = Some(Statistics::at(self.statistics.address()));
        options
    }

    pub(crate) fn config(&self) -> AgentConfig {
        let base = Base::Standard(Box::new(self.base_options()));
        let mut config = AgentConfig::new("edge", "one", self.state.path(), self.runtime.path(), base);
        config.limits.lease = Duration::from_secs(2);
        // Idle connections between its proxies would keep a HAProxy that stops for seconds.
        config.limits.graceful_stop = Duration::from_millis(100);
        config
    }

    pub(crate) async fn start(&self) -> AgentHandle {
        self.start_with(self.config()).await
    }

    pub(crate) async fn start_with(&self, config: AgentConfig) -> AgentHandle {
        Agent::start(config, self.hand_over.clone(), Arc::new(SystemClock))
            .await
            .unwrap()
    }

    /// The text for the gateway `edge` on the port of the rig, with a route to each service by its weight.
    pub(crate) fn edge(&self, services: &[(SocketAddr, u8)]) -> String {
        self.text(&[gateway("edge", self.port.number(), services)])
    }

    pub(crate) fn text(&self, gateways: &[Gateway]) -> String {
        let mut options = GenerateOptions::new(self.runtime.path());
        options.bind_address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        options.virtual_hosts = None;
        let generated = generate(gateways, &options).unwrap();
        assert_eq!(generated.omissions, []);
        generated.config.to_string()
    }

    /// Hands a text over; returns its hash.
    pub(crate) async fn publish(&self, text: &str) -> String {
        self.publish_as(text, false).await
    }

    pub(crate) async fn publish_as(&self, text: &str, shrink_meant: bool) -> String {
        let publication = Publication {
            text,
            revision: 1,
            fencing: None,
            shrink_meant,
        };
        self.hand_over.publish(publication).await.unwrap().hash
    }

    /// Takes everything that was handed over out of the store.
    pub(crate) async fn remove(&self) {
        let gateways = "/vamp/default/gateways".parse().unwrap();
        for entry in self.store.list(&gateways).await.unwrap() {
            self.store.delete(&entry.key).await.unwrap();
        }
    }

    /// Hands a text over and waits until it runs and the change is complete.
    pub(crate) async fn apply(&self, agent: &AgentHandle, text: &str) -> Applied {
        let hash = self.publish(text).await;
        let applied = applied(agent, &hash).await;
        self.complete().await;
        applied
    }

    /// Waits until no change is under way. What is applied serves traffic; until its change is complete, an agent that starts reloads it.
    pub(crate) async fn complete(&self) {
        let previous = self.state.path().join("haproxy.previous.cfg");
        until(|| async { !previous.exists() }).await;
    }

    /// Asks the gateway: the version that answers.
    pub(crate) async fn ask(&self) -> Option<String> {
        service::ask(self.port.address()).await
    }

    /// The versions of so many answers.
    pub(crate) async fn ask_often(&self, times: usize) -> Vec<String> {
        let mut versions = Vec::with_capacity(times);
        for _ in 0..times {
            versions.push(self.ask().await.unwrap());
        }
        versions
    }

    /// Whether the health path of the statistics answers 200.
    pub(crate) async fn is_healthy(&self) -> bool {
        let answer = service::get(self.statistics.address(), "/health").await;
        answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.0 200"))
    }

    /// Gives the worker a command.
    pub(crate) async fn command(&self, command: &str) -> String {
        let client = RuntimeClient::new(self.runtime.path().join("master.sock"));
        let command = format!("@1 {command}");
        // Right after a reload the master does not take connections.
        let answer = wait::until_some(SOON, || async { client.execute(&command).await.ok() });
        answer.await.unwrap()
    }

    /// The HAProxy of this machine, with this script before each check.
    pub(crate) fn haproxy_that(&self, before_check: &str) -> Result<PathBuf, Box<dyn std::error::Error>> {
        let program = self.state.path().join("haproxy-with-a-script");
        let real = vamp_testkit::skip::find("haproxy")?;
        let script = format!(
            "#!/bin/sh\ncase \"$1\" in -c) {before_check} ;; esac\nexec {} \"$@\"\n",
            real.display()
        );
        fs::write(&program, script)?;
        fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        Ok(program)
    }

    /// The HAProxy that was started last.
    pub(crate) fn haproxy(&self) -> Option<ProcessIdentity> {
        let record = fs::read(self.state.path().join("haproxy.json")).ok()?;
        serde_json::from_slice(&record).ok()
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.state.path().join("haproxy.cfg")
    }

    /// The whole configuration that holds this value.
    pub(crate) fn whole(&self, value: &str) -> String {
        let mut options = self.base_options();
        // The agent has HAProxy trust nobody, where it is not told otherwise.
        options.http_client_authorities = Some(self.state.path().join("no-authority.pem"));
        // And a new worker is asked without the master.
        options.stats_socket = Some(self.runtime.path().join("worker.sock"));
        format!("{}\n{value}", base(&options))
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if let Some(haproxy) = self.haproxy() {
            // Master and workers are one group; there is nothing to be done about one that cannot be ended.
            let _ = haproxy.tell_group(Tell::Kill);
        }
        if std::thread::panicking() {
            let said = fs::read_to_string(self.state.path().join("haproxy.log")).unwrap_or_default();
            eprintln!("---- what HAProxy said ----\n{said}\n----");
        }
    }
}

/// A gateway with a route to each service.
pub(crate) fn gateway(name: &str, port: u16, services: &[(SocketAddr, u8)]) -> Gateway {
    let mut gateway = Gateway::new(name.parse().unwrap());
    gateway.port = Some(Port::new(port, PortKind::Http));
    for (position, (address, weight)) in services.iter().enumerate() {
        let name = format!("service-{position}");
        let target = Target::Internal {
            name: name.clone(),
            host: Some(address.ip().to_string()),
            port: address.port(),
        };
        let route = Route {
            weight: Percentage::new(*weight),
            targets: vec![target],
            ..Route::default()
        };
        gateway.routes.insert(name.parse().unwrap(), route.into());
    }
    gateway
}

/// Waits until the agent's state is as wished.
pub(crate) async fn state(agent: &AgentHandle, wish: impl FnMut(&AgentStatus) -> bool) -> AgentStatus {
    let mut status = agent.status();
    match tokio::time::timeout(SOON, status.wait_for(wish)).await {
        Ok(status) => status.unwrap().clone(),
        Err(_) => panic!("the agent's state stays {:#?}", agent.status().borrow()),
    }
}

/// Waits until the agent says that the newest value does not run, for such a reason, in words with these in them.
pub(crate) async fn failure(agent: &AgentHandle, kind: FailureKind, words: &str) -> AgentStatus {
    let told = |status: &AgentStatus| {
        let failure = status.failure.as_ref();
        failure.is_some_and(|failure| failure.kind == kind && failure.message.contains(words))
    };
    state(agent, told).await
}

/// Waits until this text runs.
pub(crate) async fn applied(agent: &AgentHandle, hash: &str) -> Applied {
    let reached = state(agent, |status| {
        status.failure.is_none()
            && status
                .applied
                .as_ref()
                .is_some_and(|applied| applied.hash == hash)
    });
    reached.await.applied.unwrap()
}

/// Waits until HAProxy runs, and returns its master and its worker.
pub(crate) async fn running(agent: &AgentHandle) -> (u32, u32) {
    let status = state(agent, |status| status.haproxy.worker_pid.is_some()).await;
    (
        status.haproxy.master_pid.unwrap(),
        status.haproxy.worker_pid.unwrap(),
    )
}

/// Waits until another HAProxy runs than the one of this master.
pub(crate) async fn started_again(agent: &AgentHandle, before: u32) -> AgentStatus {
    state(agent, |status| {
        status.haproxy.master_pid.is_some_and(|pid| pid != before) && status.haproxy.worker_pid.is_some()
    })
    .await
}

/// Waits until a condition holds.
pub(crate) async fn until<F, Fut>(condition: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    wait::until(SOON, condition).await.unwrap();
}

/// True when HAProxy is not installed, which is said.
pub(crate) fn without_haproxy() -> bool {
    vamp_testkit::skip::without("haproxy")
}
