//! Elasticsearch 2.4: one node, on disk, for everybody.

use std::{net::SocketAddr, process::Command, time::Duration};

use tempfile::TempDir;

use super::{ServerProcess, place};
use crate::{Error, built, ports, ports::Lease, probe, skip};

/// A node elects itself within ten seconds; the rest is for a machine under load.
const READY_WITHIN: Duration = Duration::from_secs(120);

const VERSION: &str = "elasticsearch-2.4.6";

/// A real Elasticsearch, ready to be used; gone, with its data, when it is dropped.
#[derive(Debug)]
pub struct Elasticsearch {
    // Dropped in this order: the process has to be gone before its directory and its ports are.
    process: ServerProcess,
    directory: TempDir,
    http: Lease,
    transport: Lease,
}

impl Elasticsearch {
    /// True, and a line is written, when it or a Java runtime is not there: the test then returns.
    #[must_use = "a test that has been skipped has to return"]
    pub fn is_missing() -> bool {
        match built::unpacked(VERSION) {
            Ok(_) => skip::without("java"),
            Err(missing) => {
                skip::because(&missing.to_string());
                true
            }
        }
    }

    /// Starts an Elasticsearch with no data and waits until it takes documents.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without a Java runtime and [`Error::NotPrepared`] without its distribution (see
    /// [`Elasticsearch::is_missing`]), [`Error::Server`] when it does not become ready.
    pub async fn start() -> Result<Self, Error> {
        let directory = place("vamp-elasticsearch-")?;
        let process = ServerProcess::new("elasticsearch", directory.path().join("elasticsearch.log"));
        let mut elasticsearch = Self {
            process,
            directory,
            http: ports::lease()?,
            transport: ports::lease()?,
        };
        elasticsearch.start_again().await?;
        Ok(elasticsearch)
    }

    /// Starts it again after [`Elasticsearch::kill`], on the same ports and with the data it had, and waits until it takes documents.
    ///
    /// # Errors
    /// As [`Elasticsearch::start`].
    pub async fn start_again(&mut self) -> Result<(), Error> {
        self.process.start(self.command()?)?;
        let address = self.address();
        self.process
            .ready_within(READY_WITHIN, || is_healthy(address))
            .await
    }

    /// The address for clients.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.http.address()
    }

    /// SIGKILL; its data stays.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.process.kill()
    }

    fn command(&self) -> Result<Command, Error> {
        let home = built::unpacked(VERSION)?;
        let place = |name: &str| self.directory.path().join(name).display().to_string();
        let mut command = Command::new(skip::find("java")?);
        command.current_dir(self.directory.path());
        command.args(["-Xms128m", "-Xmx256m", "-XX:-UsePerfData", "-XX:+UseSerialGC"]);
        command.args([
            "-Djava.awt.headless=true",
            "-Dfile.encoding=UTF-8",
            "-Djna.nosys=true",
        ]);
        // Its own manager of security, which Java 18 and newer only have when asked for.
        command.arg("-Djava.security.manager=allow");
        command.arg("-Des.insecure.allow.root=true");
        command.arg(format!("-Des.path.home={}", home.display()));
        let library = home.join("lib");
        command.arg("-cp");
        command.arg(format!(
            "{}:{}",
            library.join(format!("{VERSION}.jar")).display(),
            library.join("*").display()
        ));
        command.args(["org.elasticsearch.bootstrap.Elasticsearch", "start"]);
        let transport = self.transport.address();
        for (setting, value) in [
            ("network.host", "127.0.0.1".to_owned()),
            ("http.port", self.http.number().to_string()),
            ("transport.tcp.port", self.transport.number().to_string()),
            ("discovery.zen.ping.unicast.hosts", transport.to_string()),
            ("discovery.zen.ping_timeout", "200ms".to_owned()),
            ("cluster.name", format!("of-{}", self.http.number())),
            ("node.name", "local".to_owned()),
            ("path.data", place("data")),
            ("path.logs", place("logs")),
        ] {
            command.arg(format!("--{setting}")).arg(value);
        }
        // Variables of the user's own would go into the virtual machine.
        for name in ["JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH", "ES_JAVA_OPTS"] {
            command.env_remove(name);
        }
        Ok(command)
    }
}

/// Yellow is as healthy as a single node becomes.
async fn is_healthy(address: SocketAddr) -> bool {
    let health = probe::get(address, "/_cluster/health?wait_for_status=yellow&timeout=500ms").await;
    health.is_some_and(|answer| answer.contains(r#""timed_out":false"#))
}
