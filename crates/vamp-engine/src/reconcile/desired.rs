//! The wish, one service after the other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use vamp_drivers::{ObservedService, ServiceId, ServiceSpec};

use super::State;

/// A service that shall run or go, and what was known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// What shall run.
    pub spec: Arc<ServiceSpec>,
    /// The fingerprint of `spec`.
    pub fingerprint: Arc<str>,
    /// Which driver runs it: its place in the list of drivers. None when none can.
    pub driver: Option<usize>,
    /// What was known of it.
    pub state: State,
    /// The change since which it is out of traffic, if it shall go: see [`Traffic`].
    pub generation: u64,
}

impl Desired {
    /// A service that shall run.
    #[must_use]
    pub fn new(spec: ServiceSpec, driver: Option<usize>, state: State) -> Self {
        Self {
            fingerprint: spec.fingerprint().into(),
            spec: Arc::new(spec),
            driver,
            state,
            generation: 0,
        }
    }
}

/// What the platforms run, by driver. None for a driver that could not be asked: nothing is known about what it runs.
#[derive(Debug, Default)]
pub struct Observed {
    drivers: Vec<Option<HashMap<ServiceId, ObservedService>>>,
}

impl Observed {
    /// The answers of the drivers, in their order.
    #[must_use]
    pub fn new(answers: Vec<Option<Vec<ObservedService>>>) -> Self {
        let by_id = |services: Vec<ObservedService>| {
            services
                .into_iter()
                .map(|service| (service.id.clone(), service))
                .collect()
        };
        Self {
            drivers: answers.into_iter().map(|answer| answer.map(by_id)).collect(),
        }
    }

    /// What a driver runs of a service; none when it could not be asked.
    pub(crate) fn at(&self, driver: usize, id: &ServiceId) -> Option<Option<&ObservedService>> {
        let services = self.drivers.get(driver)?.as_ref()?;
        Some(services.get(id))
    }

    /// The drivers that run something of a service, but for one.
    pub(crate) fn elsewhere(
        &self,
        but: Option<usize>,
        id: &ServiceId,
    ) -> impl Iterator<Item = (usize, &ObservedService)> {
        let others = self.drivers.iter().enumerate();
        others
            .filter(move |(driver, _)| Some(*driver) != but)
            .filter_map(move |(driver, services)| Some((driver, services.as_ref()?.get(id)?)))
    }

    /// Whether every driver could be asked.
    pub(crate) fn is_complete(&self) -> bool {
        self.drivers.iter().all(Option::is_some)
    }

    /// Everything that runs.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &ServiceId> {
        self.drivers.iter().flatten().flat_map(HashMap::keys)
    }
}

/// How far changes of the routing have come to the gateway agents. Changes are counted by their generation, which grows.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    /// Publications: up to which generation, and when; the oldest first.
    pub publications: Vec<(u64, Timestamp)>,
    /// The generation that every live agent has applied; 0 while that is not known.
    pub applied: u64,
}

impl Traffic {
    /// Whether a change of this generation has reached traffic: all live agents have applied it, or have had `limit` since it was published.
    pub(crate) fn has_reached(&self, generation: u64, now: Timestamp, limit: Duration) -> Reached {
        let published = self.publications.iter().find(|(up_to, _)| *up_to >= generation);
        match published {
            None => Reached::NotYet,
            Some(_) if self.applied >= generation => Reached::Yes,
            Some((_, at)) => {
                let until = at.saturating_add(limit).unwrap_or(Timestamp::MAX);
                if now >= until {
                    Reached::Yes
                } else {
                    Reached::At(until)
                }
            }
        }
    }
}

/// Whether a change has reached traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    Yes,
    /// At this moment it counts as if it had.
    At(Timestamp),
    NotYet,
}
