//! One agent with its HAProxy, as on a host of its own, and the server that hands configurations over to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::task::JoinHandle;
use vamp_agent::{Agent, AgentConfig, AgentHandle, AgentStatus, Applied, Base, StopMode};
use vamp_haproxy::base::{BaseOptions, LogTarget};
use vamp_haproxy::runtime::{RuntimeClient, Worker};
use vamp_io::clock::SystemClock;
use vamp_io::process::{ProcessIdentity, Tell};
use vamp_kv::Key;
use vamp_kv::handover::{HandOver, Publication};
use vamp_testkit::wait;

use crate::configuration::Weights;
use crate::failure::{Failure, Result};
use crate::stores::Store;

/// The key below which everything stands.
pub(crate) const BASE: &str = "/vamp/bench";

/// Everything that is waited for comes within this time.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The hand-over through a client of its own.
pub(crate) async fn hand_over(store: &Store) -> Result<HandOver> {
    let base: Key = BASE.parse()?;
    Ok(HandOver::new(store.open().await?, &base, "haproxy", "2.4")?)
}

/// An agent in this process, HAProxy in its own.
pub(crate) struct Site {
    /// Nothing once it has been stopped.
    agent: Option<AgentHandle>,
    status: tokio::sync::watch::Receiver<AgentStatus>,
    directories: Directories,
}

/// The directories of an agent and its HAProxy.
pub(crate) struct Directories {
    state: TempDir,
    runtime: TempDir,
}

impl Directories {
    pub(crate) fn new() -> Result<Self> {
        let directory = |prefix| tempfile::Builder::new().prefix(prefix).tempdir();
        Ok(Self {
            state: directory("vamp-state-")?,
            // Short, because of the sockets in it.
            runtime: directory("vr")?,
        })
    }

    /// The state in memory: the agents of a fleet have a disk each, and would share one here.
    pub(crate) fn in_memory() -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let mut directories = Self::new()?;
        if memory.is_dir() {
            directories.state = tempfile::Builder::new()
                .prefix("vamp-state-")
                .tempdir_in(memory)?;
        }
        Ok(directories)
    }

    /// HAProxy's sockets.
    pub(crate) fn runtime(&self) -> &Path {
        self.runtime.path()
    }

    /// What the agent writes, which is HAProxy's working directory, too.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    fn haproxy(&self) -> Option<ProcessIdentity> {
        let record = fs::read(self.state.path().join("haproxy.json")).ok()?;
        serde_json::from_slice(&record).ok()
    }
}

impl Site {
    /// Starts the agent, and waits until HAProxy runs and the store answers.
    pub(crate) async fn start(
        store: &Store,
        id: &str,
        directories: Directories,
        haproxy: PathBuf,
    ) -> Result<Self> {
        // No page with statistics: its port is not what is measured.
        let mut options = BaseOptions::default();
        options.statistics = None;
        // As an agent has it that forwards log lines; without, HAProxy warns of each frontend, which takes as long as reading it. There is
        // no traffic, and nobody listens.
        options.log = Some(LogTarget::Unix(directories.runtime().join("log.sock")));
        let base = Base::Standard(Box::new(options));
        let mut config = AgentConfig::new("bench", id, directories.state(), directories.runtime(), base);
        config.haproxy = haproxy;
        config.limits.graceful_stop = Duration::from_millis(100);
        let agent = Agent::start(config, hand_over(store).await?, Arc::new(SystemClock)).await?;
        let mut site = Self {
            status: agent.status(),
            agent: Some(agent),
            directories,
        };
        let ready = |status: &AgentStatus| {
            status.haproxy.worker_pid.is_some() && status.store_connected_since.is_some()
        };
        let waited = tokio::time::timeout(LIMIT, site.status.wait_for(ready)).await;
        let is_ready = matches!(waited, Ok(Ok(_)));
        drop(waited);
        if !is_ready {
            return Err(Failure::failed(format!("agent {id} does not get ready")));
        }
        Ok(site)
    }

    /// When the agent says that it has applied this revision, and how.
    fn applied(&self, revision: u64) -> JoinHandle<Result<(Instant, Applied)>> {
        let mut status = self.status.clone();
        tokio::spawn(async move {
            let newest = |status: &AgentStatus| status.applied.clone().filter(|a| a.revision == revision);
            let reached = status.wait_for(|status| newest(status).is_some());
            let reached = tokio::time::timeout(LIMIT, reached).await;
            let now = Instant::now();
            let applied = reached
                .ok()
                .and_then(|reached| reached.ok().as_deref().and_then(newest));
            if let Some(applied) = applied {
                return Ok((now, applied));
            }
            let failure = status.borrow().failure.clone();
            let why = failure.map_or_else(|| "no reason is told".to_owned(), |failure| failure.message);
            Err(Failure::failed(format!(
                "revision {revision} is not applied: {why}"
            )))
        })
    }

