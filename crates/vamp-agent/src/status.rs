use std::sync::Arc;

use tokio::sync::watch;
use vamp_io::clock::Clock;
use vamp_kv::handover::{AgentFailure, AgentStatus, Applied, HaproxyStatus};

use crate::config::AgentConfig;

/// The agent's state, written by its parts, read by whoever holds a receiver.
#[derive(Debug, Clone)]
pub(crate) struct StatusBoard {
    sender: Arc<watch::Sender<AgentStatus>>,
    clock: Arc<dyn Clock>,
}

impl StatusBoard {
    pub(crate) fn new(config: &AgentConfig, haproxy_version: &str, clock: Arc<dyn Clock>) -> Self {
        let status = AgentStatus {
            format: AgentStatus::FORMAT,
            name: config.name.clone(),
            id: config.id.clone(),
            host: config.host.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            haproxy: HaproxyStatus {
                version: haproxy_version.to_owned(),
                ..HaproxyStatus::default()
            },
            applied: None,
            failure: None,
            store_connected_since: None,
        };
        Self {
            sender: Arc::new(watch::Sender::new(status)),
            clock,
        }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<AgentStatus> {
        self.sender.subscribe()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The store answers, or it does not.
    pub(crate) fn store_connected(&self, connected: bool) {
        let since = connected.then(|| self.clock.now());
        self.change(|status| {
            if status.store_connected_since.is_some() != connected {
                status.store_connected_since = since;
            }
        });
    }

    pub(crate) fn haproxy(&self, change: impl FnOnce(&mut HaproxyStatus)) {
        self.change(|status| change(&mut status.haproxy));
    }

    /// A value runs; whatever failed before is history.
    pub(crate) fn applied(&self, applied: Option<Applied>) {
        self.change(|status| {
            if applied.is_some() {
                status.applied = applied;
            }
            status.failure = None;
        });
    }

    /// HAProxy runs this value since it was started or found, which need not be the newest one.
    pub(crate) fn started(&self, applied: Applied, is_wanted: bool) {
        self.change(|status| {
            status.applied = Some(applied);
            if is_wanted {
                status.failure = None;
            }
        });
    }

    /// The wanted value is the one that runs.
    pub(crate) fn no_failure(&self) {
        self.change(|status| status.failure = None);
    }

    /// A value does not run. The same failure again keeps the time of the first.
    pub(crate) fn failed(&self, hash: &str, message: &str) {
        let at = self.clock.now();
        self.change(|status| {
            let known = status
                .failure
                .as_ref()
                .is_some_and(|failure| failure.hash == hash && failure.message == message);
            if !known {
                tracing::warn!(hash, message, "a configuration is not applied");
                status.failure = Some(AgentFailure {
                    hash: hash.to_owned(),
                    message: message.to_owned(),
                    at,
                });
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut AgentStatus)) {
        self.sender.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }
}
