//! `vamp serve`, and everything that it runs.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use rustix::process::Signal;
use tempfile::TempDir;

use super::{ServerProcess, place};
use crate::{Error, ports, ports::Lease, programs};

/// Ports that the instances of a test get theirs from.
const INSTANCE_PORTS: u16 = 24;

const READY_WITHIN: Duration = Duration::from_secs(20);
const STOPPED_WITHIN: Duration = Duration::from_secs(20);

/// How server and agent meet.
#[derive(Debug, Clone)]
pub struct ThroughStore {
    /// The store's URL, without a base: `etcd://127.0.0.1:2379`.
    pub url: String,
    /// The key below which the server writes, such as `/vamp/test`.
    pub base: String,
    /// The [runtime directory](super::Vga::runtime_directory) of the agent: the configuration names sockets in it.
    pub runtime_directory: PathBuf,
}

/// How a [`Vamp`] is started.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VampOptions {
    /// A gateway agent of its own, a [`Vga`](super::Vga), serves the gateways. Without it the store is in memory and the agent in
    /// the server's process.
    pub store: Option<ThroughStore>,
    /// The part of HAProxy's configuration before the gateways, in place of Vamp's own.
    pub haproxy_base: Option<PathBuf>,
    /// So many ports are leased for gateways that get theirs from the range. Default: 24.
    pub gateway_ports: u16,
    /// Whether virtual hosts are served, at an address of the server's own. Default: they are.
    pub virtual_hosts: bool,
}

impl Default for VampOptions {
    fn default() -> Self {
        Self {
            store: None,
            haproxy_base: None,
            gateway_ports: 24,
            virtual_hosts: true,
        }
    }
}

impl VampOptions {
    /// Everything embedded in one process.
    #[must_use]
    pub fn embedded() -> Self {
        Self::default()
    }

    /// Through a store, with an agent of its own.
    #[must_use]
    pub fn through_store(store: ThroughStore) -> Self {
        Self {
            store: Some(store),
            ..Self::default()
        }
    }
}

/// A real server in a state directory of its own, everything on 127.0.0.1 and on leased ports.
///
/// Instances and HAProxy outlive the server's process, as they should; dropping this value takes them down, too.
#[derive(Debug)]
pub struct Vamp {
    // Dropped in this order: the processes have to be gone before their directory and their ports are.
    process: ServerProcess,
    directory: TempDir,
    options: VampOptions,
    api: Lease,
    statistics: Lease,
    virtual_hosts: Lease,
    gateways: Vec<Lease>,
    instances: Vec<Lease>,
    outside: Lease,
}

impl Vamp {
    /// Starts a server with nothing in it and waits until its API answers.
    ///
    /// # Errors
    /// [`Error::NotBuilt`] without the program `vamp`, [`Error::Server`] when it does not become ready.
    pub async fn start(options: VampOptions) -> Result<Self, Error> {
        let directory = place("vamp-server-")?;
        let process = ServerProcess::new("vamp", directory.path().join("vamp.log"));
        let mut vamp = Self {
            process,
            directory,
            api: ports::lease()?,
            statistics: ports::lease()?,
            virtual_hosts: ports::lease()?,
            gateways: ports::lease_range(options.gateway_ports)?,
            instances: ports::lease_range(INSTANCE_PORTS)?,
            outside: ports::lease()?,
            options,
        };
        vamp.start_again().await?;
        Ok(vamp)
    }

