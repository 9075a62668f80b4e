//! The gateway agent inside the server. It starts beside the rest, and is started again when it cannot: HAProxy may be
//! installed later, or a port become free.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use vamp_agent::{Agent, AgentConfig, AgentFailure, AgentHandle, AgentStatus, FailureKind, StopMode};
use vamp_io::backoff::Backoff;
use vamp_io::clock::Clock;
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::{HandOver, HaproxyStatus};

use super::checker::{Condition, EmbeddedChecker};
use crate::log_path::LogPath;

/// How long the report of an agent that cannot start outlives its writer.
const LEASE: Duration = Duration::from_secs(15);

/// The embedded agent, running or trying to.
#[derive(Debug)]
pub(super) struct EmbeddedAgent {
    shutdown: Shutdown,
    condition: watch::Receiver<Condition>,
    task: JoinHandle<()>,
    logs: Option<LogPath>,
}

impl EmbeddedAgent {
    /// Begins to start the agent.
    pub(super) fn start(
        config: AgentConfig,
        logs: Option<LogPath>,
        on_stop: StopMode,
        hand_over: HandOver,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let shutdown = Shutdown::new();
        let (sender, condition) = watch::channel(Condition::Starting);
        let keeper = Keeper {
            config,
            on_stop,
            hand_over,
            clock,
            shutdown: shutdown.clone(),
            condition: sender,
        };
        Self {
            shutdown,
            condition,
            task: tokio::spawn(keeper.run()),
            logs,
        }
    }

    /// What asks HAProxy before a configuration is stored.
    pub(super) fn checker(&self, virtual_hosts: Option<SocketAddr>) -> EmbeddedChecker {
        EmbeddedChecker::new(self.condition.clone(), virtual_hosts)
    }

    /// Opens the files of log sinks again.
    pub(super) fn reopen_logs(&self) {
        self.logs.iter().for_each(LogPath::reopen);
    }

    /// Ends the agent, HAProxy if that is asked for, and then the log path, which has the last lines of the connections that HAProxy
    /// has finished. Metrics go to the API of this server, so all of this ends before that does.
    pub(super) async fn stop(self) {
        self.shutdown.trigger();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the embedded gateway agent failed");
        }
        if let Some(logs) = self.logs {
            logs.stop().await;
        }
    }
}

struct Keeper {
    config: AgentConfig,
    on_stop: StopMode,
    hand_over: HandOver,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    condition: watch::Sender<Condition>,
}

impl Keeper {
    async fn run(self) {
        self.keep_running().await;
        // Where no agent could be started, HAProxy may run all the same, left by an earlier one.
        if self.on_stop == StopMode::StopHaproxy {
            let limit = self.config.limits.graceful_stop;
            if let Err(error) = Agent::stop_left_running(&self.config.state_directory, limit).await {
                tracing::error!(%error, "HAProxy was to end with the server");
            }
        }
    }

    async fn keep_running(&self) {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10));
        loop {
            let started = Agent::start(self.config.clone(), self.hand_over.clone(), self.clock.clone()).await;
            let reason = match started {
                Ok(agent) => match self.keep(agent).await {
                    Ok(()) => return,
                    Err(error) => error,
                },
                Err(error) => error,
            };
            let reason = reason.to_string();
            tracing::error!(
                reason,
                "the gateway agent does not run; no configuration is applied by it until it does"
            );
            self.condition.send_replace(Condition::Failed(reason.clone()));
            // The report is for people who ask the API; a store that is away has none of it.
            let reporting = self.report(&reason);
            tokio::select! {
                () = self.shutdown.wait() => return,
                () = tokio::time::sleep(Duration::from_secs(1) + backoff.next_delay()) => {}
                () = reporting => {}
            }
        }
    }

    /// Keeps the agent until the server ends, or until a part of it has failed: then it has to be started again.
    async fn keep(&self, mut agent: AgentHandle) -> Result<(), vamp_agent::Error> {
        self.condition.send_replace(Condition::Running(agent.checker()));
        let kept = tokio::select! {
            () = self.shutdown.wait() => Ok(()),
            error = agent.failed() => Err(error),
        };
        // An agent that failed leaves HAProxy to the one that is started in its place.
        if let Err(error) = agent.stop(StopMode::LeaveHaproxyRunning).await {
            tracing::warn!(%error, "the gateway agent did not end well");
        }
        kept
    }

    /// Reports the failure where live agents report; the entry ends with its lease, or with the first one of the agent
    /// itself. Never returns before it is dropped.
    async fn report(&self, reason: &str) {
        let status = AgentStatus {
            format: AgentStatus::FORMAT,
            name: self.config.name.clone(),
            id: self.config.id.clone(),
            host: self.config.host.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: None,
            haproxy: HaproxyStatus::default(),
            applied: None,
            failure: Some(AgentFailure {
                hash: String::new(),
                kind: FailureKind::Failed,
                message: format!("the gateway agent does not run: {reason}"),
                at: self.clock.now(),
            }),
            store_connected_since: Some(self.clock.now()),
        };
        let reported = async {
            let lease = self.hand_over.store().grant_lease(LEASE).await?;
            self.hand_over.report(&status, lease).await
        };
        if let Err(error) = reported.await {
            tracing::debug!(%error, "the failure of the gateway agent cannot be reported to the store");
        }
        std::future::pending::<()>().await;
    }
}
