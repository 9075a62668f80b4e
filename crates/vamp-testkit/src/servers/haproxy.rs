//! HAProxy in master-worker mode with a configuration that the test wrote.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixStream},
};
use vamp_io::process::Stat;

use super::{ServerProcess, place};
use crate::{Error, skip, wait};

const READY_WITHIN: Duration = Duration::from_secs(20);
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

/// A real HAProxy, master and worker; both gone when it is dropped.
#[derive(Debug)]
pub struct Haproxy {
    process: ServerProcess,
    directory: TempDir,
}

impl Haproxy {
    /// Starts HAProxy with this configuration and waits until it accepts connections on `ready`.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without the program, [`Error::Server`] with HAProxy's own words when it refuses the configuration.
    pub async fn start(configuration: &str, ready: SocketAddr) -> Result<Self, Error> {
        let program = skip::find("haproxy")?;
        let directory = place("vamp-haproxy-")?;
        let process = ServerProcess::new("haproxy", directory.path().join("haproxy.log"));
        let mut haproxy = Self { process, directory };
        haproxy.write(configuration)?;
        let mut command = Command::new(program);
        command
            .arg("-W")
            .arg("-S")
            .arg(haproxy.master_socket())
            .arg("-f")
            .arg(haproxy.file());
        haproxy.process.start(command)?;
        let master = haproxy.master_socket();
        let serves =
            || async { TcpStream::connect(ready).await.is_ok() && worker_of_master(&master).await.is_some() };
        haproxy.process.ready_within(READY_WITHIN, serves).await?;
        Ok(haproxy)
    }

    /// Writes another configuration and reloads; returns when another worker than before serves.
    ///
    /// # Errors
    /// [`Error::Server`] when no other worker has taken over within twenty seconds.
    pub async fn reload(&mut self, configuration: &str) -> Result<(), Error> {
        let before = self.worker().await;
        self.write(configuration)?;
        self.process.signal(Signal::USR2)?;
        let this = &*self;
        let taken_over = wait::until(READY_WITHIN, || async {
            let now = this.worker().await;
            now.is_some() && now != before
        });
        taken_over.await.map_err(|_| Error::Server {
            server: "haproxy",
            what: format!("had no new worker within {READY_WITHIN:?} after SIGUSR2"),
            log: self.process.log_tail(),
        })
    }

    /// The process id of the worker that takes new connections, `None` while there is none.
    pub async fn worker(&self) -> Option<u32> {
        worker_of_master(&self.master_socket()).await
    }

    /// The socket of the master process.
    #[must_use]
    pub fn master_socket(&self) -> PathBuf {
        self.directory.path().join("master.sock")
    }

    /// SIGKILL to the master; HAProxy's workers end when they see that their master is gone.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.process.kill()
    }

    /// SIGTERM to the master, which ends its workers, and waits until it is gone.
    ///
    /// # Errors
    /// [`Error::Server`] when it still runs after ten seconds; it is killed then.
    pub async fn stop(&mut self) -> Result<(), Error> {
        self.process.stop(STOPPED_WITHIN).await
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("haproxy.cfg")
    }

    fn write(&self, configuration: &str) -> Result<(), Error> {
        fs::write(self.file(), configuration).map_err(Error::io("write", self.file()))
    }
}

/// The master processes of HAProxy that run with this configuration, whoever started them; its workers and checks of it are none.
#[must_use]
pub fn masters_of(configuration: &Path) -> BTreeSet<u32> {
    let file = configuration.as_os_str().as_encoded_bytes();
    let mut parents = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let has = |wanted: &[u8]| line.split(|byte| *byte == 0).any(|word| word == wanted);
        if has(file)
            && !has(b"-c")
            && let Some(stat) = Stat::of(pid)
        {
            parents.insert(pid, stat.parent);
        }
    }
    let masters = parents.iter().filter(|(_, parent)| !parents.contains_key(parent));
    masters.map(|(pid, _)| *pid).collect()
}

/// The process id of the worker that takes new connections, asked of the master process at this socket.
///
/// `None` while there is none, and when the master does not answer within a second. That it takes no connections right after a reload is
/// waited for.
pub async fn worker_of_master(master: &Path) -> Option<u32> {
    let ask = async || {
        let mut stream = UnixStream::connect(master).await?;
        stream.write_all(b"show proc\n").await?;
        // The master leaves the connection open; an answer ends with an empty line.
        let mut answer = Vec::new();
        while !answer.ends_with(b"\n\n") && stream.read_buf(&mut answer).await? > 0 {}
        io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = wait::until_some(Duration::from_secs(1), async || ask().await.ok());
    worker_of(&answer.await.ok()?)
}

/// The first line below `# workers` of the answer to `show proc`.
fn worker_of(answer: &str) -> Option<u32> {
    let mut lines = answer.lines().skip_while(|line| !line.starts_with("# workers"));
    lines.next()?;
    let line = lines.next().filter(|line| !line.starts_with('#'))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_worker_is_the_one_below_the_heading_not_an_old_one() {
        let answer = "#<PID>          <type>          <reloads>       <uptime>        <version>\n\
            10              master          1               0d00h00m09s     2.6.12-1\n\
            # workers\n\
            12              worker          0               0d00h00m02s     2.6.12-1\n\
            # old workers\n\
            11              worker          1               0d00h00m09s     2.6.12-1\n\
            # programs\n\n";
        assert_eq!(worker_of(answer), Some(12));
        assert_eq!(
            worker_of(&answer.replace(
                "12              worker          0               0d00h00m02s     2.6.12-1\n",
                ""
            )),
            None
        );
    }
}
