//! A process driver in a directory of its own, with what its tests need.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use tempfile::TempDir;
use vamp_drivers::process::{ProcessConfig, ProcessDriver};
use vamp_drivers::{
    Driver as _, ObservedInstance, ObservedService, PortSpec, ScaleSpec, ServiceId, ServiceSpec,
};
use vamp_io::clock::SystemClock;
use vamp_io::process::{ProcessIdentity, Tell};
use vamp_model::{Deployable, PortKind};
use vamp_testkit::ports::{Lease, lease_range};
use vamp_testkit::wait;

use crate::program;

/// How long a single change may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Bench {
    pub(crate) config: ProcessConfig,
    _directory: TempDir,
    _ports: Vec<Lease>,
}

impl Bench {
    pub(crate) fn new(ports: u16) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let leases = lease_range(ports).unwrap();
        let mut config = ProcessConfig::new(directory.path().join("state"));
        config.port_locks = directory.path().join("ports");
        config.first_port = leases[0].number();
        config.last_port = leases[leases.len() - 1].number();
        config.drain_delay = Duration::from_millis(50);
        config.grace = Duration::from_secs(5);
        config.restart_delay = Duration::from_millis(20);
        config.restart_limit = Duration::from_millis(200);
        config.log_check = Duration::from_millis(20);
        Self {
            config,
            _directory: directory,
            _ports: leases,
        }
    }

    pub(crate) async fn start(&self) -> ProcessDriver {
        ProcessDriver::start(self.config.clone(), Arc::new(SystemClock))
            .await
            .unwrap()
    }

    pub(crate) fn state(&self, path: impl AsRef<Path>) -> PathBuf {
        self.config.state_dir.join(path)
    }

    pub(crate) fn instance(&self, name: &str) -> PathBuf {
        self.state("instances").join(name)
    }

    pub(crate) fn record(&self, name: &str) -> serde_json::Value {
        let text = std::fs::read(self.instance(name).join("record.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// The process of an instance, as its record says.
    pub(crate) fn process(&self, name: &str) -> ProcessIdentity {
        serde_json::from_value(self.record(name)["process"].clone()).unwrap()
    }

    pub(crate) fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.instance(name).join("output.log")).unwrap_or_default()
    }

    /// The identity of the state directory, which all processes carry that were started from it.
    pub(crate) fn mark(&self) -> String {
        let text = std::fs::read(self.state("format.json")).unwrap();
        let format: serde_json::Value = serde_json::from_slice(&text).unwrap();
        format["id"].as_str().unwrap().to_owned()
    }

    /// The processes that were started from the state directory, with the names of their instances.
    pub(crate) fn processes(&self) -> Vec<(String, u32)> {
        let mark = format!("VAMP_PROCESS_STATE={}", self.mark());
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").unwrap() {
            let entry = entry.unwrap();
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
            let variables: Vec<&str> = environment
                .split(|byte| *byte == 0)
                .filter_map(|variable| std::str::from_utf8(variable).ok())
                .collect();
            if variables.contains(&mark.as_str()) && ProcessIdentity::of(pid).is_some() {
                let name = variables
                    .iter()
                    .find_map(|variable| variable.strip_prefix("VAMP_INSTANCE="));
                found.push((name.unwrap_or_default().to_owned(), pid));
            }
        }
        found
    }
}

impl Drop for Bench {
    /// A test that failed leaves nothing behind.
    fn drop(&mut self) {
        if self.state("format.json").exists() {
            for (_, pid) in self.processes() {
                if let Some(identity) = ProcessIdentity::of(pid) {
                    let _ = identity.tell(Tell::Kill);
                }
            }
        }
    }
}

pub(crate) fn id(deployment: &str) -> ServiceId {
    ServiceId {
        deployment: deployment.to_owned(),
        cluster: "web".to_owned(),
        service: "web:1.0".to_owned(),
    }
}

/// A service of one instance with the port `web`.
pub(crate) fn running(id: &ServiceId, definition: &str) -> ServiceSpec {
    ServiceSpec {
        id: id.clone(),
        deployable: Deployable {
            kind: Some("process".to_owned()),
            definition: definition.to_owned(),
        },
        ports: vec![PortSpec {
            name: "web".to_owned(),
            number: 8080,
            kind: PortKind::Http,
        }],
        environment: IndexMap::new(),
        health_checks: Vec::new(),
        scale: ScaleSpec {
            cpu: None,
            memory: None,
            instances: 1,
        },
    }
}

/// The same with a program of this test.
pub(crate) fn playing(id: &ServiceId, role: &str) -> ServiceSpec {
    let mut spec = running(id, &program::command_line());
    spec.environment.insert(program::ROLE.to_owned(), role.to_owned());
    spec
}

pub(crate) fn serving(id: &ServiceId) -> ServiceSpec {
    playing(id, "serves")
}

/// Without a port: ready as soon as it runs.
pub(crate) fn portless(id: &ServiceId, definition: &str) -> ServiceSpec {
    ServiceSpec {
        ports: Vec::new(),
        ..running(id, definition)
    }
}

/// Looks until the service is as it shall be.
pub(crate) async fn until(
    driver: &ProcessDriver,
    id: &ServiceId,
    is_so: impl Fn(&ObservedService) -> bool,
) -> ObservedService {
    let found = wait::until_some(PATIENCE, || async {
        let services = driver.list().await.unwrap();
        services
            .into_iter()
            .find(|service| service.id == *id)
            .filter(|service| is_so(service))
    })
    .await;
    match found {
        Ok(service) => service,
        Err(error) => panic!("{error}: {:?}", driver.list().await),
    }
}

pub(crate) async fn settled(driver: &ProcessDriver, spec: &ServiceSpec) -> ObservedService {
    driver.deploy(spec).await.unwrap();
    let fingerprint = spec.fingerprint();
    until(driver, &spec.id, |service| {
        service.is_settled() && service.fingerprint == fingerprint && service.wanted == spec.scale.instances
    })
    .await
}

pub(crate) async fn gone(driver: &ProcessDriver, id: &ServiceId) {
    let absent = || async {
        let services = driver.list().await.unwrap();
        services.iter().all(|service| service.id != *id)
    };
    wait::until(PATIENCE, absent).await.unwrap();
}

/// What the instance answers to `GET path`.
pub(crate) async fn get(instance: &ObservedInstance, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = format!("{}:{}", instance.host, instance.ports["web"]);
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
