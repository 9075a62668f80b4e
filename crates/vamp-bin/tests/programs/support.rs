//! A server in a directory of its own, and what its command line answers.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::servers::ServerProcess;
use vamp_testkit::wait;

/// Longer than anything takes on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// A command that knows nothing of its surroundings.
fn bare(program: &str) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).stdin(Stdio::null());
    command
}

/// A command line of `vamp`.
pub(crate) fn vamp() -> Command {
    bare(env!("CARGO_BIN_EXE_vamp"))
}

/// A command line of `vga`.
pub(crate) fn vga() -> Command {
    bare(env!("CARGO_BIN_EXE_vga"))
}

/// What a command did: its status, what it printed, what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// All of it, for snapshots.
    pub(crate) fn shown(&self) -> String {
        format!(
            "status {}\n--- out\n{}--- err\n{}",
            self.status, self.out, self.err
        )
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.status, 0, "{}", self.shown());
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.shown()))
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    Ran::of(command.output().unwrap())
}

/// Runs a command with this standard input.
pub(crate) fn run_with(command: &mut Command, input: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

/// A server, everything on 127.0.0.1 and on leased ports. Dropping it takes everything down.
pub(crate) struct Server {
    // The process first, then what it uses.
    process: ServerProcess,
    pub(crate) directory: TempDir,
    pub(crate) api: Lease,
    pub(crate) statistics: Lease,
    gateways: Vec<Lease>,
    instances: Vec<Lease>,
    flags: Vec<String>,
    /// The runtime directory of agents elsewhere.
    pub(crate) runtime: Option<String>,
}

impl Server {
    /// A server with further flags, and its API served.
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let mut server = Self::prepared(flags);
        server.start_again().await;
        server
    }

    /// A server that is not started yet.
    pub(crate) fn prepared(flags: &[&str]) -> Self {
        let directory = tempfile::Builder::new().prefix("vamp-").tempdir().unwrap();
        Self {
            process: ServerProcess::new("vamp", directory.path().join("vamp.log")),
            directory,
            api: ports::lease().unwrap(),
            statistics: ports::lease().unwrap(),
            gateways: ports::lease_range(8).unwrap(),
            instances: ports::lease_range(8).unwrap(),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            runtime: None,
        }
    }

    /// Flags for when it is started again.
    pub(crate) fn add_flags(&mut self, flags: &[&str]) {
        self.flags.extend(flags.iter().map(|flag| (*flag).to_owned()));
    }

    pub(crate) async fn start_again(&mut self) {
        let ready = self.ready_file();
        // One that was killed has left it.
        let _ = std::fs::remove_file(&ready);
        self.process.start(self.command()).unwrap();
        self.process
            .ready_within(LIMIT, || async { ready.is_file() })
            .await
            .unwrap();
    }

    /// The command line that starts it.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.on_this_state();
        let range = |ports: &[Lease]| format!("{}-{}", ports[0].number(), ports[ports.len() - 1].number());
        command
            .args(["--listen", &self.api.address().to_string()])
            .args(["--statistics", &self.statistics.address().to_string()])
            .args(["--gateway-bind", "127.0.0.1", "--virtual-hosts", "off"])
            .args(["--port-range", &range(&self.gateways)])
            .args(["--instance-ports", &range(&self.instances)])
            .arg("--ready-file")
            .arg(self.ready_file())
            .args(&self.flags);
        command
    }

    /// `vamp serve` on its directories.
    pub(crate) fn on_this_state(&self) -> Command {
        let mut command = vamp();
        command
            .arg("serve")
            .arg("--state-dir")
            .arg(self.path("state"))
            .arg("--runtime-dir");
        match &self.runtime {
            Some(directory) => command.arg(directory),
            None => command.arg(self.path("run")),
        };
        command
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn ready_file(&self) -> PathBuf {
        self.path("ready.json")
    }

    pub(crate) fn gateway_port(&self) -> u16 {
        self.gateways[0].number()
    }

    pub(crate) fn instance_port(&self) -> u16 {
        self.instances[0].number()
    }

    pub(crate) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    pub(crate) fn log(&self) -> String {
        self.process.log_tail()
    }

    pub(crate) async fn stop(&mut self) {
        self.process.stop(LIMIT).await.unwrap();
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        self.process.signal(signal).unwrap();
    }

    pub(crate) fn freeze(&self) {
        self.process.freeze().unwrap();
    }

    pub(crate) fn thaw(&self) {
        self.process.thaw().unwrap();
    }

    /// Runs a command of the command line against it.
    pub(crate) fn client(&self, arguments: &[&str]) -> Ran {
        run(&mut self.client_command(arguments))
    }

    pub(crate) fn client_command(&self, arguments: &[&str]) -> Command {
        let mut command = vamp();
        command
            .env("VAMP_HOST", format!("http://{}", self.api.address()))
            .current_dir(self.directory.path());
        command.args(arguments);
        command
    }

    /// Writes a file beside the state of the server.
    pub(crate) fn file(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// HAProxy's master process.
    pub(crate) fn haproxy(&self) -> Option<u32> {
        haproxy_in(&self.path("run"))
    }

    pub(crate) async fn haproxy_serves(&self) {
        serves(self.statistics.address()).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- the log of vamp ----\n{}", self.log());
        }
        let _ = self.process.kill();
        let _ = run(self.on_this_state().arg("--stop-all"));
    }
}

/// The process id in HAProxy's own file, if that process runs.
pub(crate) fn haproxy_in(runtime_directory: &Path) -> Option<u32> {
    let text = fs::read_to_string(runtime_directory.join("haproxy.pid")).ok()?;
    text.trim().parse().ok().filter(|pid| is_running(*pid))
}

/// Whether there is such a process.
pub(crate) fn is_running(pid: u32) -> bool {
    vamp_io::process::ProcessIdentity::of(pid).is_some()
}

/// Waits until HAProxy answers the health path of its statistics page.
pub(crate) async fn serves(statistics: SocketAddr) {
    let url = format!("http://{statistics}/health");
    wait::until(LIMIT, || async { health(&url).await }).await.unwrap();
}

/// Whether HAProxy answers there.
async fn health(url: &str) -> bool {
    let client = vamp_io::http::client(vamp_io::http::Options::default()).unwrap();
    client
        .get(url)
        .send()
        .await
        .is_ok_and(|answer| answer.status().is_success())
}
