use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use vamp_haproxy::base::{BaseOptions, base};

use crate::error::{Error, ErrorKind, Result};
use crate::files::Files;

/// The settings of one agent and its HAProxy.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AgentConfig {
    /// Name under which the agent reports, the same for all agents that serve the same gateways.
    pub name: String,
    /// Tells this agent from others of its name; stable over restarts, say the host name.
    pub id: String,
    /// Host shown in the agent's status.
    pub host: String,
    /// Configuration, records and HAProxy's output; must survive a restart of the machine.
    pub state_directory: PathBuf,
    /// Sockets; short, because a gateway's socket path may have at most 97 bytes: at most 49 bytes, see
    /// [`AgentConfig::validate`].
    pub runtime_directory: PathBuf,
    /// The HAProxy program, a path or a name to be looked up in `PATH` and in the directories for administrators, where Debian puts it.
    /// Default `haproxy`.
    pub haproxy: PathBuf,
    /// The part of the configuration that comes before the gateways.
    pub base: Base,
    /// Whether the first value that the store has is believed whatever it is: much smaller than what runs, or empty. A value that is not
    /// there is never applied. It is for an operator who has seen why a value is held back, and is over with the first answer of the
    /// store. Default false.
    pub believe_first: bool,
    /// Where `/health`, `/status` and `/metrics` are served; nowhere by default. Nobody is asked who they are, so name an address other
    /// than one of this machine only where the network keeps strangers out.
    #[cfg(feature = "http")]
    pub status_address: Option<std::net::SocketAddr>,
    /// What is measured of the calls to the store, where the store is a [`Measured`](vamp_kv::wrap::Measured) one: told among the metrics.
    /// Nothing by default.
    #[cfg(feature = "http")]
    pub store_measures: Option<std::sync::Arc<vamp_kv::wrap::Measures>>,
    /// Where DNS queries for the virtual hosts of the configuration that runs are answered; nowhere by default.
    #[cfg(feature = "dns")]
    pub dns: Option<crate::dns::DnsConfig>,
    /// The log path that takes the lines of this HAProxy: its counters are told with those of the agent. Nothing by default.
    #[cfg(feature = "logs")]
    pub logs: Option<crate::logs::LogStatusReader>,
    /// Those who publish what the lines amount to: their counters are told, too. Nothing by default.
    #[cfg(feature = "logs")]
    pub metrics: Option<crate::logs::MetricsStatusReader>,
    /// Limits; the defaults suit most.
    pub limits: Limits,
}

/// The part of the configuration that does not come from the store: `global`, `defaults`, statistics.
#[derive(Debug, Clone)]
pub enum Base {
    /// Vamp's own, from a few options. The HTTP client of Lua programs trusts nobody in it unless
    /// [`http_client_authorities`](BaseOptions::http_client_authorities) names others: reading those of the system would make each reload
    /// about a hundred milliseconds longer. Workers have a [command socket](BaseOptions::stats_socket) in it, `worker.sock` in the runtime
    /// directory where no other is named, so that a new one is known to serve before the master process can be asked about it.
    Standard(Box<BaseOptions>),
    /// The text of a file of the user, read at the start.
    File(PathBuf),
    /// A text of the user.
    Text(String),
}

