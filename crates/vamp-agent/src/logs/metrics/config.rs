use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use vamp_haproxy::metrics::{BUCKET_SECONDS, MostNames};

use crate::config::AgentConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::files::CONFIGURATION;
use crate::logs::config::{SinkConfig, Target};
use crate::logs::sink_url::masked;

/// Which server gets the metrics, and how much is counted and may wait.
#[derive(Clone)]
#[non_exhaustive]
pub struct MetricsConfig {
    /// The address of the server, `http://host:port`, credentials included.
    pub server: String,
    /// A try that takes longer has failed. Default 10 s.
    pub patience: Duration,
    /// The id of the agent, a tag of each event.
    pub agent: String,
    /// The configuration that HAProxy runs, in which the names of gateways, routes and instances stand.
    pub configuration: PathBuf,
    /// How long a bucket is. Buckets begin at multiples of it since 1970-01-01 00:00 UTC. Default 10 s.
    pub bucket: Duration,
    /// Names that are counted in a bucket; records of others are counted as such. Default 1,000 frontends, and four times as many servers.
    pub most_names: MostNames,
    /// Buckets that may wait. Default 60.
    pub most_buckets: usize,
    /// About how many bytes of memory they may take; the newest bucket waits in any case. Default 8 MiB.
    pub most_bytes: usize,
}

impl MetricsConfig {
    /// Metrics of this agent for the server of an address `vamp+http://HOST:PORT`, or `vamp+https://…`, which may have `timeout=SECONDS`.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`]: it is no such address.
    pub fn parse(address: &str, agent: &AgentConfig) -> Result<Self> {
        let wrong = |reason: &str| {
            Error::new(
                ErrorKind::Configuration,
                "publish metrics to",
                masked(address),
                reason,
            )
        };
        let other_kind = || wrong("wanted is vamp+http://HOST:PORT or vamp+https://HOST:PORT");
        // Which other sinks there are is not told: none of them would do.
        if !address.starts_with("vamp+http") {
            return Err(other_kind());
        }
        let sink = SinkConfig::parse(address).map_err(|error| wrong(error.message()).caused_by(error))?;
        let Target::Events { url } = sink.target else {
            return Err(other_kind());
        };
        Ok(Self {
            server: url,
            patience: sink.patience,
            agent: agent.id.clone(),
            configuration: agent.state_directory.join(CONFIGURATION),
            bucket: Duration::from_secs(BUCKET_SECONDS.unsigned_abs()),
            most_names: MostNames {
                frontends: 1000,
                servers: 4000,
            },
            most_buckets: 60,
            most_bytes: 8 * 1024 * 1024,
        })
    }

    /// The address without credentials.
    #[must_use]
    pub fn name(&self) -> String {
        format!("vamp+{}", masked(&self.server))
    }

    pub(super) fn validate(&self) -> Result<()> {
        let invalid = |setting: &str, message: &str| {
            Err(Error::new(
                ErrorKind::Configuration,
                "use the setting",
                setting,
                message,
            ))
        };
        if self.bucket < Duration::from_millis(1) {
            return invalid("bucket", "must be at least a millisecond");
        }
        if self.most_names.frontends == 0 || self.most_buckets == 0 {
            return invalid("most_names and most_buckets", "must be at least 1");
        }
        Ok(())
    }
}

/// Without what may be a password.
impl fmt::Debug for MetricsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsConfig")
            .field("server", &self.name())
            .field("agent", &self.agent)
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Base;

    fn parse(address: &str) -> Result<MetricsConfig> {
        let base = Base::Text(String::new());
        let agent = AgentConfig::new("2.4", "edge-1", "/var/lib/vga", "/run/vga", base);
        MetricsConfig::parse(address, &agent)
    }

    #[test]
    fn the_agent_says_who_measures_and_where_the_names_stand() {
        let config = parse("vamp+https://ann:secret@vamp:8080?timeout=3").unwrap();
        assert_eq!(config.agent, "edge-1");
        assert_eq!(config.configuration.to_str(), Some("/var/lib/vga/haproxy.cfg"));
        assert_eq!(
            (config.bucket, config.patience),
            (Duration::from_secs(10), Duration::from_secs(3))
        );
        let told = format!("{config:?} {}", config.name());
        assert!(
            told.contains("vamp+https://***@vamp:8080") && !told.contains("secret"),
            "{told}"
        );
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused_with_the_reason() {
        for (address, reason) in [
            ("udp://vamp:8080", "wanted is vamp+http://HOST:PORT"),
            ("http://vamp:8080", "wanted is vamp+http://HOST:PORT"),
            ("vamp:8080", "wanted is"),
            ("vamp+http://ann:secret@", "empty host"),
            ("vamp+http://vamp?format=json", "the key 'format' is unknown here"),
        ] {
            let error = parse(address).unwrap_err().to_string();
            assert!(
                error.starts_with("publish metrics to ") && error.contains(reason),
                "{address}: {error}"
            );
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_bucket_has_a_length() {
        let mut config = parse("vamp+http://vamp:8080").unwrap();
        config.bucket = Duration::ZERO;
        assert!(config.validate().unwrap_err().to_string().contains("bucket"));
    }
}
