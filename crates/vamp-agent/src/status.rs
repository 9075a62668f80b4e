use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use vamp_io::clock::Clock;
use vamp_kv::handover::{AgentFailure, AgentStatus, Applied, FailureKind, HaproxyStatus};

use crate::config::AgentConfig;
use crate::counters::Counters;
use crate::overview::{AgentHealth as _, Overview, StoreCondition, StoreError};

/// The agent's state, written by its parts, read by whoever holds a receiver.
#[derive(Debug, Clone)]
pub(crate) struct StatusBoard {
    sender: Arc<watch::Sender<AgentStatus>>,
    own: Arc<Mutex<Own>>,
    clock: Arc<dyn Clock>,
    #[cfg(feature = "dns")]
    dns: Option<Arc<crate::dns::Board>>,
    #[cfg(feature = "logs")]
    logs: Option<crate::logs::LogStatusReader>,
    #[cfg(feature = "logs")]
    metrics: Option<crate::logs::MetricsStatusReader>,
}

/// What is not reported to the store.
#[derive(Debug)]
struct Own {
    store: StoreCondition,
    /// The newest value, while it is held back. It is told unless a value that was believed fails.
    held_back: Option<AgentFailure>,
    /// That HAProxy ends again and again, until it has run for a while. Values that run do not end it.
    crashes: Option<AgentFailure>,
    last_failure: Option<AgentFailure>,
    counters: Counters,
}

