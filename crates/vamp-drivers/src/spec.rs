//! What is wanted of a platform.

use std::fmt;

use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};
use vamp_model::{Deployable, HealthCheck, Memory, PortKind, Quantity};

/// Which service of which deployment.
///
/// Deployment and breed name it already, as a deployment holds a breed once; the cluster is there for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId {
    /// The deployment's name.
    pub deployment: String,
    /// The cluster's name.
    pub cluster: String,
    /// The breed's name.
    pub service: String,
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.deployment, self.cluster, self.service)
    }
}

/// A port on which every instance of a service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortSpec {
    /// The breed's name for it.
    pub name: String,
    /// The number inside of a container; 0 where the platform is free to choose. Platforms without containers choose
    /// always, as two instances cannot listen on one port of a machine.
    pub number: u16,
    /// What it speaks.
    pub kind: PortKind,
}

/// How much of a service is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScaleSpec {
    /// Cores for each instance; none when no limit is asked for.
    pub cpu: Option<Quantity>,
    /// Memory for each instance; none when no limit is asked for.
    pub memory: Option<Memory>,
    /// How many instances; 0 keeps the service known with nothing running.
    pub instances: u32,
}

/// A service that shall run. Nothing in it has to be resolved any more.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSpec {
    /// Which service it is.
    pub id: ServiceId,
    /// What to run.
    pub deployable: Deployable,
    /// The ports, in the breed's order; names differ.
    pub ports: Vec<PortSpec>,
    /// Environment variables as the instances shall see them.
    pub environment: IndexMap<String, String>,
    /// All of these must pass for an instance to be ready. None: it is ready when its ports accept connections.
    pub health_checks: Vec<HealthCheck>,
    /// How much of it.
    pub scale: ScaleSpec,
}

impl ServiceSpec {
    /// A SHA-256 over everything but the number of instances, as 64 hexadecimal digits: two specifications of one service
    /// with the same fingerprint differ in scale only. The order of environment variables and of health checks means
    /// nothing.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut text = Fingerprint::default();
        text.add(
            "id",
            [self.id.deployment.as_str(), &self.id.cluster, &self.id.service],
        );
        self.add_launch(&mut text);
        let mut checks: Vec<_> = self.health_checks.iter().map(health_check_fields).collect();
        checks.sort();
        for check in &checks {
            text.add("health check", check.iter().map(String::as_str));
        }
        let cpu = self.scale.cpu.map(|cpu| cpu.to_string());
        let memory = self.scale.memory.map(|memory| memory.value().to_string());
        text.add("cpu", cpu.as_deref());
        text.add("memory", memory.as_deref());
        text.finish()
    }

    /// The same over what a process is started with: deployable, ports, environment. A driver that can change the rest
    /// without a restart compares this.
    #[must_use]
    pub fn launch_fingerprint(&self) -> String {
        let mut text = Fingerprint::default();
        self.add_launch(&mut text);
        text.finish()
    }

    fn add_launch(&self, text: &mut Fingerprint) {
        text.add(
            "deployable",
            [self.deployable.kind(), &self.deployable.definition],
        );
        for port in &self.ports {
            text.add(
                "port",
                [
                    port.name.as_str(),
                    &port.number.to_string(),
                    &port.kind.to_string(),
                ],
            );
        }
        let mut environment: Vec<_> = self.environment.iter().collect();
        environment.sort();
        for (name, value) in environment {
            text.add("variable", [name.as_str(), value]);
        }
    }
}

fn health_check_fields(check: &HealthCheck) -> [String; 7] {
    [
        check.path.clone(),
        check.port.to_string(),
        check.initial_delay.to_string(),
        check.timeout.to_string(),
        check.interval.to_string(),
        check.failures.to_string(),
        check.protocol.as_str().to_ascii_lowercase(),
    ]
}

/// Fields with their lengths, so that no two lists of fields are the same bytes.
#[derive(Default)]
struct Fingerprint(Sha256);