    /// Starts it again after [`Vamp::kill`] or [`Vamp::stop`], on the same state, and waits until its API answers.
    ///
    /// # Errors
    /// As [`Vamp::start`].
    pub async fn start_again(&mut self) -> Result<(), Error> {
        let ready = self.ready_file();
        // What an earlier process wrote says nothing of this one.
        match fs::remove_file(&ready) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &ready)(error));
            }
            _ => {}
        }
        self.process.start(self.serve()?)?;
        self.process
            .ready_within(READY_WITHIN, || {
                let is_there = ready.exists();
                async move { is_there }
            })
            .await
    }

    /// The URL of the server, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.api.address())
    }

    /// HAProxy's statistics page.
    #[must_use]
    pub fn statistics(&self) -> SocketAddr {
        self.statistics.address()
    }

    /// Where the virtual hosts are served.
    #[must_use]
    pub fn virtual_hosts(&self) -> SocketAddr {
        self.virtual_hosts.address()
    }

    /// A free address for a gateway of the test: what clients ask.
    #[must_use]
    pub fn gateway(&self) -> SocketAddr {
        self.outside.address()
    }

    /// The server's state: artifacts, records of the instances, HAProxy's configuration.
    #[must_use]
    pub fn state_directory(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// The sockets of HAProxy: the server's own, or the agent's.
    #[must_use]
    pub fn runtime_directory(&self) -> PathBuf {
        match &self.options.store {
            Some(store) => store.runtime_directory.clone(),
            None => self.directory.path().join("run"),
        }
    }

    /// HAProxy's master socket, where the agent is embedded.
    #[must_use]
    pub fn master_socket(&self) -> PathBuf {
        self.runtime_directory().join("master.sock")
    }

    /// The configuration on disk of the embedded agent, which is the one that HAProxy runs; empty before there is one.
    #[must_use]
    pub fn configuration(&self) -> String {
        let file = self.state_directory().join("haproxy").join("haproxy.cfg");
        fs::read_to_string(file).unwrap_or_default()
    }

    /// The process id of the server while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// SIGKILL to the server's process; instances and HAProxy go on.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.process.kill()
    }

    /// SIGTERM to the server's process, and waits until it is gone; instances and HAProxy go on.
    ///
    /// # Errors
    /// [`Error::Server`] when it still runs after twenty seconds; it is killed then.
    pub async fn stop(&mut self) -> Result<(), Error> {
        self.process.stop(STOPPED_WITHIN).await
    }

    /// SIGSTOP to the server's process: connections stay open, nothing is answered and nothing written.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn freeze(&self) -> Result<(), Error> {
        self.process.freeze()
    }

    /// SIGCONT to the server's process: it goes on where it was frozen.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn thaw(&self) -> Result<(), Error> {
        self.process.thaw()
    }

    /// Sends `signal` to the server's process.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn signal(&self, signal: Signal) -> Result<(), Error> {
        self.process.signal(signal)
    }

    /// Ends the server and then everything that it ran: `vamp serve --stop-all`.
    ///
    /// # Errors
    /// [`Error::Server`] when something still runs afterwards.
    pub async fn stop_all(&mut self) -> Result<(), Error> {
        self.stop().await?;
        self.take_down()
    }

    /// All of its log.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("vamp.log")).unwrap_or_default()
    }

    /// The last lines of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }

    /// A command line of the client `vamp` that talks to this server.
    ///
    /// # Errors
    /// [`Error::NotBuilt`] without the program.
    pub fn client(&self) -> Result<Command, Error> {
        let mut command = Command::new(programs::find("vamp")?);
        command.args(["--server", &self.url()]);
        Ok(command)
    }

    fn serve(&self) -> Result<Command, Error> {
        let vamp = programs::find("vamp")?;
        let mut command = self.on_this_state(&vamp);
        command
            .args(["--listen", &self.api.address().to_string()])
            .args(["--gateway-bind", "127.0.0.1"])
            .args(["--port-range", &range(&self.gateways)])
            .args(["--instance-ports", &range(&self.instances)]);
        if let Some(programs) = programs::find("sample-service")?.parent() {
            command.arg("--program-dir").arg(programs);
        }
        command.args(["--statistics", &self.statistics.address().to_string()]);
        let virtual_hosts = if self.options.virtual_hosts {
            self.virtual_hosts.address().to_string()
        } else {
            "off".to_owned()
        };
        command.args(["--virtual-hosts", &virtual_hosts]);
        command.arg("--ready-file").arg(self.ready_file());
        if let Some(base) = &self.options.haproxy_base {
            command.arg("--haproxy-base").arg(base);
        }
        if let Some(store) = &self.options.store {
            command
                .args(["--kv", &store.url, "--kv-base", &store.base])
                .args(["--agent", "off"]);
        }
        Ok(command)
    }

    /// Written by the server once its API answers.
    fn ready_file(&self) -> PathBuf {
        self.directory.path().join("ready.json")
    }

    /// `vamp serve` with the directories of this server.
    fn on_this_state(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.arg("serve");
        command.arg("--state-dir").arg(self.state_directory());
        command.arg("--runtime-dir").arg(self.runtime_directory());
        command
    }

    fn take_down(&self) -> Result<(), Error> {
        let vamp = programs::find("vamp")?;
        let output = self
            .on_this_state(&vamp)
            .arg("--stop-all")
            .stdin(Stdio::null())
            .output()
            .map_err(Error::io("start", &vamp))?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::Server {
            server: "vamp",
            what: format!("could not take everything down: {}", output.status),
            log: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

impl Drop for Vamp {
    fn drop(&mut self) {
        // A failing test shows the log of the server; what its instances said is in the state directory until now.
        if std::thread::panicking() {
            super::process::show_files(
                &self.state_directory().join("haproxy"),
                &["haproxy.log", "output.log"],
            );
        }
        // Nothing is left to be done about a kernel that refuses to end a child of ours, and nobody is there to be told.
        let _ = self.process.kill();
        let _ = self.take_down();
    }
}

/// `12000-12023`.
fn range(leases: &[Lease]) -> String {
    let first = leases.first().map_or(0, Lease::number);
    let last = leases.last().map_or(0, Lease::number);
    format!("{first}-{last}")
}
