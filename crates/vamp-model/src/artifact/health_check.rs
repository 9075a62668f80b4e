use std::fmt;

use super::Breed;
use crate::Seconds;

/// What an HTTP health check speaks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Protocol {
    /// Plain HTTP.
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
    /// A word of a container platform, such as `MESOS_HTTP`.
    Other(String),
}

impl Protocol {
    /// The protocol of that name; `http` and `https` in any case.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if name.eq_ignore_ascii_case("http") {
            Self::Http
        } else if name.eq_ignore_ascii_case("https") {
            Self::Https
        } else {
            Self::Other(name.to_owned())
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How to find out whether an instance is ready and well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// Path of the request, `/` by default.
    pub path: String,
    /// Name of the breed's port to ask.
    pub port: String,
    /// Time after the start in which failures do not count.
    pub initial_delay: Seconds,
    /// Time limit of one check.
    pub timeout: Seconds,
    /// Time between two checks.
    pub interval: Seconds,
    /// How many failures in a row make the instance ill.
    pub failures: u32,
    /// What the check speaks.
    pub protocol: Protocol,
}

impl HealthCheck {
    /// The checks that instances of a service must pass, from those written at the service, at its cluster and in its breed.
    ///
    /// An empty list at the service means none at all. Beside its own checks, a service has those of the cluster whose path none of
    /// its own has; without own ones it has all of the cluster, and those of the breed only where the cluster has no list either.
    /// A check of the cluster counts for a service only where the breed has the port.
    #[must_use]
    pub fn effective(service: Option<&[Self]>, cluster: Option<&[Self]>, breed: &Breed) -> Vec<Self> {
        let of_cluster = || {
            let checks = cluster.unwrap_or_default().iter();
            checks.filter(|check| breed.ports.contains_key(check.port.as_str()))
        };
        match service {
            Some([]) => Vec::new(),
            Some(own) => {
                let is_new = |check: &&Self| own.iter().all(|own| own.path != check.path);
                own.iter().chain(of_cluster().filter(is_new)).cloned().collect()
            }
            None if cluster.is_some() => of_cluster().cloned().collect(),
            None => breed.health_checks.clone().unwrap_or_default(),
        }
    }

    /// The checks that instances of a workflow must pass: its own where it has a list, even an empty one, else those of its breed.
    #[must_use]
    pub fn effective_of_workflow(workflow: Option<&[Self]>, breed: &Breed) -> Vec<Self> {
        let checks = workflow.or(breed.health_checks.as_deref());
        checks.unwrap_or_default().to_vec()
    }
}