impl StatusBoard {
    pub(crate) fn new(config: &AgentConfig, haproxy_version: &str, clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        let status = AgentStatus {
            format: AgentStatus::FORMAT,
            name: config.name.clone(),
            id: config.id.clone(),
            host: config.host.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: Some(now),
            haproxy: HaproxyStatus {
                version: haproxy_version.to_owned(),
                ..HaproxyStatus::default()
            },
            applied: None,
            failure: None,
            store_connected_since: None,
        };
        let own = Own {
            store: StoreCondition {
                connected_since: None,
                away_since: Some(now),
                last_error: None,
            },
            held_back: None,
            crashes: None,
            last_failure: None,
            counters: Counters::default(),
        };
        Self {
            sender: Arc::new(watch::Sender::new(status)),
            own: Arc::new(Mutex::new(own)),
            #[cfg(feature = "dns")]
            dns: config
                .dns
                .as_ref()
                .map(|_| Arc::new(crate::dns::Board::new(clock.clone()))),
            clock,
            #[cfg(feature = "logs")]
            logs: config.logs.clone(),
            #[cfg(feature = "logs")]
            metrics: config.metrics.clone(),
        }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<AgentStatus> {
        self.sender.subscribe()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// What the DNS responder knows and tells, where there is one.
    #[cfg(feature = "dns")]
    pub(crate) fn dns(&self) -> Option<&Arc<crate::dns::Board>> {
        self.dns.as_ref()
    }

    pub(crate) fn overview(&self) -> Overview {
        let agent = self.sender.borrow().clone();
        let own = self.own.lock();
        Overview {
            unhealthy: agent.unhealthy(),
            agent,
            store: own.store.clone(),
            last_failure: own.last_failure.clone(),
            counters: own.counters.clone(),
            #[cfg(feature = "dns")]
            dns: self.dns.as_ref().map(|dns| dns.status()),
            #[cfg(feature = "logs")]
            logs: self.logs.as_ref().map(crate::logs::LogStatusReader::status),
            #[cfg(feature = "logs")]
            metrics: self
                .metrics
                .as_ref()
                .map(crate::logs::MetricsStatusReader::status),
        }
    }

    /// The store answers.
    pub(crate) fn store_answers(&self) {
        let now = self.clock.now();
        {
            let store = &mut self.own.lock().store;
            if store.connected_since.is_none() {
                store.connected_since = Some(now);
                store.away_since = None;
            }
        }
        self.change(|status| {
            status.store_connected_since.get_or_insert(now);
        });
    }

    /// The store does not answer, and why.
    pub(crate) fn store_away(&self, why: &dyn Display) {
        let now = self.clock.now();
        {
            let own = &mut *self.own.lock();
            if own.store.connected_since.take().is_some() {
                own.counters.store_outages += 1;
            }
            own.store.away_since.get_or_insert(now);
        }
        self.store_failed(why);
        self.change(|status| status.store_connected_since = None);
    }

    /// How many outages of the store there were, with the one that lasts.
    pub(crate) fn store_outages(&self) -> u64 {
        self.own.lock().counters.store_outages
    }

    /// Something about the store failed, which need not mean that it is away.
    pub(crate) fn store_failed(&self, why: &dyn Display) {
        self.own.lock().store.last_error = Some(StoreError {
            message: why.to_string(),
            at: self.clock.now(),
        });
    }

    /// The agent is known by this id.
    pub(crate) fn has_id(&self, id: &str) {
        self.change(|status| id.clone_into(&mut status.id));
    }

    pub(crate) fn haproxy(&self, change: impl FnOnce(&mut HaproxyStatus)) {
        self.change(|status| change(&mut status.haproxy));
    }

    /// HAProxy has ended without having been told to.
    pub(crate) fn haproxy_ended(&self) {
        self.own.lock().counters.haproxy_restarts += 1;
        self.haproxy(|haproxy| {
            haproxy.master_pid = None;
            haproxy.worker_pid = None;
            haproxy.reloads = 0;
            haproxy.old_workers = 0;
            haproxy.restarts += 1;
            haproxy.silent_since = None;
        });
    }

    /// Whether the HAProxy that runs answers.
    pub(crate) fn haproxy_answers(&self, answers: bool) {
        let now = self.clock.now();
        self.haproxy(|haproxy| {
            let silent = &mut haproxy.silent_since;
            match (answers, *silent) {
                (false, None) => {
                    tracing::error!("HAProxy runs and does not answer");
                    *silent = Some(now);
                }
                (true, Some(since)) => {
                    tracing::info!(%since, "HAProxy answers again");
                    *silent = None;
                }
                _ => {}
            }
        });
    }

    /// The value that runs, if one has been applied.
    pub(crate) fn applied_hash(&self) -> Option<String> {
        self.sender
            .borrow()
            .applied
            .as_ref()
            .map(|applied| applied.hash.clone())
    }

    /// A value runs; whatever failed before is history, but not what is held back.
    pub(crate) fn applied(&self, applied: Option<Applied>) {
        if let Some(applied) = &applied {
            let taken = Duration::from_micros(applied.took_micros);
            self.own.lock().counters.applied(applied.how, taken);
        }
        self.change(|status| {
            if applied.is_some() {
                status.applied = applied;
            }
            status.failure = self.standing();
        });
    }

    /// HAProxy runs this value since it was started or found, which need not be the newest one.
    pub(crate) fn started(&self, applied: Applied, is_wanted: bool) {
        self.own.lock().counters.applied(applied.how, Duration::ZERO);
        self.change(|status| {
            status.applied = Some(applied);
            if is_wanted {
                status.failure = self.standing();
            }
        });
    }

    /// The wanted value is the one that runs.
    pub(crate) fn no_failure(&self) {
        self.change(|status| status.failure = self.standing());
    }

    /// The newest value is held back, until another is believed.
    pub(crate) fn holds_back(&self, hash: &str, why: &str) {
        let held_back = self.failed(hash, FailureKind::HeldBack, why);
        self.own.lock().held_back = Some(held_back);
    }

    /// The newest value is believed, so that nothing is held back any more.
    pub(crate) fn believes(&self) {
        let over = self.own.lock().held_back.take().is_some();
        if over {
            self.change(|status| {
                status
                    .failure
                    .take_if(|failure| failure.kind == FailureKind::HeldBack);
            });
        }
    }

    /// HAProxy ends again and again, whatever it runs.
    pub(crate) fn crashes(&self, hash: &str, why: &str) {
        let crashes = self.failed(hash, FailureKind::Failed, why);
        self.own.lock().crashes = Some(crashes);
    }

    /// HAProxy has run for long enough not to be expected to end again.
    pub(crate) fn no_crashes(&self) {
        let over = self.own.lock().crashes.take();
        if over.is_some() {
            self.change(|status| {
                if status.failure == over {
                    status.failure = self.standing();
                }
            });
        }
    }

    /// What is wrong although a value runs.
    fn standing(&self) -> Option<AgentFailure> {
        let own = self.own.lock();
        own.crashes.as_ref().or(own.held_back.as_ref()).cloned()
    }

    /// A value does not run. The same failure again keeps the time of the first.
    pub(crate) fn failed(&self, hash: &str, kind: FailureKind, message: &str) -> AgentFailure {
        let mut told = AgentFailure {
            hash: hash.to_owned(),
            kind,
            message: message.to_owned(),
            at: self.clock.now(),
        };
        self.change(|status| {
            let known = status
                .failure
                .as_ref()
                .filter(|failure| failure.hash == hash && failure.kind == kind && failure.message == message);
            if let Some(known) = known {
                told.at = known.at;
                return;
            }
            tracing::warn!(
                hash,
                ?kind,
                message,
                "a configuration is not applied, or does not run as it should"
            );
            let own = &mut *self.own.lock();
            own.counters.failure(kind);
            own.last_failure = Some(told.clone());
            status.failure = Some(told.clone());
        });
        told
    }

    fn change(&self, change: impl FnOnce(&mut AgentStatus)) {
        self.sender.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }
}

#[cfg(test)]
mod tests {
    use vamp_io::clock::SystemClock;
    use vamp_kv::handover::How;

    use super::*;

    fn board() -> StatusBoard {
        let base = crate::Base::Text(String::new());
        let config = AgentConfig::new("gateways", "one", "/state", "/run", base);
        StatusBoard::new(&config, "2.6", Arc::new(SystemClock))
    }

    fn told(board: &StatusBoard) -> Option<FailureKind> {
        board.sender.borrow().failure.as_ref().map(|failure| failure.kind)
    }

    fn applied(hash: &str) -> Option<Applied> {
        Some(Applied {
            hash: hash.to_owned(),
            revision: 1,
            how: How::Reload,
            at: SystemClock.now(),
            took_micros: 1,
        })
    }

    #[test]
    fn that_haproxy_ends_again_and_again_is_told_until_it_no_longer_does() {
        let board = board();
        board.crashes("aa", "ended 2 times");
        board.applied(applied("aa"));
        assert_eq!(told(&board), Some(FailureKind::Failed), "it was started again");
        board.holds_back("cc", "held back: empty");
        board.no_crashes();
        assert_eq!(told(&board), Some(FailureKind::HeldBack));
        board.crashes("aa", "ended 2 times");
        board.believes();
        board.no_crashes();
        assert_eq!(told(&board), None);
    }

    #[test]
    fn what_is_held_back_is_told_until_another_value_is_believed() {
        let board = board();
        board.holds_back("cc", "held back: empty");
        // A value that was believed before it is applied, or refused and replaced, only now.
        board.applied(applied("bb"));
        assert_eq!(told(&board), Some(FailureKind::HeldBack));
        board.failed("bb", FailureKind::Failed, "no memory");
        assert_eq!(told(&board), Some(FailureKind::Failed));
        board.no_failure();
        assert_eq!(told(&board), Some(FailureKind::HeldBack));
        board.believes();
        assert_eq!(told(&board), None);
        board.failed("dd", FailureKind::Refused, "no such keyword");
        board.believes();
        assert_eq!(
            told(&board),
            Some(FailureKind::Refused),
            "HAProxy has yet to be asked"
        );
    }
}
