//! The Docker engine, with images of its own, and containers in the network of the machine.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use super::{ServerProcess, place};
use crate::{Error, skip};

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// A real Docker engine with nothing in it; gone, with its images and containers, when it is dropped.
///
/// It needs root. It has no bridge and changes no firewall: containers take `--network host`.
#[derive(Debug)]
pub struct Docker {
    // Dropped in this order: the process has to be gone before its directory is.
    process: ServerProcess,
    directory: TempDir,
}

impl Docker {
    /// Starts an engine and waits until it answers.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without the program (see [`skip::without`]), [`Error::Server`] when it does not become ready.
    pub async fn start() -> Result<Self, Error> {
        let directory = place("vamp-docker-")?;
        let process = ServerProcess::new("dockerd", directory.path().join("dockerd.log"));
        let mut docker = Self { process, directory };
        // Not the settings of the machine.
        let settings = docker.settings();
        std::fs::write(&settings, "{}").map_err(Error::io("write", &settings))?;
        docker.process.start(docker.daemon()?)?;
        let client = docker.client()?;
        let socket = docker.socket();
        docker
            .process
            .ready_within(READY_WITHIN, || {
                let is_ready = socket.exists() && answers(&client, &socket);
                async move { is_ready }
            })
            .await?;
        Ok(docker)
    }

    /// A command line of the client `docker` that talks to this engine.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without the program.
    pub fn command(&self, arguments: &[&str]) -> Result<Command, Error> {
        let mut command = Command::new(self.client()?);
        command
            .arg("--host")
            .arg(format!("unix://{}", self.socket().display()))
            .args(arguments)
            .stdin(Stdio::null())
            // Neither contexts nor logins of whoever runs the test.
            .env("DOCKER_CONFIG", self.directory.path().join("client"))
            // The builder that comes with the engine; the other is a package of its own.
            .env("DOCKER_BUILDKIT", "0")
            .env_remove("DOCKER_HOST")
            .env_remove("DOCKER_CONTEXT");
        Ok(command)
    }

    /// Runs `docker` with these arguments to its end, and gives what it printed.
    ///
    /// # Errors
    /// [`Error::Server`] with what it said when it failed.
    pub fn run(&self, arguments: &[&str]) -> Result<String, Error> {
        let mut command = self.command(arguments)?;
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().map_err(Error::io("start", "docker"))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if status.success() {
            return Ok(text(&stdout));
        }
        Err(Error::Server {
            server: "docker",
            what: format!("{}: {status}", arguments.join(" ")),
            log: format!("{}\n{}", text(&stdout), text(&stderr)),
        })
    }

    /// Makes an image of the root directory that this archive holds.
    ///
    /// # Errors
    /// As [`Docker::run`].
    pub fn import(&self, archive: &Path, name: &str) -> Result<(), Error> {
        self.run(&["import", &archive.display().to_string(), name])
            .map(drop)
    }

    /// What a container said, both ways.
    ///
    /// # Errors
    /// As [`Docker::run`].
    pub fn logs(&self, container: &str) -> Result<String, Error> {
        let mut command = self.command(&["logs", container])?;
        let output = command.output().map_err(Error::io("start", "docker"))?;
        let said = [output.stdout, output.stderr].concat();
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("docker.sock")
    }

    fn settings(&self) -> PathBuf {
        self.directory.path().join("daemon.json")
    }

    fn client(&self) -> Result<PathBuf, Error> {
        skip::find("docker")
    }

    fn daemon(&self) -> Result<Command, Error> {
        let at = |name: &str| self.directory.path().join(name);
        let mut command = Command::new(skip::find("dockerd")?);
        command
            .arg("--host")
            .arg(format!("unix://{}", self.socket().display()))
            .arg("--data-root")
            .arg(at("data"))
            .arg("--exec-root")
            .arg(at("exec"))
            .arg("--pidfile")
            .arg(at("docker.pid"))
            .arg("--config-file")
            .arg(self.settings())
            .args(["--bridge", "none", "--iptables=false", "--ip6tables=false"]);
        Ok(command)
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        // Nothing is left to be done about an engine that does not answer: its process is killed below.
        let containers = self.run(&["ps", "--all", "--quiet"]).unwrap_or_default();
        for container in containers.lines() {
            if std::thread::panicking() {
                super::process::show(container, &self.logs(container).unwrap_or_default());
            }
            let _ = self.run(&["rm", "--force", "--volumes", container]);
        }
        // Its containerd, which is a process of its own, ends only with an engine that is asked to.
        let _ = self.process.signal(rustix::process::Signal::TERM);
        let _ = self.process.wait(STOPPED_WITHIN);
    }
}

fn answers(client: &Path, socket: &Path) -> bool {
    Command::new(client)
        .arg("--host")
        .arg(format!("unix://{}", socket.display()))
        .arg("version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
