//! What an agent says of itself to those who ask it directly.

use jiff::Timestamp;
use serde::Serialize;
use vamp_kv::handover::{AgentFailure, AgentStatus, FailureKind};

use crate::counters::Counters;

/// The state of an agent with what only it knows: while the store is away, nobody else can tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Overview {
    /// Why the gateways are not served as they should be; nothing while they are. See [`AgentHealth`].
    pub unhealthy: Option<String>,
    /// What it reports to the store.
    pub agent: AgentStatus,
    /// The store as the agent sees it.
    pub store: StoreCondition,
    /// The last configuration that was not applied, even if another one has been applied since.
    pub last_failure: Option<AgentFailure>,
    /// What was counted since the agent was started.
    pub counters: Counters,
    /// The responder of [`AgentConfig::dns`](crate::AgentConfig::dns), where there is one.
    #[cfg(feature = "dns")]
    pub dns: Option<crate::dns::DnsStatus>,
    /// The log path of [`AgentConfig::logs`](crate::AgentConfig::logs), where there is one.
    #[cfg(feature = "logs")]
    pub logs: Option<crate::logs::LogStatus>,
    /// The metrics of [`AgentConfig::metrics`](crate::AgentConfig::metrics), where they are published.
    #[cfg(feature = "logs")]
    pub metrics: Option<crate::logs::MetricsStatus>,
}

/// The store as an agent sees it. One of the two moments is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreCondition {
    /// Since when it answers; nothing while it does not.
    pub connected_since: Option<Timestamp>,
    /// Since when it does not answer; nothing while it does.
    pub away_since: Option<Timestamp>,
    /// The last failure, in its words.
    pub last_error: Option<StoreError>,
}

/// A failure of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreError {
    /// What was said.
    pub message: String,
    /// When it was said last.
    pub at: Timestamp,
}

/// Whether the gateways are served as they should be.
///
/// A store that is away, and a configuration that is refused, held back or cannot be loaded, leave what runs as it is. They reach all agents
/// at once and are no reason to take this HAProxy out of traffic: they are told, and the agent stays healthy. Unhealthy is an agent
/// whose HAProxy does not run, or has not answered when it was asked last, every [`Limits::safety_pass`](crate::Limits::safety_pass).
pub trait AgentHealth {
    /// What is wrong; nothing when nothing is.
    fn unhealthy(&self) -> Option<String>;
}

impl AgentHealth for AgentStatus {
    fn unhealthy(&self) -> Option<String> {
        if let Some(since) = self.haproxy.silent_since {
            return Some(format!("HAProxy runs and does not answer since {since}"));
        }
        if self.haproxy.worker_pid.is_some() {
            return None;
        }
        let failure = self.failure.as_ref();
        let failed = failure.filter(|failure| failure.kind == FailureKind::Failed);
        Some(match failed {
            Some(failure) => format!("HAProxy does not run: {}", failure.message),
            None => "HAProxy does not run".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use vamp_kv::handover::HaproxyStatus;

    use super::*;

    fn status(worker_pid: Option<u32>, kind: Option<FailureKind>) -> AgentStatus {
        AgentStatus {
            format: AgentStatus::FORMAT,
            name: "edge".to_owned(),
            id: "one".to_owned(),
            host: "one".to_owned(),
            version: "0".to_owned(),
            started: None,
            haproxy: HaproxyStatus {
                worker_pid,
                ..HaproxyStatus::default()
            },
            applied: None,
            failure: kind.map(|kind| AgentFailure {
                hash: "aa".to_owned(),
                kind,
                message: "words".to_owned(),
                at: Timestamp::UNIX_EPOCH,
            }),
            store_connected_since: None,
        }
    }

    #[test]
    fn only_what_hinders_traffic_is_unhealthy() {
        let told = |worker, kind| status(worker, kind).unhealthy();
        assert_eq!(told(Some(1), None), None, "a store that is away hinders nobody");
        assert_eq!(told(Some(1), Some(FailureKind::Refused)), None);
        assert_eq!(told(Some(1), Some(FailureKind::HeldBack)), None);
        assert_eq!(told(Some(1), Some(FailureKind::Failed)), None);
        assert_eq!(told(None, None).as_deref(), Some("HAProxy does not run"));
        assert_eq!(
            told(None, Some(FailureKind::Failed)).as_deref(),
            Some("HAProxy does not run: words")
        );
    }
}
