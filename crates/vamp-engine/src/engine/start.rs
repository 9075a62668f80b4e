//! Starting and ending the work.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::StreamExt as _;
use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use vamp_haproxy::validate_socket_directory;
use vamp_io::backoff::Backoff;
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::{AgentFailure, AgentStatus};
use vamp_store::NewEvent;

use crate::publications::Publications;
use crate::publisher;
use crate::queue::Queues;
use crate::reconciler;
use crate::shared::{Agents, Shared};
use crate::{EngineOptions, Error, ErrorKind, Parts, Result, events, lead, load};

/// How long tasks may take to end.
const LIMIT: Duration = Duration::from_secs(1);

/// An engine at work. When it is dropped, the work ends.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) shared: Arc<Shared>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.shutdown.trigger();
    }
}

impl Running {
    pub(super) async fn stop(&self) {
        self.shared.shutdown.trigger();
        let tasks = std::mem::take(&mut *self.tasks.lock());
        let ended = timeout(LIMIT, futures::future::join_all(tasks));
        if ended.await.is_err() {
            tracing::warn!("some work did not end in time");
        }
    }
}

pub(super) async fn start(options: EngineOptions, parts: Parts) -> Result<Running> {
    validate_socket_directory(&options.configuration.socket_directory)
        .map_err(|error| Error::new(ErrorKind::Internal, "start", "the engine").because(error))?;
    let election = lead::election(&options, &parts)?;
    let now = parts.clock.now();
    let drivers = parts.drivers.clone();
    let driver_for = move |kind: &str| drivers.iter().position(|driver| driver.supports(kind));
    let world = load::read_all(&*parts.artifacts, &driver_for, now).await?;
    let shared = Arc::new(Shared {
        driver_failures: Mutex::new(vec![None; parts.drivers.len()]),
        options,
        parts,
        election,
        world: RwLock::new(world),
        queues: Queues::default(),
        publish: Notify::new(),
        reconcile: Notify::new(),
        looked: watch::Sender::new(false),
        publications: Mutex::new(Publications::default()),
        agents: Mutex::new(None),
        configurations: OnceLock::new(),
        waits_for_agents: AtomicBool::new(false),
        pauses: Mutex::default(),
        shutdown: Shutdown::new(),
        started: now,
        started_at: Instant::now(),
    });
    let routed = publisher::routed(&shared.world.read().routed());
    let tasks = vec![
        until_shutdown(&shared, reconciler::listen(shared.clone())),
        until_shutdown(&shared, reconciler::run(shared.clone())),
        tokio::spawn(publisher::run(shared.clone(), routed)),
        until_shutdown(&shared, watch_agents(shared.clone())),
    ];
    Ok(Running {
        shared,
        tasks: Mutex::new(tasks),
    })
}

/// Work that can end at any moment: whoever comes next goes on from what is stored.
pub(super) fn until_shutdown(
    shared: &Shared,
    work: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    let shutdown = shared.shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = shutdown.wait() => {}
            () = work => {}
        }
    })
}

/// Keeps the agents in sight.
async fn watch_agents(shared: Arc<Shared>) {
    let mut failures = Failures::default();
    let mut backoff = Backoff::watch();
    loop {
        let mut changes = shared.parts.hand_over.watch_agents();
        while let Some(change) = changes.next().await {
            match change {
                Ok(agents) => {
                    backoff.reset();
                    let news = failures.news(&agents);
                    let is_back = {
                        let mut seen = shared.agents.lock();
                        let since = seen.as_ref().map_or_else(Instant::now, |seen| seen.since);
                        let had_any = seen.as_ref().is_some_and(|seen| !seen.agents.is_empty());
                        let is_back = seen.is_none() || had_any && agents.is_empty();
                        *seen = Some(Agents { agents, since });
                        is_back
                    };
                    // A store that was away may have come back with less than it had: what is missing is written again.
                    if is_back {
                        shared.publish.notify_one();
                    }
                    if shared.waits_for_agents() {
                        shared.reconcile.notify_one();
                    }
                    if !news.is_empty() {
                        publisher::tell(&shared, news).await;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "the agents cannot be seen for now");
                    *shared.agents.lock() = None;
                }
            }
        }
        *shared.agents.lock() = None;
        tokio::time::sleep(backoff.next_delay()).await;
    }
}

/// Which failures of agents have been told.
#[derive(Debug, Default)]
struct Failures(BTreeMap<(String, String), AgentFailure>);

impl Failures {
    /// An event for each failure that was not told yet. A failure that is over, or whose agent is gone, is forgotten: the next one is news.
    fn news(&mut self, agents: &[AgentStatus]) -> Vec<NewEvent> {
        let mut news = Vec::new();
        let mut now = BTreeMap::new();
        for agent in agents {
            let Some(failure) = &agent.failure else {
                continue;
            };
            let key = (agent.name.clone(), agent.id.clone());
            if self.0.get(&key) != Some(failure) {
                news.push(events::not_applied(agent, failure));
            }
            now.insert(key, failure.clone());
        }
        self.0 = now;
        news
    }
}
