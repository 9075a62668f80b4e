use crate::{Seconds, StrictName};

/// What an HTTP health check speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// Plain HTTP.
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
}

/// How to find out whether an instance is ready and well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// Path of the request, `/` by default.
    pub path: String,
    /// Name of the breed's port to ask.
    pub port: StrictName,
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
