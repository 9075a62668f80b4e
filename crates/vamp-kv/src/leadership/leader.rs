//! Leading.

use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::election::Election;
use super::session::Session;
use crate::{Guard, LeaseId, Result};

/// What the writes of a leader go with, so that they are refused once another leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fencing {
    /// For the store: it writes nothing any more when this does not hold.
    pub guard: Guard,
    /// For readers: the [term](Leader::term) of the leader that wrote.
    pub number: u64,
}

/// A candidate that leads, until it is dropped, resigns, or loses its session. The session is kept in a task of its own.
#[derive(Debug)]
pub struct Leader {
    election: Election,
    lease: LeaseId,
    guard: Guard,
    term: u64,
    until: Arc<Mutex<Instant>>,
    lost: watch::Receiver<bool>,
    keeping: JoinHandle<()>,
}

impl Leader {
    pub(super) fn start(election: Election, mut session: Session, guard: Guard, term: u64) -> Self {
        let (say, lost) = watch::channel(false);
        let lease = session.lease;
        let until = Arc::new(Mutex::new(session.until));
        let (store, shared) = (Arc::clone(&election.store), Arc::clone(&until));
        let keeping = tokio::spawn(async move {
            loop {
                tokio::time::sleep_until(session.next_keep()).await;
                if let Err(error) = session.keep(&*store).await {
                    tracing::info!(%error, "this candidate leads no longer");
                    break;
                }
                *shared.lock() = session.until;
            }
            say.send_replace(true);
        });
        Self {
            election,
            lease,
            guard,
            term,
            until,
            lost,
            keeping,
        }
    }

    /// What a write has to be guarded by: it is refused once another leads.
    #[must_use]
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// What publications and the like go with.
    #[must_use]
    pub fn fencing(&self) -> Fencing {
        Fencing {
            guard: self.guard.clone(),
            number: self.term,
        }
    }

    /// The fencing number: greater than that of each leader before.
    #[must_use]
    pub const fn term(&self) -> u64 {
        self.term
    }

    /// Whether no other can lead yet, by the clock of this process.
    #[must_use]
    pub fn leads(&self) -> bool {
        !*self.lost.borrow() && Instant::now() < *self.until.lock()
    }

    /// Waits until this candidate leads no longer.
    pub async fn lost(&self) {
        let mut lost = self.lost.clone();
        // The task that says it goes only with this value.
        let _ = lost.wait_for(|lost| *lost).await;
    }

    /// Gives the leadership away at once.
    ///
    /// # Errors
    /// The store could not be asked: the next one leads when the session has ended.
    pub async fn resign(self) -> Result<()> {
        self.keeping.abort();
        self.election.store.revoke_lease(self.lease).await
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.keeping.abort();
    }
}
