//! What is kept on disk, in its format.

use std::net::IpAddr;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vamp_io::process::ProcessIdentity;
use vamp_model::{Deployable, HealthCheck, Memory, PortKind, Protocol, Quantity, Seconds};

use crate::{PortSpec, ScaleSpec, ServiceId, ServiceSpec};

/// The format of every file here.
pub(super) const FORMAT: u32 = 1;

/// One instance. It is written before the process is started, and again when the process is known: whatever happens between, the
/// process carries the instance's name in its environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) format: u32,
    pub(super) name: String,
    pub(super) service: StoredId,
    /// [`ServiceSpec::launch_fingerprint`] of what it was started with.
    pub(super) launch: String,
    /// A hash of the environment that it was started with.
    pub(super) environment: String,
    pub(super) host: IpAddr,
    pub(super) ports: IndexMap<String, u16>,
    pub(super) started: Timestamp,
    /// The run of the machine in which the process identity means something.
    pub(super) boot: String,
    pub(super) process: Option<ProcessIdentity>,
    pub(super) stage: Stage,
}

/// How far an instance is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    Starting,
    /// It was ready when the driver last looked.
    Ready,
    /// It has been told to go.
    Going,
    /// It is gone, and its log is kept for a while.
    Ended {
        at: Timestamp,
        reason: String,
    },
}

/// What is wanted of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredWish {
    pub(super) format: u32,
    pub(super) service: StoredId,
    /// Nothing when it shall go.
    pub(super) spec: Option<StoredSpec>,
}

/// The identity of a state directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredFormat {
    pub(super) format: u32,
    pub(super) id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredId {
    deployment: String,
    cluster: String,
    service: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredSpec {
    kind: Option<String>,
    definition: String,
    ports: Vec<StoredPort>,
    environment: IndexMap<String, String>,
    health_checks: Vec<StoredCheck>,
    cpu: Option<f64>,
    memory: Option<f64>,
    instances: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredPort {
    name: String,
    number: u16,
    tcp: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredCheck {
    path: String,
    port: String,
    initial_delay: u32,
    timeout: u32,
    interval: u32,
    failures: u32,
    https: bool,
}

impl From<&ServiceId> for StoredId {
    fn from(id: &ServiceId) -> Self {
        Self {
            deployment: id.deployment.clone(),
            cluster: id.cluster.clone(),
            service: id.service.clone(),
        }
    }
}

impl From<&StoredId> for ServiceId {
    fn from(id: &StoredId) -> Self {
        Self {
            deployment: id.deployment.clone(),
            cluster: id.cluster.clone(),
            service: id.service.clone(),
        }
    }
}

impl From<&ServiceSpec> for StoredSpec {
    fn from(spec: &ServiceSpec) -> Self {
        Self {
            kind: spec.deployable.kind.clone(),
            definition: spec.deployable.definition.clone(),
            ports: spec.ports.iter().map(StoredPort::from).collect(),
            environment: spec.environment.clone(),
            health_checks: spec.health_checks.iter().map(StoredCheck::from).collect(),
            cpu: spec.scale.cpu.map(Quantity::value),
            memory: spec.scale.memory.map(Memory::value),
            instances: spec.scale.instances,
        }
    }
}

impl From<&PortSpec> for StoredPort {
    fn from(port: &PortSpec) -> Self {
        Self {
            name: port.name.clone(),
            number: port.number,
            tcp: port.kind == PortKind::Tcp,
        }
    }
}

impl From<&HealthCheck> for StoredCheck {
    fn from(check: &HealthCheck) -> Self {
        Self {
            path: check.path.clone(),
            port: check.port.clone(),
            initial_delay: check.initial_delay.get(),
            timeout: check.timeout.get(),
            interval: check.interval.get(),
            failures: check.failures,
            https: check.protocol == Protocol::Https,
        }
    }
}

impl StoredSpec {
    /// The specification of this service; an error where it holds what none can hold.
    pub(super) fn to_spec(&self, id: ServiceId) -> Result<ServiceSpec, String> {
        let ports = self.ports.iter().map(|port| PortSpec {
            name: port.name.clone(),
            number: port.number,
            kind: if port.tcp { PortKind::Tcp } else { PortKind::Http },
        });
        let health_checks = self.health_checks.iter().map(StoredCheck::to_check);
        Ok(ServiceSpec {
            id,
            deployable: Deployable {
                kind: self.kind.clone(),
                definition: self.definition.clone(),
            },
            ports: ports.collect(),
            environment: self.environment.clone(),
            health_checks: health_checks.collect(),
            scale: ScaleSpec {
                cpu: self
                    .cpu
                    .map(Quantity::new)
                    .transpose()
                    .map_err(|error| error.to_string())?,
                memory: self
                    .memory
                    .map(Memory::new)
                    .transpose()
                    .map_err(|error| error.to_string())?,
                instances: self.instances,
            },
        })
    }
}

impl StoredCheck {
    fn to_check(&self) -> HealthCheck {
        HealthCheck {
            path: self.path.clone(),
            port: self.port.clone(),
            initial_delay: Seconds::new(self.initial_delay),
            timeout: Seconds::new(self.timeout),
            interval: Seconds::new(self.interval),
            failures: self.failures,
            protocol: if self.https {
                Protocol::Https
            } else {
                Protocol::Http
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::sample;

    #[test]
    fn a_specification_comes_back_as_it_was_stored() {
        let mut spec = sample::spec("sample-service --name shop");
        spec.scale.cpu = Some(Quantity::new(0.1).unwrap());
        spec.scale.memory = Some(Memory::new(64.0).unwrap());
        spec.health_checks.push(HealthCheck {
            path: "/health".to_owned(),
            port: "web".parse().unwrap(),
            initial_delay: Seconds::new(1),
            timeout: Seconds::new(2),
            interval: Seconds::new(3),
            failures: 4,
            protocol: Protocol::Http,
        });
        let text = serde_json::to_string(&StoredSpec::from(&spec)).unwrap();
        let stored: StoredSpec = serde_json::from_str(&text).unwrap();
        assert_eq!(stored.to_spec(spec.id.clone()).unwrap(), spec);
    }

    /// What earlier versions have written: never to be changed, only to be added to.
    #[test]
    fn files_of_every_released_format_are_read() {
        let record: Record = serde_json::from_str(include_str!("../../tests/formats/record-1.json")).unwrap();
        assert_eq!(record.name, "shop-web-1-0-9f3c21aa");
        assert_eq!(record.stage, Stage::Ready);
        assert_eq!(record.process.map(|process| process.pid), Some(4711));
        let wish: StoredWish = serde_json::from_str(include_str!("../../tests/formats/wish-1.json")).unwrap();
        let spec = wish
            .spec
            .unwrap()
            .to_spec(ServiceId::from(&wish.service))
            .unwrap();
        assert_eq!(spec.scale.instances, 2);
        assert_eq!(spec.health_checks[0].path, "/health");
        let format: StoredFormat =
            serde_json::from_str(include_str!("../../tests/formats/format-1.json")).unwrap();
        assert_eq!(format.format, FORMAT);
    }
}