impl Base {
    /// The text, ending with a line feed; the standard one has this command socket of workers.
    pub(crate) fn text(&self, files: &Files, worker_socket: Option<PathBuf>) -> Result<String> {
        let mut text = match self {
            Self::Standard(options) => {
                let mut options = BaseOptions::clone(options);
                options.stats_socket = worker_socket;
                options.http_client_authorities =
                    options.http_client_authorities.or_else(|| files.no_authority());
                base(&options).to_string()
            }
            Self::File(path) => {
                fs::read_to_string(path).map_err(|source| Error::file("read", path, source))?
            }
            Self::Text(text) => text.clone(),
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(text)
    }
}

/// Bounds of what the agent does. All durations must be longer than zero.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// A reload waits until no change came for this long, except for the first after a quiet time. Default 50 ms.
    pub quiet: Duration,
    /// Changes without end are reloaded after this long all the same. Default 1 s.
    pub settle: Duration,
    /// From the begin of one reload to the begin of the next. Default 0.7 s. Runtime commands do not wait for it.
    pub reload_interval: Duration,
    /// Reloads wait while this many workers of earlier configurations still serve. Default 10.
    pub old_workers: usize,
    /// How often they are counted while a reload waits for them. Default 0.2 s.
    pub old_worker_poll: Duration,
    /// A reload that is not confirmed after this long has failed. Default 10 s, and a second for each megabyte of the configuration.
    pub reload: Duration,
    /// A start that does not answer after this long has failed. Default 10 s, and a second for each megabyte of the configuration.
    pub start: Duration,
    /// A configuration check that takes longer is given up. Default 30 s, and a second for each megabyte of the configuration.
    pub check: Duration,
    /// Configuration checks that run at the same time. Default 2.
    pub checks: usize,
    /// One command on one of HAProxy's sockets. Default 5 s.
    pub command: Duration,
    /// How long connections to servers that go may take to end; after that a reload takes them out. They get no more requests meanwhile.
    /// Default 1 s.
    pub removal: Duration,
    /// First and longest delay before HAProxy is started again after a crash, and before a reload that HAProxy failed
    /// is tried again. Default 0.1 s and 5 s.
    pub retry: (Duration, Duration),
    /// Share of the backends, 0 to 1, that a value may drop without saying that this is meant. Default 0.5; 1 lets all
    /// pass.
    pub largest_shrink: f64,
    /// How long the agent's entry in the store outlives it. Default 15 s.
    pub lease: Duration,
    /// How often the store is read even if the watch said nothing, and HAProxy looked at. Default 30 s.
    pub safety_pass: Duration,
    /// HAProxy's output file is rotated beyond this many bytes. Default 1 MiB.
    pub output: u64,
    /// How long HAProxy may finish its connections when it is asked to stop, before it is told to. Default 10 s.
    pub graceful_stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(50),
            settle: Duration::from_secs(1),
            reload_interval: Duration::from_millis(700),
            old_workers: 10,
            old_worker_poll: Duration::from_millis(200),
            reload: Duration::from_secs(10),
            start: Duration::from_secs(10),
            check: Duration::from_secs(30),
            checks: 2,
            command: Duration::from_secs(5),
            removal: Duration::from_secs(1),
            retry: (Duration::from_millis(100), Duration::from_secs(5)),
            largest_shrink: 0.5,
            lease: Duration::from_secs(15),
            safety_pass: Duration::from_secs(30),
            output: 1024 * 1024,
            graceful_stop: Duration::from_secs(10),
        }
    }
}

impl AgentConfig {
    /// The settings with all defaults.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        id: impl Into<String>,
        state_directory: impl Into<PathBuf>,
        runtime_directory: impl Into<PathBuf>,
        base: Base,
    ) -> Self {
        let id = id.into();
        Self {
            name: name.into(),
            host: id.clone(),
            id,
            state_directory: state_directory.into(),
            runtime_directory: runtime_directory.into(),
            haproxy: PathBuf::from("haproxy"),
            base,
            believe_first: false,
            #[cfg(feature = "http")]
            status_address: None,
            #[cfg(feature = "http")]
            store_measures: None,
            #[cfg(feature = "dns")]
            dns: None,
            #[cfg(feature = "logs")]
            logs: None,
            #[cfg(feature = "logs")]
            metrics: None,
            limits: Limits::default(),
        }
    }

    /// HAProxy's command socket of the master process.
    #[must_use]
    pub fn master_socket(&self) -> PathBuf {
        self.runtime_directory.join("master.sock")
    }

    /// The command socket of HAProxy's newest worker, where the base is known to have one: the standard one has.
    #[must_use]
    pub fn worker_socket(&self) -> Option<PathBuf> {
        match &self.base {
            Base::Standard(options) => {
                let own = options.stats_socket.clone();
                Some(own.unwrap_or_else(|| self.runtime_directory.join("worker.sock")))
            }
            Base::File(_) | Base::Text(_) => None,
        }
    }

    /// The text of the base, ending with a line feed.
    pub(crate) fn base_text(&self, files: &Files) -> Result<String> {
        self.base.text(files, self.worker_socket())
    }

    /// The file into which HAProxy writes the id of its master process.
    #[must_use]
    pub fn pid_file(&self) -> PathBuf {
        self.runtime_directory.join("haproxy.pid")
    }

    /// Whether the settings can work.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when a directory is not absolute, the runtime directory is so long that a socket of
    /// a gateway would exceed what HAProxy accepts, a limit is zero or out of its range, or two parts of the agent are to listen on one port.
    pub fn validate(&self) -> Result<()> {
        for (name, value) in [("name", &self.name), ("id", &self.id)] {
            if value.is_empty() || value.contains('/') {
                return Err(invalid(name, "must not be empty nor contain a slash"));
            }
        }
        for (name, path) in [
            ("state_directory", &self.state_directory),
            ("runtime_directory", &self.runtime_directory),
        ] {
            if !path.is_absolute() {
                return Err(invalid(
                    name,
                    &format!("must be an absolute path, not {}", path.display()),
                ));
            }
        }
        validate_socket_directory(&self.runtime_directory)?;
        #[cfg(feature = "dns")]
        self.validate_dns()?;
        self.limits.validate()
    }

    /// The port of the responder is nobody else's: it would take that of the statistics away from HAProxy, which then could not start.
    #[cfg(feature = "dns")]
    fn validate_dns(&self) -> Result<()> {
        let Some(dns) = &self.dns else {
            return Ok(());
        };
        dns.validate()?;
        let statistics = match &self.base {
            Base::Standard(options) => options.statistics.as_ref().map(|statistics| statistics.address),
            Base::File(_) | Base::Text(_) => None,
        };
        #[cfg(feature = "http")]
        let status = self.status_address;
        #[cfg(not(feature = "http"))]
        let status = None;
        for (whose, address) in [
            ("HAProxy's statistics", statistics),
            ("the agent's status", status),
        ] {
            if address.is_some_and(|address| dns.needs(address)) {
                let message = format!("{} is the port of {whose}, too", dns.listen);
                return Err(invalid("dns.listen", &message));
            }
        }
        Ok(())
    }
}

