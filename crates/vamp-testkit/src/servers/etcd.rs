//! etcd: one member, on disk.

use std::{net::SocketAddr, path::PathBuf, process::Command, time::Duration};

use tempfile::TempDir;

use super::{ServerProcess, place};
use crate::{Error, ports, ports::Lease, probe, skip};

/// A single member elects itself in well under a second; the rest is for a machine under load.
const READY_WITHIN: Duration = Duration::from_secs(30);
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

/// How an [`Etcd`] is started.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct EtcdOptions {
    /// Clients come over TLS, to a server with this certificate and key, and with a certificate of this authority.
    pub tls: Option<EtcdTls>,
    /// Flags beside the usual ones.
    pub flags: Vec<String>,
}

/// The files of an encrypted [`Etcd`].
#[derive(Debug, Clone)]
pub struct EtcdTls {
    /// Certificate of the server.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authority whose certificates clients must have.
    pub clients: PathBuf,
}

/// A real etcd, ready to be used; gone, with its data, when it is dropped.
#[derive(Debug)]
pub struct Etcd {
    // Dropped in this order: the process has to be gone before its directory and its ports are.
    process: ServerProcess,
    directory: TempDir,
    client: Lease,
    peer: Lease,
    /// Where it says how it is, whoever asks.
    metrics: Lease,
    options: EtcdOptions,
}

impl Etcd {
    /// Starts an etcd with no data and waits until it answers.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without the program (see [`skip::without`]), [`Error::Server`] when it does not become ready.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(EtcdOptions::default()).await
    }

    /// The same, started so.
    ///
    /// # Errors
    /// As [`Etcd::start`].
    pub async fn start_with(options: EtcdOptions) -> Result<Self, Error> {
        let directory = place("vamp-etcd-")?;
        let process = ServerProcess::new("etcd", directory.path().join("etcd.log"));
        let mut etcd = Self {
            process,
            directory,
            client: ports::lease()?,
            peer: ports::lease()?,
            metrics: ports::lease()?,
            options,
        };
        etcd.start_again().await?;
        Ok(etcd)
    }

    /// Starts it again after [`Etcd::kill`] or [`Etcd::stop`], on the same ports and with the data it had, and waits until it answers.
    ///
    /// # Errors
    /// As [`Etcd::start`].
    pub async fn start_again(&mut self) -> Result<(), Error> {
        self.process.start(self.command()?)?;
        let address = self.metrics.address();
        self.process
            .ready_within(READY_WITHIN, || is_healthy(address))
            .await
    }

    /// The same after [`Etcd::kill`], without the data it had: its revisions begin anew.
    ///
    /// # Errors
    /// As [`Etcd::start`], and [`Error::Io`] when the data cannot be removed.
    pub async fn start_empty(&mut self) -> Result<(), Error> {
        self.process.kill()?;
        let data = self.directory.path().join("data");
        std::fs::remove_dir_all(&data).map_err(Error::io("remove", &data))?;
        self.start_again().await
    }

    /// The URL for clients: `http://127.0.0.1:<port>`, with TLS `https`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let scheme = if self.options.tls.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address())
    }

    /// The URL by which a store names it: `etcd://127.0.0.1:<port>`.
    #[must_use]
    pub fn store_url(&self) -> String {
        format!("etcd://{}", self.address())
    }

    /// The address for clients.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.client.address()
    }

    /// True if it has a leader and answers within a second.
    pub async fn is_healthy(&self) -> bool {
        is_healthy(self.metrics.address()).await
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
        let client = self.endpoint();
        let peer = format!("http://{}", self.peer.address());
        let mut command = Command::new(skip::find("etcd")?);
        command.current_dir(self.directory.path());
        command.args([
            "--name",
            "local",
            "--data-dir",
            "data",
            "--logger",
            "zap",
            "--log-outputs",
            "stderr",
        ]);
        command.args([
            "--listen-client-urls",
            &client,
            "--advertise-client-urls",
            &client,
        ]);
        command.args([
            "--listen-peer-urls",
            &peer,
            "--initial-advertise-peer-urls",
            &peer,
        ]);
        command.args(["--initial-cluster", &format!("local={peer}")]);
        command.arg("--listen-metrics-urls");
        command.arg(format!("http://{}", self.metrics.address()));
        if let Some(tls) = &self.options.tls {
            command.arg("--cert-file").arg(&tls.certificate);
            command.arg("--key-file").arg(&tls.key);
            command
                .arg("--client-cert-auth")
                .arg("--trusted-ca-file")
                .arg(&tls.clients);
        }
        command.args(&self.options.flags);
        // Variables like ETCD_NAME would override what is set above.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ETCD_")) {
            command.env_remove(name);
        }
        Ok(command)
    }
}

async fn is_healthy(address: SocketAddr) -> bool {
    probe::get(address, "/health")
        .await
        .is_some_and(|answer| answer.contains(r#""health":"true""#))
}
