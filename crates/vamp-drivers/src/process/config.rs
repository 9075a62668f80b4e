use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// Variables that instances inherit from the server: what programs need to find their way, and nothing that could be a
/// secret or change what they do.
pub const INHERITED: [&str; 9] = [
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SHELL",
];

/// How local processes are run. In files, times are written like `3s` or `500ms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ProcessConfig {
    /// Records, logs and working directories; must survive a restart of the machine, and belongs to one driver. No default.
    pub state_dir: PathBuf,
    /// Where programs with a relative path are looked for, before `PATH`. Default: nowhere.
    pub program_dirs: Vec<PathBuf>,
    /// The address under which gateways reach the instances: 127.0.0.1. Instances have to listen there.
    pub host: IpAddr,
    /// The first host port that an instance may get: 10000.
    pub first_port: u16,
    /// The last one: 11999. It should stay below 32768, where Linux begins to give ports to outgoing connections.
    pub last_port: u16,
    /// Ranges of ports, first and last, that no instance may get although they lie between the two: those of gateways.
    /// Default: none.
    pub avoid_ports: Vec<(u16, u16)>,
    /// Where ports that are in use are locked, so that several drivers of one machine never give away the same; the same for
    /// all of them. Default: `vamp-ports-<user id>` in the directory for temporary files.
    pub port_locks: PathBuf,
    /// The variables that instances inherit from the server. Default: [`INHERITED`].
    pub inherit: Vec<String>,
    /// An instance that is not ready so long after its start, and after the initial delay of its health checks, is replaced:
    /// 60 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub start_limit: Duration,
    /// An instance that has been ill for so long is replaced: 60 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub ill_limit: Duration,
    /// From the moment when an instance that is replaced or too much is listed as going until it gets SIGTERM: 2 s. Gateways
    /// take it out of traffic in this time.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub drain_delay: Duration,
    /// From SIGTERM to SIGKILL: 15 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub grace: Duration,
    /// The longest pause before the third start in a row: 100 ms. An instance that ends is replaced at once; when this goes on,
    /// pauses are drawn at random below a bound that doubles from here.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub restart_delay: Duration,
    /// The longest pause at all: 30 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub restart_limit: Duration,
    /// After so much time with everything as it shall be, failures are forgotten: 60 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub stable_after: Duration,
    /// Beyond so many bytes the log file of an instance is emptied, and what was in it kept as `output.log.1`: 1 MiB.
    pub log_limit: u64,
    /// How often the sizes of log files are looked at: 1 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub log_check: Duration,
    /// Of so many instances of a service that have ended the logs are kept: 3. They go when the service is undeployed.
    pub ended_kept: usize,
}

impl Default for ProcessConfig {
    fn default() -> Self {
        let user = rustix::process::getuid().as_raw();
        Self {
            state_dir: PathBuf::new(),
            program_dirs: Vec::new(),
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            first_port: 10_000,
            last_port: 11_999,
            avoid_ports: Vec::new(),
            port_locks: std::env::temp_dir().join(format!("vamp-ports-{user}")),
            inherit: INHERITED.map(str::to_owned).to_vec(),
            start_limit: Duration::from_secs(60),
            ill_limit: Duration::from_secs(60),
            drain_delay: Duration::from_secs(2),
            grace: Duration::from_secs(15),
            restart_delay: Duration::from_millis(100),
            restart_limit: Duration::from_secs(30),
            stable_after: Duration::from_secs(60),
            log_limit: 1024 * 1024,
            log_check: Duration::from_secs(1),
            ended_kept: 3,
        }
    }
}

impl ProcessConfig {
    /// The defaults with this state directory.
    #[must_use]
    pub fn new(state_dir: impl Into<PathBuf>) -> Self {
        Self {
            state_dir: state_dir.into(),
            ..Self::default()
        }
    }

    /// Looks for settings that cannot work.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] with the first of them.
    pub fn validate(&self) -> Result<()> {
        let wrong = if self.state_dir.as_os_str().is_empty() {
            "state_dir is missing".to_owned()
        } else if self.first_port == 0 || self.first_port > self.last_port {
            format!(
                "first_port {} and last_port {} are no range of ports",
                self.first_port, self.last_port
            )
        } else if self.log_check.is_zero() {
            "log_check is zero".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Configuration, "start", "the process driver").saying(wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_has_its_default_and_what_is_unknown_is_refused() {
        let config: ProcessConfig =
            serde_json::from_str(r#"{"state_dir": "/var/lib/vamp/instances", "grace": "3s"}"#).unwrap();
        let expected = ProcessConfig {
            grace: Duration::from_secs(3),
            ..ProcessConfig::new("/var/lib/vamp/instances")
        };
        assert_eq!(config, expected);
        assert!(serde_json::from_str::<ProcessConfig>(r#"{"gracious": "1s"}"#).is_err());
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let ports = ProcessConfig {
            first_port: 9,
            last_port: 8,
            ..ProcessConfig::new("/tmp/x")
        };
        let cases = [(ProcessConfig::default(), "state_dir"), (ports, "first_port")];
        for (config, named) in cases {
            let error = config.validate().unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains(named), "{error}");
        }
        assert!(ProcessConfig::new("/tmp/x").validate().is_ok());
    }
}