    /// Waits until the file on disk is what runs: until then the agent is not done with the change.
    async fn settled(&self) -> Result<()> {
        let before = self.directories.state().join("haproxy.previous.cfg");
        wait::until(LIMIT, || async { !before.exists() }).await?;
        Ok(())
    }

    /// A client of the worker that runs, through the socket of its master.
    pub(crate) fn worker(&self) -> RuntimeClient {
        RuntimeClient::new(self.directories.runtime().join("master.sock")).of_worker(Worker::Current)
    }

    /// The process id of the worker that runs, as the agent knows it.
    pub(crate) fn worker_pid(&self) -> Option<u32> {
        self.status.borrow().haproxy.worker_pid
    }

    /// What the agent writes, which is HAProxy's working directory, too.
    pub(crate) fn state_directory(&self) -> &Path {
        self.directories.state()
    }

    /// Asks HAProxy for the weights of all servers; an error where they are not these.
    pub(crate) async fn has_weights(&self, wanted: &Weights) -> Result<()> {
        let servers = self.worker().show_servers_state(None).await?;
        let found: Weights = servers
            .into_iter()
            .map(|server| ((server.backend, server.server), server.weight))
            .collect();
        if found == *wanted {
            return Ok(());
        }
        let differ = wanted
            .iter()
            .filter(|(name, weight)| found.get(*name) != Some(*weight));
        Err(Failure::failed(format!(
            "HAProxy has {} servers where {} are wanted, and other weights for {}",
            found.len(),
            wanted.len(),
            differ.count()
        )))
    }

    /// Ends the agent and HAProxy.
    pub(crate) async fn stop(mut self) -> Result<()> {
        if let Some(agent) = self.agent.take() {
            agent.stop(StopMode::StopHaproxy).await?;
        }
        Ok(())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // The agent goes first, or it would start HAProxy again.
        let was_running = self.agent.take().is_some();
        if was_running && let Some(haproxy) = self.directories.haproxy() {
            // Master and workers are one group; there is nothing to be done about one that cannot be ended.
            let _ = haproxy.tell_group(Tell::Kill);
        }
    }
}

/// The server's side.
pub(crate) struct Server {
    hand_over: HandOver,
    revision: u64,
}

/// A change that all agents have applied.
pub(crate) struct Change {
    /// From the call that hands it over until the last agent has applied it.
    pub(crate) took: Duration,
    /// How each of them did.
    pub(crate) applied: Vec<Applied>,
}

impl Server {
    pub(crate) async fn new(store: &Store) -> Result<Self> {
        Ok(Self {
            hand_over: hand_over(store).await?,
            revision: 0,
        })
    }

    /// Hands a text over; returns its revision.
    pub(crate) async fn publish(&mut self, text: &str) -> Result<u64> {
        let publication = self.publication(text);
        self.hand_over.publish(publication).await?;
        Ok(self.revision)
    }

    /// The next publication.
    fn publication<'a>(&mut self, text: &'a str) -> Publication<'a> {
        self.revision += 1;
        Publication {
            text,
            revision: self.revision,
            fencing: None,
            shrink_meant: false,
        }
    }

    /// Hands a text over and waits until all of these run it. Nothing is under way any more when it returns.
    pub(crate) async fn change(&mut self, sites: &[Site], text: &str) -> Result<Change> {
        let waiting: Vec<_> = sites.iter().map(|site| site.applied(self.revision + 1)).collect();
        let publication = self.publication(text);
        let begin = Instant::now();
        self.hand_over.publish_to_agents(&publication).await?;
        let mut last = begin;
        let mut all = Vec::with_capacity(sites.len());
        for applied in waiting {
            let (at, applied) = applied.await??;
            last = last.max(at);
            all.push(applied);
        }
        // As a server does once agents have had a moment.
        self.hand_over.publish_rest(text, None).await?;
        for site in sites {
            site.settled().await?;
        }
        Ok(Change {
            took: last.duration_since(begin),
            applied: all,
        })
    }

    /// Waits until an agent has said in the store that it has applied this revision.
    pub(crate) async fn heard_of(&self, revision: u64) -> Result<()> {
        let heard = || async {
            let agents = self.hand_over.agents().await.unwrap_or_default();
            let mut applied = agents.iter().filter_map(|agent| agent.applied.as_ref());
            applied.any(|applied| applied.revision == revision)
        };
        if wait::until(LIMIT, heard).await.is_ok() {
            return Ok(());
        }
        let agents = self.hand_over.agents().await?;
        let failures: Vec<_> = agents.into_iter().map(|agent| agent.failure).collect();
        Err(Failure::failed(format!(
            "revision {revision} is not applied; what agents say: {failures:?}"
        )))
    }
}
