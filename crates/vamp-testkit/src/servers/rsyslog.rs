//! rsyslog, in the place of Logstash: it writes what it gets into a file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{ServerProcess, place};
use crate::{Error, ports, ports::Lease, skip};

const READY_WITHIN: Duration = Duration::from_secs(30);
const STOPPED_WITHIN: Duration = Duration::from_secs(20);

/// How lines come to a [`Rsyslog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsyslogInput {
    /// A datagram for each line.
    Udp,
    /// Lines one after the other.
    Tcp,
}

/// A real rsyslogd, ready to be used; gone, with its file, when it is dropped.
#[derive(Debug)]
pub struct Rsyslog {
    // Dropped in this order: the process has to be gone before its directory and its port are.
    process: ServerProcess,
    directory: TempDir,
    input: RsyslogInput,
    port: Lease,
}

impl Rsyslog {
    /// Starts an rsyslogd with an empty file and waits until it listens.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without the program (see [`skip::without`]), [`Error::Server`] when it does not become ready.
    pub async fn start(input: RsyslogInput) -> Result<Self, Error> {
        let directory = place("vamp-rsyslog-")?;
        let process = ServerProcess::new("rsyslogd", directory.path().join("rsyslog.log"));
        let mut rsyslog = Self {
            process,
            directory,
            input,
            port: ports::lease()?,
        };
        rsyslog.start_again().await?;
        Ok(rsyslog)
    }

    /// Starts it again after [`Rsyslog::kill`] or [`Rsyslog::stop`], on the same port, and waits until it listens. What it writes follows
    /// what is in the file.
    ///
    /// # Errors
    /// As [`Rsyslog::start`].
    pub async fn start_again(&mut self) -> Result<(), Error> {
        let pid = self.path("pid");
        // One that was killed has left it, and would keep the next one from starting.
        let _ = std::fs::remove_file(&pid);
        self.process.start(self.command()?)?;
        let (input, address) = (self.input, self.address());
        self.process
            .ready_within(READY_WITHIN, || async {
                // It is written once its inputs run.
                let runs = pid.is_file();
                runs && (input == RsyslogInput::Udp || TcpStream::connect(address).await.is_ok())
            })
            .await
    }

    /// Where it takes lines.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// What has come, as it came.
    #[must_use]
    pub fn received(&self) -> String {
        std::fs::read_to_string(self.path("out")).unwrap_or_default()
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.process.kill()
    }

    /// SIGTERM, and waits until it is gone.
    ///
    /// # Errors
    /// [`Error::Server`] when it still runs after twenty seconds; it is killed then.
    pub async fn stop(&mut self) -> Result<(), Error> {
        self.process.stop(STOPPED_WITHIN).await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self) -> Result<Command, Error> {
        let (module, more) = match self.input {
            RsyslogInput::Udp => ("imudp", " rcvbufSize=\"4m\""),
            RsyslogInput::Tcp => ("imtcp", ""),
        };
        let configuration = format!(
            "global(workDirectory=\"{work}\" maxMessageSize=\"16k\")\n\
             module(load=\"{module}\")\n\
             input(type=\"{module}\" address=\"127.0.0.1\" port=\"{port}\"{more})\n\
             template(name=\"raw\" type=\"string\" string=\"%rawmsg%\\n\")\n\
             action(type=\"omfile\" file=\"{out}\" template=\"raw\" flushOnTXEnd=\"on\")\n",
            work = self.directory.path().display(),
            port = self.port.number(),
            out = self.path("out").display(),
        );
        let file = self.path("rsyslog.conf");
        std::fs::write(&file, configuration).map_err(Error::io("write", &file))?;
        let mut command = Command::new(skip::find("rsyslogd")?);
        command
            .arg("-n")
            .arg("-f")
            .arg(file)
            .arg("-i")
            .arg(self.path("pid"));
        Ok(command)
    }
}
