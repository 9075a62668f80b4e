use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use vamp_haproxy::check::ConfigurationCheck;
use vamp_io::clock::Clock;
use vamp_io::file_lock::FileLock;
use vamp_io::process::ProcessIdentity;
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::AgentStatus;

use crate::apply::applier::{Applier, Request, Tools};
use crate::apply::guard::{Sized, count_backends};
use crate::compose::{Composed, Composer};
use crate::config::AgentConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::files::Files;
use crate::haproxy::checker::Checker;
use crate::haproxy::master::Master;
use crate::haproxy::process::Found;
use crate::haproxy::{binary, process};
use crate::overview::Overview;
use crate::report::Reporter;
use crate::source::Source;
use crate::status::StatusBoard;
use crate::wanted::Receiver;

/// How long the lock of an agent that is just ending is waited for.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// The gateway agent.
#[derive(Debug)]
pub struct Agent;

/// What becomes of HAProxy when its agent stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StopMode {
    /// It keeps serving; the next agent on the same state directory adopts it.
    #[default]
    LeaveHaproxyRunning,
    /// It finishes its connections within [`Limits::graceful_stop`](crate::Limits::graceful_stop) and ends.
    StopHaproxy,
}

/// A running agent. Dropping the handle stops the agent and leaves HAProxy running.
#[derive(Debug)]
pub struct AgentHandle {
    config: AgentConfig,
    files: Files,
    board: StatusBoard,
    checker: Arc<Checker>,
    requests: mpsc::Sender<Request>,
    shutdown: Shutdown,
    applier: Option<JoinHandle<Option<ProcessIdentity>>>,
    others: Vec<JoinHandle<()>>,
}

impl Agent {
    /// Starts the agent: it adopts the HAProxy that an earlier one left running, or starts one with the last good
    /// configuration on disk, before it hears from the source.
    ///
    /// It returns once HAProxy's program and the directories are known to be usable; whether HAProxy itself could be
    /// started is seen in the [status](AgentHandle::status), and tried again when it could not.
    ///
    /// # Errors
    /// The settings cannot work, HAProxy is missing or too old, another agent uses the state directory, another HAProxy
    /// uses the runtime directory, or a file cannot be read or written.
    pub async fn start(
        mut config: AgentConfig,
        source: impl Into<Source>,
        clock: Arc<dyn Clock>,
    ) -> Result<AgentHandle> {
        config.validate()?;
        config.haproxy = binary::located(config.haproxy);
        let haproxy_version = binary::version(&config.haproxy, config.limits.command).await?;
        let files = Files::open(&config.state_directory)?;
        let runtime = &config.runtime_directory;
        fs::create_dir_all(runtime).map_err(|source| Error::file("create", runtime, source))?;
        let lock = lock(&files).await?;

        let composer = Arc::new(Composer::new(&config.base_text(&files)?));
        let good = files.last_good()?;
        let last_value = files.last_value(&composer)?;
        let wanted = last_value
            .or_else(|| good.clone())
            .unwrap_or_else(|| composer.base_alone());
        let checker = Arc::new(Checker::new(
            config.haproxy.clone(),
            &config.limits,
            files.clone(),
            composer.clone(),
        ));
        let board = StatusBoard::new(&config, &haproxy_version, clock);
        let master = Master::new(&config);

        let found = process::find(&config, &files, &master).await;
        let before = good.as_ref().map(sized);
        let tools = Tools {
            config: config.clone(),
            files: files.clone(),
            composer,
            checker: checker.clone(),
            board: board.clone(),
            master,
            // What is installed has a version, or the start would have ended above.
            version: haproxy_version.parse().unwrap_or_default(),
        };
        let mut applier = Applier::new(tools, good, wanted);
        match found {
            Found::Ours(identity, processes) => applier.adopt(identity, processes),
            Found::Silent(identity) => process::end_silent(&identity, config.limits.graceful_stop).await,
            Found::Nothing => {}
            Found::Foreign(pid) => return Err(foreign(&config, pid)),
        }
        Ok(launch(
            config,
            files,
            &source.into(),
            board,
            checker,
            applier,
            before,
            lock,
        ))
    }

    /// Stops the HAProxy that an agent with this state directory left running, within the limit, and says whether there was one. No
    /// agent is started, and HAProxy's program is not needed.
    ///
    /// # Errors
    /// An agent lives that uses the directory, HAProxy does not end, or a file cannot be read or written.
    pub async fn stop_left_running(state_directory: &Path, limit: Duration) -> Result<bool> {
        if !state_directory.exists() {
            return Ok(false);
        }
        let files = Files::open(state_directory)?;
        let _lock = lock(&files).await?;
        let recorded = files.read_identity().filter(ProcessIdentity::is_alive);
        let left = recorded.or_else(|| process::unrecorded(&files));
        if let Some(identity) = &left {
            end_of_haproxy(&files, identity, limit).await?;
        }
        Ok(left.is_some())
    }
}

/// Stops HAProxy and forgets it.
async fn end_of_haproxy(files: &Files, identity: &ProcessIdentity, limit: Duration) -> Result<()> {
    if process::stop(identity, limit).await {
        return files.forget_identity();
    }
    let subject = format!("HAProxy, process {}", identity.pid);
    Err(Error::new(ErrorKind::Timeout, "stop", subject, "it does not end"))
}

