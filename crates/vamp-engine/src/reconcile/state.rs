//! What is known of a deployed service, and in which form it is kept.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vamp_model::{Health, Instance, Intention, Phase, Status};

/// What is known of a service: how far it is, and what runs.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// What is wanted, how far it is, and since when.
    pub status: Status,
    /// When the service last ceased to be as wanted: from then the time limit counts.
    pub unsettled_since: Timestamp,
    /// It took too long, or can never work: nothing more is done until somebody asks again.
    pub given_up: bool,
    /// The instances as they were seen last.
    pub instances: Vec<Instance>,
}

impl State {
    /// A service that was asked for just now.
    #[must_use]
    pub fn initiated(intention: Intention, now: Timestamp) -> Self {
        Self {
            status: Status {
                intention,
                since: now,
                phase: Phase::Initiated,
                phase_since: now,
            },
            unsettled_since: now,
            given_up: false,
            instances: Vec::new(),
        }
    }

    /// The same service asked for again; what runs goes on running.
    #[must_use]
    pub fn again(&self, intention: Intention, now: Timestamp) -> Self {
        let mut state = Self::initiated(intention, now);
        if self.status.intention == intention {
            state.status.since = self.status.since;
        }
        state.instances = self.instances.clone();
        state
    }

    /// Whether the wish is fulfilled.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.status.phase == Phase::Done
    }

    /// Enters a phase; one that it is in already goes on since it began.
    pub(crate) fn enter(&mut self, phase: Phase, now: Timestamp) {
        if std::mem::discriminant(&self.status.phase) != std::mem::discriminant(&phase) {
            self.status.phase_since = now;
        }
        self.status.phase = phase;
    }

    /// Counts of the instances, where `wanted` are wanted.
    #[must_use]
    pub fn health(&self, wanted: u32) -> Health {
        let count = |instances: usize| u32::try_from(instances).unwrap_or(u32::MAX);
        let running = count(self.instances.len());
        let healthy = count(self.instances.iter().filter(|instance| instance.deployed).count());
        Health {
            staged: wanted.saturating_sub(running),
            running,
            healthy,
            unhealthy: running - healthy,
        }
    }
}

/// The states of a deployment's services as they are stored: JSON, format 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredStates {
    format: u32,
    services: Vec<StoredState>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredState {
    cluster: String,
    service: String,
    intention: StoredIntention,
    since: Timestamp,
    phase: StoredPhase,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    notification: String,
    phase_since: Timestamp,
    unsettled_since: Timestamp,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    given_up: bool,
    instances: Vec<StoredInstance>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredIntention {
    Deployment,
    Undeployment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredPhase {
    Initiated,
    Updating,
    Done,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredInstance {
    name: String,
    host: String,
    ports: IndexMap<String, u16>,
    ready: bool,
}

impl StoredStates {
    const FORMAT: u32 = 1;

    /// The states of services, each with the names of its cluster and of itself.
    pub(crate) fn of<'s>(states: impl Iterator<Item = (&'s str, &'s str, &'s State)>) -> Self {
        Self {
            format: Self::FORMAT,
            services: states
                .map(|(cluster, service, state)| StoredState::of(cluster, service, state))
                .collect(),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        // Every key is text, so that nothing can fail; should it, the text shows it.
        serde_json::to_string(self).unwrap_or_else(|error| error.to_string())
    }

    /// Reads what was stored.
    pub(crate) fn read(content: &str) -> Result<Self, String> {
        let states: Self = serde_json::from_str(content).map_err(|error| error.to_string())?;
        if states.format == Self::FORMAT {
            Ok(states)
        } else {
            Err(format!(
                "its format is {}, known is {}",
                states.format,
                Self::FORMAT
            ))
        }
    }

    /// The state of a service, if there is one.
    pub(crate) fn get(&self, cluster: &str, service: &str) -> Option<State> {
        self.services
            .iter()
            .find(|stored| stored.cluster == cluster && stored.service == service)
            .map(StoredState::to_state)
    }
}

impl StoredState {
    fn of(cluster: &str, service: &str, state: &State) -> Self {
        let (phase, notification) = match &state.status.phase {
            Phase::Initiated => (StoredPhase::Initiated, ""),
            Phase::Updating => (StoredPhase::Updating, ""),
            Phase::Done => (StoredPhase::Done, ""),
            Phase::Failed { notification } => (StoredPhase::Failed, notification.as_str()),
        };
        Self {
            cluster: cluster.to_owned(),
            service: service.to_owned(),
            intention: match state.status.intention {
                Intention::Deployment => StoredIntention::Deployment,
                Intention::Undeployment => StoredIntention::Undeployment,
            },
            since: state.status.since,
            phase,
            notification: notification.to_owned(),
            phase_since: state.status.phase_since,
            unsettled_since: state.unsettled_since,
            given_up: state.given_up,
            instances: state
                .instances
                .iter()
                .map(|instance| StoredInstance {
                    name: instance.name.clone(),
                    host: instance.host.clone(),
                    ports: instance.ports.clone(),
                    ready: instance.deployed,
                })
                .collect(),
        }
    }

    fn to_state(&self) -> State {
        State {
            status: Status {
                intention: match self.intention {
                    StoredIntention::Deployment => Intention::Deployment,
                    StoredIntention::Undeployment => Intention::Undeployment,
                },
                since: self.since,
                phase: match self.phase {
                    StoredPhase::Initiated => Phase::Initiated,
                    StoredPhase::Updating => Phase::Updating,
                    StoredPhase::Done => Phase::Done,
                    StoredPhase::Failed => Phase::Failed {
                        notification: self.notification.clone(),
                    },
                },
                phase_since: self.phase_since,
            },
            unsettled_since: self.unsettled_since,
            given_up: self.given_up,
            instances: self
                .instances
                .iter()
                .map(|instance| Instance {
                    name: instance.name.clone(),
                    host: instance.host.clone(),
                    ports: instance.ports.clone(),
                    deployed: instance.ready,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_reads_back_as_it_was() {
        let now = Timestamp::UNIX_EPOCH;
        let mut failed = State::initiated(Intention::Deployment, now);
        failed.enter(
            Phase::Failed {
                notification: "it ended".to_owned(),
            },
            now,
        );
        failed.given_up = true;
        failed.instances.push(Instance {
            name: "i".to_owned(),
            host: "127.0.0.1".to_owned(),
            ports: [("http".to_owned(), 1)].into_iter().collect(),
            deployed: true,
        });
        let going = State::initiated(Intention::Undeployment, now);
        let written =
            StoredStates::of([("web", "web:1", &failed), ("web", "web:2", &going)].into_iter()).to_json();
        let read = StoredStates::read(&written).unwrap();
        assert_eq!(read.get("web", "web:1"), Some(failed));
        assert_eq!(read.get("web", "web:2"), Some(going));
        assert_eq!(read.get("web", "web:3"), None);
    }

    #[test]
    fn a_form_from_the_future_is_named() {
        let error = StoredStates::read(r#"{"format":2,"services":[]}"#).unwrap_err();
        assert_eq!(error, "its format is 2, known is 1");
    }
}
