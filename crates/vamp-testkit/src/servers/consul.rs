//! Consul: one server, on disk, with what the test sets beside.

use std::{fs, net::SocketAddr, process::Command, time::Duration};

use tempfile::TempDir;

use super::{ServerProcess, place};
use crate::{Error, ports, ports::Lease, probe, skip};

/// A single server elects itself within a few seconds; the rest is for a machine under load.
const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

const DATA: &str = "data";

/// What differs from a server that lets everybody in.
#[derive(Debug, Clone, Default)]
pub struct ConsulOptions {
    /// Further configuration, in Consul's own language (HCL).
    pub settings: String,
    /// The token that the readiness check comes with, where tokens are demanded.
    pub token: Option<String>,
    /// Whether it listens for `https` on [`Consul::https_address`] too; the certificates are set by
    /// [`settings`](Self::settings).
    pub https: bool,
}

/// A real Consul, ready to be used; gone, with its data, when it is dropped.
#[derive(Debug)]
pub struct Consul {
    // Dropped in this order: the process has to be gone before its directory and its ports are.
    process: ServerProcess,
    directory: TempDir,
    options: ConsulOptions,
    http: Lease,
    https: Lease,
    server: Lease,
    serf: Lease,
}

impl Consul {
    /// Starts a Consul with no data and waits until it answers.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without the program (see [`skip::without`]), [`Error::Server`] when it does not become ready.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(ConsulOptions::default()).await
    }

    /// Starts a Consul with no data and these options, and waits until it answers.
    ///
    /// # Errors
    /// As [`Consul::start`].
    pub async fn start_with(options: ConsulOptions) -> Result<Self, Error> {
        let directory = place("vamp-consul-")?;
        let settings = directory.path().join("settings.hcl");
        fs::write(&settings, &options.settings).map_err(Error::io("write", &settings))?;
        let process = ServerProcess::new("consul", directory.path().join("consul.log"));
        let mut consul = Self {
            process,
            directory,
            options,
            http: ports::lease()?,
            https: ports::lease()?,
            server: ports::lease()?,
            serf: ports::lease()?,
        };
        consul.start_again().await?;
        Ok(consul)
    }

    /// Starts it again after [`Consul::kill`] or [`Consul::stop`], on the same ports and with the data it had, and waits until it
    /// answers.
    ///
    /// # Errors
    /// As [`Consul::start`].
    pub async fn start_again(&mut self) -> Result<(), Error> {
        self.process.start(self.command()?)?;
        let address = self.address();
        let token = self.options.token.clone().unwrap_or_default();
        self.process
            .ready_within(READY_WITHIN, || is_healthy(address, &token))
            .await
    }

    /// As [`Consul::start_again`], without the data it had: its index begins anew.
    ///
    /// # Errors
    /// As [`Consul::start`], and [`Error::Io`] when the data cannot be removed.
    pub async fn start_empty(&mut self) -> Result<(), Error> {
        self.process.kill()?;
        let data = self.directory.path().join(DATA);
        fs::remove_dir_all(&data).map_err(Error::io("remove", &data))?;
        self.start_again().await
    }

    /// The URL for clients: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The address for clients without TLS.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.http.address()
    }

    /// The address for clients with TLS, where [`ConsulOptions::https`] is set.
    #[must_use]
    pub const fn https_address(&self) -> SocketAddr {
        self.https.address()
    }

    /// True if it has a leader and carries out a write within a second.
    pub async fn is_healthy(&self) -> bool {
        is_healthy(self.address(), self.options.token.as_deref().unwrap_or_default()).await
    }

    /// SIGKILL; its data stays.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.process.kill()
    }

    /// SIGTERM, and waits until it is gone; its data stays.
    ///
    /// # Errors
    /// [`Error::Server`] when it still runs after ten seconds; it is killed then.
    pub async fn stop(&mut self) -> Result<(), Error> {
        self.process.stop(STOPPED_WITHIN).await
    }

    /// SIGSTOP: connections stay open, nothing is answered.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn freeze(&self) -> Result<(), Error> {
        self.process.freeze()
    }

    /// SIGCONT: goes on where it was frozen.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn thaw(&self) -> Result<(), Error> {
        self.process.thaw()
    }

    /// The last lines of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }

    fn command(&self) -> Result<Command, Error> {
        let port = |lease: &Lease| lease.number().to_string();
        let https = if self.options.https {
            port(&self.https)
        } else {
            "-1".to_owned()
        };
        let mut command = Command::new(skip::find("consul")?);
        command.current_dir(self.directory.path());
        command.args(["agent", "-server", "-bootstrap-expect", "1", "-node", "local"]);
        command.args(["-data-dir", DATA, "-config-file", "settings.hcl"]);
        command.args(["-bind", "127.0.0.1", "-client", "127.0.0.1", "-log-level", "warn"]);
        command.args(["-http-port", &port(&self.http), "-https-port", &https]);
        command.args(["-server-port", &port(&self.server)]);
        command.args(["-serf-lan-port", &port(&self.serf), "-serf-wan-port", "-1"]);
        command.args(["-grpc-port", "-1", "-grpc-tls-port", "-1", "-dns-port", "-1"]);
        command.arg("-disable-host-node-id");
        for setting in [
            "disable_update_check = true",
            "disable_anonymous_signature = true",
            "performance { raft_multiplier = 1 }",
            "connect { enabled = false }",
        ] {
            command.args(["-hcl", setting]);
        }
        // Variables like CONSUL_HTTP_TOKEN would override what is set above.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CONSUL_"))
        {
            command.env_remove(name);
        }
        Ok(command)
    }
}

/// The address of the leader is told a little too early, and a node is known a little later than keys can be written.
async fn is_healthy(address: SocketAddr, token: &str) -> bool {
    let token = format!("X-Consul-Token: {token}");
    let written = probe::ask(address, "DELETE", "/v1/kv/ready", &token).await;
    if !written.is_some_and(|answer| answer.contains("200 OK") && answer.trim_end().ends_with("true")) {
        return false;
    }
    let nodes = probe::ask(address, "GET", "/v1/catalog/nodes", &token).await;
    nodes.is_some_and(|answer| answer.contains(r#""Node":"local""#))
}
