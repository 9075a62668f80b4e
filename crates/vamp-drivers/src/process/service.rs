//! What everybody may know of one service: what is wanted, and what was last seen of it.

use std::net::IpAddr;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::record::{FORMAT, StoredId, StoredSpec, StoredWish};
use crate::{Failure, InstanceState, ObservedInstance, ObservedService, ServiceId, ServiceSpec};

/// What is wanted of a service.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    /// It shall run.
    Run(Arc<Wanted>),
    /// It shall go.
    Go,
    /// Nobody knows: there are instances, and the file with the wish is not there. They are left alone until somebody says more.
    Unknown,
}

/// A specification with what is computed of it.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) spec: ServiceSpec,
    pub(super) fingerprint: String,
    pub(super) launch: String,
}

impl Wish {
    pub(super) fn run(spec: ServiceSpec) -> Self {
        Self::Run(Arc::new(Wanted {
            fingerprint: spec.fingerprint(),
            launch: spec.launch_fingerprint(),
            spec,
        }))
    }

    pub(super) fn is_run_of(&self, spec: &ServiceSpec) -> bool {
        matches!(self, Self::Run(wanted) if wanted.spec == *spec)
    }

    pub(super) fn to_stored(&self, id: &ServiceId) -> StoredWish {
        StoredWish {
            format: FORMAT,
            service: StoredId::from(id),
            spec: match self {
                Self::Run(wanted) => Some(StoredSpec::from(&wanted.spec)),
                Self::Go | Self::Unknown => None,
            },
        }
    }
}

/// An instance as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) host: IpAddr,
    pub(super) ports: IndexMap<String, u16>,
    pub(super) launch: String,
    pub(super) state: InstanceState,
    pub(super) since: Timestamp,
}

/// One service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) id: ServiceId,
    board: Mutex<Board>,
    /// Its supervisor has something to do.
    pub(super) wake: Notify,
}

#[derive(Debug)]
struct Board {
    wish: Wish,
    instances: Vec<Seen>,
    failure: Option<Failure>,
}

impl Service {
    pub(super) fn new(id: ServiceId, wish: Wish, instances: Vec<Seen>) -> Self {
        let board = Board {
            wish,
            instances,
            failure: None,
        };
        Self {
            id,
            board: Mutex::new(board),
            wake: Notify::new(),
        }
    }

    pub(super) fn wish(&self) -> Wish {
        self.board.lock().wish.clone()
    }

    pub(super) fn set_wish(&self, wish: Wish) {
        self.board.lock().wish = wish;
        self.wake.notify_one();
    }

    /// Says what is seen now; returns whether that is news.
    pub(super) fn publish(&self, instances: Vec<Seen>, failure: Option<&Failure>) -> bool {
        let mut board = self.board.lock();
        if board.instances == instances && board.failure.as_ref() == failure {
            return false;
        }
        board.instances = instances;
        board.failure = failure.cloned();
        true
    }

    /// The names of the instances.
    pub(super) fn names(&self) -> Vec<String> {
        let board = self.board.lock();
        board
            .instances
            .iter()
            .map(|instance| instance.name.clone())
            .collect()
    }

    pub(super) fn observed(&self) -> ObservedService {
        let board = self.board.lock();
        let count = || u32::try_from(board.instances.len()).unwrap_or(u32::MAX);
        let (fingerprint, launch, wanted, going) = match &board.wish {
            Wish::Run(wanted) => (
                wanted.fingerprint.clone(),
                Some(&wanted.launch),
                wanted.spec.scale.instances,
                false,
            ),
            Wish::Go => (String::new(), None, 0, true),
            Wish::Unknown => (String::new(), None, count(), false),
        };
        let instances = board.instances.iter().map(|instance| ObservedInstance {
            name: instance.name.clone(),
            host: instance.host.to_string(),
            ports: instance.ports.clone(),
            state: if going {
                InstanceState::Going
            } else {
                instance.state
            },
            current: launch.is_some_and(|launch| *launch == instance.launch),
            since: instance.since,
        });
        ObservedService {
            id: self.id.clone(),
            fingerprint,
            wanted,
            going,
            instances: instances.collect(),
            failure: board.failure.clone(),
        }
    }
}
