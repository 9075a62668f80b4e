//! What the master process says on its socket, and through it the workers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;
use vamp_haproxy::diff::Command;
use vamp_haproxy::runtime::{RuntimeClient, Worker};

use crate::config::AgentConfig;
use crate::error::{Error, ErrorKind, Result};

/// Shortest and longest pause between two questions while HAProxy starts or reloads.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(4));

/// The master's socket.
#[derive(Debug)]
pub(crate) struct Master {
    path: PathBuf,
    client: RuntimeClient,
    /// To the newest worker without the master, where workers are known to have a socket for that.
    newest_worker: Option<RuntimeClient>,
}

/// The processes under one master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Processes {
    pub(crate) master_pid: u32,
    /// Reloads since the start, failed ones included.
    pub(crate) reloads: u64,
    /// Reloads that failed since the last good one.
    pub(crate) failed: u64,
    /// The worker that accepts connections.
    pub(crate) worker: Option<u32>,
    /// Whether that worker was started by the last reload (or start).
    pub(crate) worker_is_new: bool,
    /// Workers of earlier configurations that finish their connections.
    pub(crate) old_workers: usize,
}

impl Master {
    pub(crate) fn new(config: &AgentConfig) -> Self {
        let client = |path: &Path| RuntimeClient::new(path).with_time_limit(config.limits.command);
        let path = config.master_socket();
        Self {
            client: client(&path),
            path,
            newest_worker: config.worker_socket().as_deref().map(client),
        }
    }

    /// Asks for the processes.
    pub(crate) async fn processes(&self) -> Result<Processes> {
        let answer = self
            .client
            .execute("show proc")
            .await
            .map_err(|source| self.failed("ask", source))?;
        Processes::from_answer(&answer).ok_or_else(|| {
            Error::new(
                ErrorKind::Haproxy,
                "ask",
                self.path.display().to_string(),
                "the list of processes has no master",
            )
        })
    }

    /// Asks until the processes are as wished or the limit has passed; with a limit of zero once.
    pub(crate) async fn wait_for(
        &self,
        limit: Duration,
        wish: impl Fn(&Processes) -> bool,
    ) -> Option<Processes> {
        let wish = &wish;
        again(limit, || async move { self.processes().await.ok().filter(wish) }).await
    }

    /// Whether the worker that accepts connections answers through the master within the limit.
    pub(crate) async fn answers(&self, limit: Duration) -> bool {
        let look = || async move {
            let worker = self.processes().await.ok()?.worker?;
            self.worker_answers(worker).await.ok().filter(|answers| *answers)
        };
        again(limit, look).await.is_some()
    }

    /// Has a worker carry out commands; connections of servers that go may take so long to end.
    ///
    /// # Errors
    /// The first refusal, in HAProxy's words; commands before it have taken effect.
    pub(crate) async fn command_worker(
        &self,
        worker: u32,
        commands: &[Command],
        patience: Duration,
    ) -> Result<()> {
        let worker = self.client.of_worker(Worker::Pid(worker));
        let done = worker.carry_out(commands, patience).await;
        done.map_err(|source| self.failed("command", source))
    }

    /// Asks a worker about itself; the answer proves that it serves its command socket.
    pub(crate) async fn worker_answers(&self, worker: u32) -> Result<bool> {
        let command = format!("@!{worker} show info");
        let answer = self
            .client
            .execute(&command)
            .await
            .map_err(|source| self.failed("ask", source))?;
        Ok(pid_in(&answer) == Some(worker))
    }

    /// Asks the newest worker until it is another one than before, whose id is returned, or the limit has passed. The master cannot be asked
    /// until it has begun anew, once more, behind the worker. `None` at once where workers have no socket of their own.
    pub(crate) async fn other_worker(&self, limit: Duration, before: Option<u32>) -> Option<u32> {
        let client = self.newest_worker.as_ref()?;
        let look = || async move {
            let answer = client.execute("show info").await.ok()?;
            pid_in(&answer).filter(|worker| Some(*worker) != before)
        };
        again(limit, look).await
    }

    fn failed(
        &self,
        operation: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Error {
        let message = source.to_string();
        Error::new(
            ErrorKind::Haproxy,
            operation,
            self.path.display().to_string(),
            message,
        )
        .caused_by(source)
    }
}

/// Looks until something is found or the limit has passed; with a limit of zero once.
async fn again<T, F>(limit: Duration, look: impl Fn() -> F) -> Option<T>
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + limit;
    let mut pause = PAUSES.0;
    loop {
        if let Some(found) = look().await {
            return Some(found);
        }
        if Instant::now() + pause > deadline {
            return None;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// The id of the process that answered `show info`.
fn pid_in(answer: &str) -> Option<u32> {
    let pid = answer.lines().find_map(|line| line.strip_prefix("Pid: "))?;
    pid.trim().parse().ok()
}

impl Processes {
    fn from_answer(answer: &str) -> Option<Self> {
        let rows = answer.lines().filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let pid: u32 = words.next()?.parse().ok()?;
            let kind = words.next()?;
            let reloads: u64 = words.next()?.parse().ok()?;
            let failed: u64 = line
                .split_once("[failed: ")
                .and_then(|(_, rest)| rest.split(']').next()?.parse().ok())
                .unwrap_or(0);
            Some((pid, kind.to_owned(), reloads, failed))
        });
        let (masters, mut workers): (Vec<_>, Vec<_>) = rows
            .filter(|row| row.1 == "master" || row.1 == "worker")
            .partition(|row| row.1 == "master");
        let master = masters.first()?;
        workers.sort_by_key(|row| row.2);
        Some(Self {
            master_pid: master.0,
            reloads: master.2,
            failed: master.3,
            worker: workers.first().map(|row| row.0),
            worker_is_new: workers.first().is_some_and(|row| row.2 == 0),
            old_workers: workers.len().saturating_sub(1),
        })
    }
}
