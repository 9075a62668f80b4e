//! What a platform runs.

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::ServiceId;

/// A service as it is on the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedService {
    /// Which service it is.
    pub id: ServiceId,
    /// [`ServiceSpec::fingerprint`](crate::ServiceSpec::fingerprint) of what the platform was last told; empty when it is not known any more.
    pub fingerprint: String,
    /// How many instances the platform was last told to run; 0 once it is told to undeploy.
    pub wanted: u32,
    /// Whether the platform was told to undeploy it, and only its last instances are still there.
    pub going: bool,
    /// What is there, the oldest first.
    pub instances: Vec<ObservedInstance>,
    /// What went wrong last. It stays until all wanted instances have been ready for a while; whether the service works at
    /// this moment is seen from the instances.
    pub failure: Option<Failure>,
}

impl ObservedService {
    /// The instances that may get traffic.
    pub fn ready(&self) -> impl Iterator<Item = &ObservedInstance> {
        self.instances.iter().filter(|instance| instance.is_ready())
    }

    /// Whether everything is as it was told: the wanted number of instances, all of them up to date and ready, and no other.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let all_good = self
            .instances
            .iter()
            .all(|instance| instance.current && instance.is_ready());
        !self.going
            && all_good
            && usize::try_from(self.wanted).is_ok_and(|wanted| wanted == self.instances.len())
    }
}

/// One instance of a service as it is on the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedInstance {
    /// Its name: letters, digits and `-`, never used twice on the platform.
    pub name: String,
    /// Where the gateway agent reaches it.
    pub host: String,
    /// Host ports by the breed's port names, in the breed's order.
    pub ports: IndexMap<String, u16>,
    /// How far it is.
    pub state: InstanceState,
    /// Whether it runs what the service was last told; else its replacement is on the way.
    pub current: bool,
    /// When it was started.
    pub since: Timestamp,
}

impl ObservedInstance {
    /// Whether it may get traffic.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state == InstanceState::Ready
    }
}

/// How far an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstanceState {
    /// It was started and is not ready yet.
    Starting,
    /// It may get traffic.
    Ready,
    /// It was ready, and fails its health checks.
    Ill,
    /// It shall go: it gets no new traffic, finishes what it has, and ends.
    Going,
}

/// What went wrong with a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened, in plain words: `the instance shop-web-1f3a ended with exit status 3`.
    pub reason: String,
    /// The last lines that the instance wrote, the oldest first; bounded.
    pub log_tail: Vec<String>,
    /// When it was seen.
    pub at: Timestamp,
    /// How many failures in a row this is, from 1.
    pub count: u32,
}
