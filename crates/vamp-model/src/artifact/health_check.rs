use std::fmt;

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