impl Fingerprint {
    fn add<'a>(&mut self, what: &str, fields: impl IntoIterator<Item = &'a str>) {
        self.0.update(format!("{what}\n"));
        for field in fields {
            self.0.update(format!("{}:{field}\n", field.len()));
        }
    }

    fn finish(self) -> String {
        self.0
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vamp_model::{Protocol, Seconds};

    fn spec() -> ServiceSpec {
        ServiceSpec {
            id: ServiceId {
                deployment: "shop".to_owned(),
                cluster: "web".to_owned(),
                service: "web:1.0".to_owned(),
            },
            deployable: Deployable {
                kind: None,
                definition: "shop/web:1.0".to_owned(),
            },
            ports: vec![PortSpec {
                name: "http".to_owned(),
                number: 8080,
                kind: PortKind::Http,
            }],
            environment: [("A", "1"), ("B", "2")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            health_checks: vec![check("/a"), check("/b")],
            scale: ScaleSpec {
                cpu: None,
                memory: None,
                instances: 1,
            },
        }
    }

    fn check(path: &str) -> HealthCheck {
        HealthCheck {
            path: path.to_owned(),
            port: "http".parse().unwrap(),
            initial_delay: Seconds::new(1),
            timeout: Seconds::new(2),
            interval: Seconds::new(3),
            failures: 4,
            protocol: Protocol::Http,
        }
    }

    fn changed(change: impl Fn(&mut ServiceSpec)) -> ServiceSpec {
        let mut spec = spec();
        change(&mut spec);
        spec
    }

    #[test]
    fn a_fingerprint_tells_of_every_change_but_scale_and_order() {
        let same = [
            changed(|spec| spec.scale.instances = 7),
            changed(|spec| spec.environment.reverse()),
            // S05-094: the order of health checks means nothing …
            changed(|spec| spec.health_checks.reverse()),
            changed(|spec| spec.deployable.kind = Some("container/docker".to_owned())),
        ];
        for spec in &same {
            assert_eq!(spec.fingerprint(), super::tests::spec().fingerprint(), "{spec:?}");
        }
        let others = [
            changed(|spec| spec.id.deployment = "shops".to_owned()),
            changed(|spec| spec.deployable.kind = Some("docker".to_owned())),
            changed(|spec| spec.deployable.definition = "shop/web:1.1".to_owned()),
            changed(|spec| spec.ports[0].number = 8081),
            changed(|spec| spec.ports[0].kind = PortKind::Tcp),
            // S05-092: one variable more, or with another value.
            changed(|spec| drop(spec.environment.insert("C".to_owned(), String::new()))),
            changed(|spec| drop(spec.environment.insert("A".to_owned(), "2".to_owned()))),
            // … and their number does.
            changed(|spec| drop(spec.health_checks.pop())),
            changed(|spec| spec.health_checks.push(check("/b"))),
            changed(|spec| spec.health_checks[0].failures = 5),
            changed(|spec| spec.scale.cpu = Some(Quantity::new(1.0).unwrap())),
            changed(|spec| spec.scale.memory = Some(Memory::new(1.0).unwrap())),
        ];
        let mut prints: Vec<String> = others.iter().map(ServiceSpec::fingerprint).collect();
        prints.push(spec().fingerprint());
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), others.len() + 1, "each differs from all others");
    }

    #[test]
    fn only_what_a_process_is_started_with_is_in_the_launch_fingerprint() {
        let other_checks = changed(|spec| spec.health_checks.clear());
        assert_eq!(other_checks.launch_fingerprint(), spec().launch_fingerprint());
        let other_variable = changed(|spec| drop(spec.environment.insert("A".to_owned(), "2".to_owned())));
        assert_ne!(other_variable.launch_fingerprint(), spec().launch_fingerprint());
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let one = changed(|spec| spec.environment = [("A".to_owned(), "1\nvariable\n1:B".to_owned())].into());
        let two = changed(|spec| {
            spec.environment = [("A", "1"), ("B", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        });
        assert_ne!(one.fingerprint(), two.fingerprint());
    }
}
