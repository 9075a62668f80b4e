//! One agent as a program of its own, its HAProxy, an etcd that it follows, and services behind its gateways.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vamp_haproxy::base::{BaseOptions, Statistics, base};
use vamp_haproxy::runtime::RuntimeClient;
use vamp_haproxy::{GenerateOptions, generate};
use vamp_kv::Key;
use vamp_kv::etcd::{EtcdConfig, EtcdStore};
use vamp_kv::handover::{HandOver, Publication};
use vamp_model::{Gateway, Percentage, Port, PortKind, Route, Target};
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::servers::{Etcd, ServerProcess, Vga};
use vamp_testkit::{programs, wait};

use crate::support::{BASE, LIMIT, TestResult};

/// Versions of the services: the two that a configuration leads to, and one that a test may have it lead to.
pub(super) const VERSIONS: [&str; 3] = ["1.0", "2.0", "3.0"];

/// Answers in a row that show what is served. For a moment after a reload, HAProxy's old worker takes connections of the same port.
const IN_A_ROW: usize = 5;

/// Beside the gateway `edge`, on its port, what a configuration can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wish {
    /// Percent of the traffic of `edge` that the second version gets: a change takes no reload.
    pub(super) second: u8,
    /// Another gateway, on the port of this number: a change takes a reload.
    pub(super) side: Option<usize>,
}

pub(super) struct Rig {
    // Dropped in this order: who asks before who answers.
    pub(super) vga: Vga,
    pub(super) hand_over: HandOver,
    pub(super) etcd: Etcd,
    pub(super) services: Vec<Service>,
    pub(super) edge: Lease,
    pub(super) sides: Vec<Lease>,
    status: Lease,
    _directory: TempDir,
}

/// A sample service.
pub(crate) struct Service {
    _process: ServerProcess,
    pub(crate) port: Lease,
}

impl Rig {
    pub(super) async fn start() -> TestResult<Self> {
        Self::start_with(true).await
    }

    /// `idle_close_on_response`: whether old workers close idle connections with an answer only, as they should.
    pub(super) async fn start_with(idle_close_on_response: bool) -> TestResult<Self> {
        let directory = tempfile::tempdir()?;
        let mut services = Vec::new();
        for version in VERSIONS {
            services.push(Service::start(version, &directory).await?);
        }
        let etcd = Etcd::start().await?;
        let statistics = ports::lease()?;
        let own_base = if idle_close_on_response {
            None
        } else {
            let mut without = BaseOptions::default();
            without.idle_close_on_response = false;
            without.statistics = Some(Statistics::at(statistics.address()));
            let file = directory.path().join("base.cfg");
            std::fs::write(&file, base(&without).to_string())?;
            Some(file)
        };
        let status = ports::lease()?;
        let status_address = status.address().to_string();
        let arguments = ["--status-address", &status_address];
        let vga = Vga::start_at(statistics, &etcd.store_url(), BASE, own_base, &arguments).await?;
        let store = EtcdStore::connect(EtcdConfig::new([etcd.endpoint()])).await?;
        Ok(Self {
            vga,
            hand_over: HandOver::new(Arc::new(store), &BASE.parse()?, "haproxy", "2.4")?,
            etcd,
            services,
            edge: ports::lease()?,
            sides: ports::lease_many(3)?,
            status,
            _directory: directory,
        })
    }

    /// The part of a configuration that comes from the store.
    pub(super) fn text(&self, wish: Wish) -> TestResult<String> {
        let [first, second] = [0, 1].map(|number: usize| self.services[number].port.number());
        let mut gateways = vec![gateway(
            "edge",
            &self.edge,
            &[(first, 100 - wish.second), (second, wish.second)],
        )?];
        if let Some(number) = wish.side {
            gateways.push(gateway("side", &self.sides[number], &[(first, 100)])?);
        }
        let mut options = GenerateOptions::new(self.vga.runtime_directory());
        options.bind_address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        options.virtual_hosts = None;
        Ok(generate(&gateways, &options)?.config.to_string())
    }

    /// Hands a text over; returns its hash.
    pub(super) async fn publish_text(&self, text: &str) -> TestResult<String> {
        let publication = Publication {
            text,
            revision: 1,
            fencing: None,
            shrink_meant: false,
        };
        Ok(self.hand_over.publish_to_agents(&publication).await?.hash)
    }

    /// What is handed over now, as it stands in the store.
    pub(super) async fn manifest(&self) -> TestResult<Bytes> {
        let entry = self.hand_over.store().get(&manifest_key()?).await?;
        Ok(entry.ok_or("nothing is handed over")?.value)
    }

    /// Hands over again what was handed over before.
    pub(super) async fn put_manifest(&self, manifest: Bytes) -> TestResult {
        self.hand_over
            .store()
            .put(&manifest_key()?, manifest, None)
            .await?;
        Ok(())
    }

    /// Hands a configuration over; returns the hash of its text.
    pub(super) async fn publish(&self, wish: Wish) -> TestResult<String> {
        self.publish_text(&self.text(wish)?).await
    }

