//! `vga`, the gateway agent as a process of its own, with an HAProxy of its own.

use std::collections::BTreeSet;
use std::{net::SocketAddr, path::PathBuf, process::Command, time::Duration};

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use super::{ServerProcess, masters_of, place};
use crate::{Error, ports, ports::Lease, probe, programs, wait};

const READY_WITHIN: Duration = Duration::from_secs(20);
const STOPPED_WITHIN: Duration = Duration::from_secs(20);

/// A real gateway agent that takes its configuration from a store. Dropping it ends its HAProxy, too.
#[derive(Debug)]
pub struct Vga {
    // Dropped in this order: the processes have to be gone before their directory and their ports are.
    process: ServerProcess,
    directory: TempDir,
    store: String,
    base: String,
    haproxy_base: Option<PathBuf>,
    statistics: Lease,
    more: Vec<String>,
}

impl Vga {
    /// Starts an agent of the configuration below `base`, such as `/vamp/test`, in the store of this URL, such as
    /// `etcd://127.0.0.1:2379`, and waits until its HAProxy serves the
    /// statistics page.
    ///
    /// # Errors
    /// [`Error::NotBuilt`] without the program `vga`, [`Error::Server`] when it does not become ready.
    pub async fn start(store: &str, base: &str, haproxy_base: Option<PathBuf>) -> Result<Self, Error> {
        Self::start_with(store, base, haproxy_base, &[]).await
    }

    /// The same with more arguments.
    ///
    /// # Errors
    /// As [`Vga::start`].
    pub async fn start_with(
        store: &str,
        base: &str,
        haproxy_base: Option<PathBuf>,
        arguments: &[&str],
    ) -> Result<Self, Error> {
        Self::start_at(ports::lease()?, store, base, haproxy_base, arguments).await
    }

    /// The same with the statistics page at this port: a base of the test's own has to name it.
    ///
    /// # Errors
    /// As [`Vga::start`].
    pub async fn start_at(
        statistics: Lease,
        store: &str,
        base: &str,
        haproxy_base: Option<PathBuf>,
        arguments: &[&str],
    ) -> Result<Self, Error> {
        let directory = place("vamp-vga-")?;
        let process = ServerProcess::new("vga", directory.path().join("vga.log"));
        let mut vga = Self {
            process,
            directory,
            store: store.to_owned(),
            base: base.to_owned(),
            haproxy_base,
            statistics,
            more: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        };
        vga.start_again().await?;
        Ok(vga)
    }

    /// Starts it again after [`Vga::kill`] or [`Vga::stop`], and waits until HAProxy serves the statistics page.
    ///
    /// # Errors
    /// As [`Vga::start`].
    pub async fn start_again(&mut self) -> Result<(), Error> {
        self.begin()?;
        let statistics = self.statistics.address();
        self.process
            .ready_within(READY_WITHIN, || async move {
                let answer = probe::get(statistics, "/health").await;
                answer.is_some_and(|answer| answer.contains(" 200 "))
            })
            .await
    }

    /// The same without waiting for anything.
    ///
    /// # Errors
    /// As [`Vga::start`].
    pub fn begin(&mut self) -> Result<(), Error> {
        self.process.start(self.command()?)
    }

    /// HAProxy's statistics page.
    #[must_use]
    pub fn statistics(&self) -> SocketAddr {
        self.statistics.address()
    }

    /// HAProxy's master socket.
    #[must_use]
    pub fn master_socket(&self) -> PathBuf {
        self.runtime_directory().join("master.sock")
    }

    /// The process id of the agent while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// SIGKILL to the agent; its HAProxy goes on.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.process.kill()
    }

    /// SIGTERM to the agent, and waits until it is gone; its HAProxy goes on.
    ///
    /// # Errors
    /// [`Error::Server`] when it still runs after twenty seconds; it is killed then.
    pub async fn stop(&mut self) -> Result<(), Error> {
        self.process.stop(STOPPED_WITHIN).await
    }

    /// The process id of HAProxy's master process, as long as it runs.
    #[must_use]
    pub fn haproxy(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.runtime_directory().join("haproxy.pid")).ok()?;
        let pid = text.lines().next()?.trim().parse().ok()?;
        wait::is_running(pid).then_some(pid)
    }

    /// The master processes that run with the agent's configuration, whether the agent knows of them or not, without checks of it.
    #[must_use]
    pub fn haproxies(&self) -> BTreeSet<u32> {
        masters_of(&self.state_directory().join("haproxy.cfg"))
    }

    /// The configuration on disk, which is the one that HAProxy runs; empty before there is one.
    #[must_use]
    pub fn configuration(&self) -> String {
        let file = self.state_directory().join("haproxy.cfg");
        std::fs::read_to_string(file).unwrap_or_default()
    }

    /// The agent's own records, and the configuration on disk.
    #[must_use]
    pub fn state_directory(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// All of its log.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("vga.log")).unwrap_or_default()
    }

    /// The last lines of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }

    /// The sockets of its HAProxy.
    #[must_use]
    pub fn runtime_directory(&self) -> PathBuf {
        self.directory.path().join("run")
    }

    fn command(&self) -> Result<Command, Error> {
        let mut command = Command::new(programs::find("vga")?);
        let key = format!("{}/gateways/haproxy/2.4/configuration", self.base);
        command
            .args(["--store", &self.store])
            .args(["--storeKey", &key])
            .args(["--statistics", &self.statistics.address().to_string()]);
        command.arg("--state-dir").arg(self.state_directory());
        command.arg("--runtime-dir").arg(self.runtime_directory());
        if let Some(base) = &self.haproxy_base {
            command.arg("--haproxy-base").arg(base);
        }
        command.args(&self.more);
        Ok(command)
    }
}

impl Drop for Vga {
    fn drop(&mut self) {
        // Nothing is left to be done about a kernel that refuses, and nobody is there to be told.
        let _ = self.process.kill();
        let pids = self.haproxies().into_iter();
        for pid in pids.filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
            let _ = rustix::process::kill_process(pid, Signal::TERM);
        }
    }
}