/// Whether the sockets of gateways can be in a directory.
///
/// # Errors
/// [`ErrorKind::Configuration`] when the path is not absolute, longer than 49 bytes, so that the longest socket would exceed the 97 that
/// HAProxy accepts, or has characters that mean something to HAProxy.
pub fn validate_socket_directory(directory: &Path) -> Result<()> {
    vamp_haproxy::validate_socket_directory(directory).map_err(|source| {
        let message = source.to_string();
        Error::new(
            ErrorKind::Configuration,
            "use the setting",
            "runtime_directory",
            message,
        )
        .caused_by(source)
    })
}

impl Limits {
    /// What HAProxy may take for a configuration of this many bytes where `limit` is given for a small one: it needs about a third of a
    /// second for a megabyte on a machine with nothing else to do.
    pub(crate) fn with_room(limit: Duration, bytes: usize) -> Duration {
        limit + Duration::from_millis(u64::try_from(bytes / 1000).unwrap_or(u64::MAX))
    }

    fn validate(&self) -> Result<()> {
        let durations = [
            ("quiet", self.quiet),
            ("settle", self.settle),
            ("reload_interval", self.reload_interval),
            ("old_worker_poll", self.old_worker_poll),
            ("reload", self.reload),
            ("start", self.start),
            ("check", self.check),
            ("command", self.command),
            ("retry", self.retry.0),
            ("retry", self.retry.1),
            ("lease", self.lease),
            ("safety_pass", self.safety_pass),
            ("graceful_stop", self.graceful_stop),
        ];
        if let Some((name, _)) = durations.iter().find(|(_, duration)| duration.is_zero()) {
            return Err(invalid(name, "must be longer than zero"));
        }
        if self.old_workers == 0 || self.checks == 0 {
            return Err(invalid("old_workers and checks", "must be at least 1"));
        }
        if !(0.0..=1.0).contains(&self.largest_shrink) {
            return Err(invalid("largest_shrink", "must be between 0 and 1"));
        }
        Ok(())
    }
}

fn invalid(setting: &str, message: &str) -> Error {
    Error::new(ErrorKind::Configuration, "use the setting", setting, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(runtime_directory: &str) -> AgentConfig {
        AgentConfig::new(
            "2.4",
            "one",
            "/var/lib/vamp",
            runtime_directory,
            Base::Text(String::new()),
        )
    }

    #[test]
    fn a_runtime_directory_of_49_bytes_is_the_longest() {
        let fits = format!("/{}", "r".repeat(48));
        config(&fits).validate().unwrap();
        let error = config(&format!("{fits}r")).validate().unwrap_err();
        // S02-011: one byte more than a gateway's socket leaves room for is refused when the settings are read.
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("the path has 50 bytes"), "{error}");
    }

    #[test]
    fn limits_out_of_range_are_named() {
        let mut config = config("/run/vamp");
        config.limits.quiet = Duration::ZERO;
        assert!(config.validate().unwrap_err().to_string().contains("quiet"));
        config.limits = Limits {
            largest_shrink: 1.5,
            ..Limits::default()
        };
        assert!(
            config
                .validate()
                .unwrap_err()
                .to_string()
                .contains("largest_shrink")
        );
    }

    #[test]
    fn a_base_always_ends_its_last_line() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::open(directory.path()).unwrap();
        let base = Base::Text("global".to_owned());
        let config = AgentConfig::new("edge", "one", directory.path(), directory.path(), base);
        assert_eq!(config.base_text(&files).unwrap(), "global\n");
    }
}