    /// Hands a configuration over and waits until it runs.
    pub(super) async fn apply(&self, wish: Wish) -> TestResult {
        let hash = self.publish(wish).await?;
        self.until_applied(&hash).await
    }

    /// Waits until no change is under way: what is said to run serves traffic, which need not be the end of its change.
    pub(super) async fn until_complete(&self) -> TestResult {
        let previous = self.vga.state_directory().join("haproxy.previous.cfg");
        Ok(wait::until(LIMIT, || async { !previous.exists() }).await?)
    }

    /// Waits until the agent says that this text runs.
    pub(super) async fn until_applied(&self, hash: &str) -> TestResult {
        self.until_status(|status| {
            status["agent"]["applied"]["hash"] == hash && status["agent"]["failure"].is_null()
        })
        .await
        .map(drop)
    }

    /// Waits until the agent says something.
    pub(super) async fn until_status(&self, wish: impl Fn(&Value) -> bool) -> TestResult<Value> {
        let found = wait::until_some(LIMIT, || async {
            self.status().await.filter(|status| wish(status))
        });
        match found.await {
            Ok(status) => Ok(status),
            Err(error) => Err(format!("{error}; the agent says {:#?}", self.status().await).into()),
        }
    }

    /// What the agent says of itself.
    pub(super) async fn status(&self) -> Option<Value> {
        let answer = get(self.status.address(), "/status").await?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    /// How often HAProxy was reloaded since it was started.
    pub(super) async fn reloads(&self) -> TestResult<u64> {
        let status = self.status().await.ok_or("the agent does not say how it is")?;
        Ok(status["agent"]["haproxy"]["reloads"]
            .as_u64()
            .ok_or("no reloads")?)
    }

    /// Workers of earlier configurations that still live, asked of HAProxy itself.
    pub(super) async fn old_workers(&self) -> TestResult<usize> {
        let master = RuntimeClient::new(self.vga.master_socket());
        // Right after a reload the master does not take connections.
        let counted = wait::until_some(LIMIT, || async {
            let answer = master.execute("show proc").await.ok()?;
            // Without any the answer has no such heading.
            let (_, old) = answer.split_once("# old workers").unwrap_or_default();
            Some(old.lines().filter(|line| line.contains(" worker ")).count())
        });
        Ok(counted.await?)
    }

    /// Whether real requests are answered as this configuration has it, of which `second` is 0 or 100.
    pub(super) async fn serves(&self, wish: Wish) -> bool {
        let version = VERSIONS[usize::from(wish.second >= 50)];
        for _ in 0..IN_A_ROW {
            if ask(self.edge.address()).await.as_deref() != Some(version) {
                return false;
            }
        }
        match wish.side {
            Some(number) => ask(self.sides[number].address()).await.is_some(),
            None => true,
        }
    }
}

/// Figures of a run, for whoever has the test harness show them.
#[expect(
    clippy::print_stderr,
    reason = "the macro, so that the test harness captures it"
)]
pub(super) fn tell(figures: &str) {
    eprintln!("{figures}");
}

fn manifest_key() -> TestResult<Key> {
    Ok(format!("{BASE}/gateways/haproxy/2.4/manifest").parse()?)
}

impl Service {
    pub(crate) async fn start(version: &str, directory: &TempDir) -> TestResult<Self> {
        let port = ports::lease()?;
        let mut command = Command::new(programs::find("sample-service")?);
        command
            .args(["--name", "shop", "--version", version])
            .env("PORT", port.number().to_string());
        let log = directory.path().join(format!("service-{version}.log"));
        let mut process = ServerProcess::new("sample-service", log);
        process.start(command)?;
        let address = port.address();
        let answers = || async move { ask(address).await.is_some() };
        process.ready_within(LIMIT, answers).await?;
        Ok(Self {
            _process: process,
            port,
        })
    }
}

fn gateway(name: &str, port: &Lease, services: &[(u16, u8)]) -> TestResult<Gateway> {
    let mut gateway = Gateway::new(name.parse()?);
    gateway.port = Some(Port::new(port.number(), PortKind::Http));
    for (position, (service, weight)) in services.iter().enumerate() {
        let name = format!("service-{position}");
        let target = Target::Internal {
            name: name.clone(),
            host: Some(Ipv4Addr::LOCALHOST.to_string()),
            port: *service,
        };
        let route = Route {
            weight: Percentage::new(*weight),
            targets: vec![target],
            ..Route::default()
        };
        gateway.routes.insert(name.parse()?, route.into());
    }
    Ok(gateway)
}

/// The whole answer to one request over a connection of its own; nothing when there is none within five seconds.
pub(super) async fn get(address: SocketAddr, path: &str) -> Option<String> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), exchange).await;
    answer.ok().flatten()
}

/// The version that answers a request; nothing when that is not answered with 200.
pub(super) async fn ask(address: SocketAddr) -> Option<String> {
    let answer = get(address, "/").await?;
    let head = answer
        .strip_prefix("HTTP/1.1 200")?
        .split_once("\r\n\r\n")?
        .0
        .to_ascii_lowercase();
    let version = head
        .lines()
        .find_map(|line| line.strip_prefix("x-vamp-version: "));
    version.map(str::to_owned)
}
