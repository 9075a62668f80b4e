//! ZooKeeper: one server, on disk, without TLS.

use std::{collections::BTreeSet, fs, net::SocketAddr, path::Path, process::Command, time::Duration};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{ServerProcess, place};
use crate::{Error, ports, ports::Lease, skip};

/// A Java runtime starts in about a second; the rest is for a machine under load.
const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(10);
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// Where Debian has it; the manifest of the archive names what else it needs.
const ARCHIVE: &str = "/usr/share/java/zookeeper.jar";

/// Brings what it logs to the standard error stream.
const LOGGER: &str = "/usr/share/java/slf4j-simple.jar";

/// A real ZooKeeper, ready to be used; gone, with its data, when it is dropped. Its sessions live for 1 to 10 seconds of silence.
#[derive(Debug)]
pub struct ZooKeeper {
    // Dropped in this order: the process has to be gone before its directory and its port are.
    process: ServerProcess,
    directory: TempDir,
    client: Lease,
}

impl ZooKeeper {
    /// True, and a line is written, when it or a Java runtime is not installed: the test then returns.
    #[must_use = "a test that has been skipped has to return"]
    pub fn is_missing() -> bool {
        if Path::new(ARCHIVE).is_file() {
            return skip::without("java");
        }
        skip::because("ZooKeeper is not installed (Debian package: libzookeeper-java)");
        true
    }

    /// Starts a ZooKeeper with no data and waits until it answers.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without a Java runtime (see [`ZooKeeper::is_missing`]), [`Error::Server`] when it does not become
    /// ready.
    pub async fn start() -> Result<Self, Error> {
        let directory = place("vamp-zookeeper-")?;
        let process = ServerProcess::new("zookeeper", directory.path().join("zookeeper.log"));
        let mut zookeeper = Self {
            process,
            directory,
            client: ports::lease()?,
        };
        zookeeper.start_again().await?;
        Ok(zookeeper)
    }

    /// Starts it again after [`ZooKeeper::kill`] or [`ZooKeeper::stop`], on the same port and with the data it had, and waits until it
    /// answers.
    ///
    /// # Errors
    /// As [`ZooKeeper::start`].
    pub async fn start_again(&mut self) -> Result<(), Error> {
        self.process.start(self.command()?)?;
        let address = self.address();
        self.process
            .ready_within(READY_WITHIN, || is_healthy(address))
            .await
    }

    /// Starts it again after [`ZooKeeper::kill`] or [`ZooKeeper::stop`], on the same port and without data.
    ///
    /// # Errors
    /// As [`ZooKeeper::start`]; [`Error::Io`] when the data cannot be removed.
    pub async fn start_again_empty(&mut self) -> Result<(), Error> {
        self.process.kill()?;
        let data = self.data();
        fs::remove_dir_all(&data).map_err(Error::io("remove", &data))?;
        self.start_again().await
    }

    /// The address for clients.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.client.address()
    }

    /// True if it answers within a second.
    pub async fn is_healthy(&self) -> bool {
        is_healthy(self.address()).await
    }

    /// The ids of the sessions that it keeps; nothing when it does not answer within a second.
    pub async fn sessions(&self) -> Option<BTreeSet<String>> {
        let said = asked(self.address(), b"dump").await?;
        let (sessions, _) = said.split_once("ephemeral nodes dump:")?;
        let ids = sessions.lines().filter_map(|line| line.strip_prefix('\t'));
        let ids = ids.filter(|line| line.starts_with("0x"));
        Some(ids.map(|line| line.trim().to_owned()).collect())
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

    fn data(&self) -> std::path::PathBuf {
        self.directory.path().join("data")
    }

    fn command(&self) -> Result<Command, Error> {
        let address = self.address();
        let configuration = format!(
            "dataDir={}\nclientPort={}\nclientPortAddress={}\nadmin.enableServer=false\ntickTime=500\n\
             4lw.commands.whitelist=*\nmaxClientCnxns=0\n",
            self.data().display(),
            address.port(),
            address.ip()
        );
        let file = self.directory.path().join("zoo.cfg");
        fs::write(&file, configuration).map_err(Error::io("write", &file))?;
        let mut command = Command::new(skip::find("java")?);
        // What is killed is the process, not the machine: what it has handed to the kernel stays.
        command.current_dir(self.directory.path());
        command.args([
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Djava.awt.headless=true",
            "-Dzookeeper.forceSync=no",
            "-Dzookeeper.preAllocSize=1024",
        ]);
        command.args([
            "-cp",
            &format!("{ARCHIVE}:{LOGGER}"),
            "org.apache.zookeeper.server.quorum.QuorumPeerMain",
        ]);
        command.arg(file);
        // Variables of the user's own would go into the virtual machine.
        for name in ["JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH"] {
            command.env_remove(name);
        }
        Ok(command)
    }
}

/// Asks as operators do: `srvr`, whose answer has a mode once clients are served; `imok` would come too early.
async fn is_healthy(address: SocketAddr) -> bool {
    asked(address, b"srvr")
        .await
        .is_some_and(|answer| answer.contains("\nMode: "))
}

/// The answer to one of the words for operators.
async fn asked(address: SocketAddr, word: &[u8]) -> Option<String> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(word).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    tokio::time::timeout(ANSWERS_WITHIN, exchange).await.ok()?.ok()
}