#[expect(
    clippy::too_many_arguments,
    reason = "everything that the three tasks share, once"
)]
fn launch(
    config: AgentConfig,
    files: Files,
    source: &Source,
    board: StatusBoard,
    checker: Arc<Checker>,
    applier: Applier,
    before: Option<Sized>,
    lock: FileLock,
) -> AgentHandle {
    let shutdown = Shutdown::new();
    let outage = Arc::new(Notify::new());
    let believed = watch::Sender::new(None);
    let (requests, received_requests) = mpsc::channel(8);

    let receiver = Receiver {
        source: source.clone(),
        limits: config.limits.clone(),
        board: board.clone(),
        outage: outage.clone(),
        served: before,
        since: VecDeque::new(),
        held_back: None,
        force: config.believe_first,
        logged: None,
        believed: believed.clone(),
    };
    let reporter = source.register().map(|hand_over| {
        let reporter = Reporter {
            hand_over,
            lease_time: config.limits.lease,
            status: board.subscribe(),
            board: board.clone(),
            outage,
        };
        tokio::spawn(reporter.run(shutdown.clone()))
    });
    #[cfg(feature = "http")]
    let status_server = config.status_address.map(|address| {
        let server = crate::http::StatusServer::new(address, &config, board.clone());
        tokio::spawn(server.run(shutdown.clone()))
    });
    #[cfg(feature = "dns")]
    let responder = config.dns.clone().zip(board.dns()).map(|(dns, board)| {
        let responder = crate::dns::Responder::new(dns, board.clone());
        tokio::spawn(responder.run(shutdown.clone()))
    });
    let applying = shutdown.clone();
    let applier = tokio::spawn(async move {
        // The lock ends with the task that writes the files.
        let _lock = lock;
        applier.run(believed, received_requests, applying).await
    });
    let mut others = vec![tokio::spawn(receiver.run(shutdown.clone()))];
    others.extend(reporter);
    #[cfg(feature = "http")]
    others.extend(status_server);
    #[cfg(feature = "dns")]
    others.extend(responder);
    AgentHandle {
        config,
        files,
        board,
        checker,
        requests,
        shutdown,
        applier: Some(applier),
        others,
    }
}

impl AgentHandle {
    /// The state of the agent, now and whenever it changes.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<AgentStatus> {
        self.board.subscribe()
    }

    /// The state of the agent with what it does not report to the store: its counters, and how it sees the store.
    #[must_use]
    pub fn overview(&self) -> Overview {
        self.board.overview()
    }

    /// Ends when a part of the agent has failed, which only a mistake of ours makes it do: what is left of it would look alive and apply
    /// nothing. Whoever holds the agent ends it and starts another, which adopts HAProxy.
    pub async fn failed(&mut self) -> Error {
        let ended = std::future::poll_fn(|context| {
            if let Some(applier) = &mut self.applier
                && let Poll::Ready(ended) = applier.poll_unpin(context)
            {
                self.applier = None;
                return Poll::Ready(ended.err());
            }
            let mut others = self.others.iter_mut().enumerate();
            let ended = others.find_map(|(index, task)| match task.poll_unpin(context) {
                Poll::Ready(ended) => Some((index, ended.err())),
                Poll::Pending => None,
            });
            match ended {
                Some((index, why)) => {
                    drop(self.others.remove(index));
                    Poll::Ready(why)
                }
                None => Poll::Pending,
            }
        });
        let why = ended
            .await
            .map_or_else(|| "it ended by itself".to_owned(), |error| error.to_string());
        Error::new(ErrorKind::Internal, "run", "a part of the agent", why)
    }

    /// Asks this HAProxy whether it would accept a gateways' part, without applying it.
    #[must_use]
    pub fn checker(&self) -> Arc<dyn ConfigurationCheck> {
        self.checker.clone()
    }

    /// Checks and loads what is wanted again, whatever runs and whatever failed before: what an operator asks for with
    /// SIGHUP.
    pub async fn revalidate(&self) {
        // The applier only goes away with the handle.
        let _ = self.requests.send(Request::Revalidate).await;
    }

    /// Stops the agent, its entry in the store included.
    ///
    /// # Errors
    /// HAProxy was to be stopped and did not end, or the agent had failed.
    pub async fn stop(mut self, mode: StopMode) -> Result<()> {
        self.shutdown.trigger();
        let ended = match self.applier.take() {
            Some(applier) => applier.await,
            None => Ok(None),
        };
        for task in self.others.drain(..) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the agent failed");
            }
        }
        let haproxy = ended.map_err(|error| {
            Error::new(ErrorKind::Haproxy, "stop", "the agent", error.to_string()).caused_by(error)
        })?;
        match (mode, haproxy) {
            (StopMode::StopHaproxy, Some(identity)) => {
                end_of_haproxy(&self.files, &identity, self.config.limits.graceful_stop).await
            }
            _ => Ok(()),
        }
    }
}

impl Drop for AgentHandle {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}

/// Takes the lock; an agent that is just ending gets a moment to do so.
async fn lock(files: &Files) -> Result<FileLock> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match files.lock() {
            Err(error) if error.kind() == ErrorKind::Locked && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            outcome => return outcome,
        }
    }
}

/// What runs, as the guard sees it.
fn sized(good: &Composed) -> Sized {
    let value = good.text.get(good.offset..).unwrap_or_default();
    Sized {
        hash: good.hash.clone(),
        backends: count_backends(value),
    }
}

fn foreign(config: &AgentConfig, pid: u32) -> Error {
    Error::new(
        ErrorKind::Locked,
        "use the runtime directory",
        config.runtime_directory.display().to_string(),
        format!("the HAProxy of another agent, process {pid}, answers there"),
    )
}
