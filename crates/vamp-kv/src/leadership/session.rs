//! The session of a candidate: a key under a lease, which is kept.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::store::whole_seconds;
use crate::{ErrorKind, Key, KeyValueStore, LeaseId, Result};

/// Tries to keep a lease within its time, the last of them well before it is over.
const TRIES: u32 = 3;

/// A lease with a key, and until when this process may rely on it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) lease: LeaseId,
    /// The key's name.
    pub(super) name: String,
    /// What was asked for, and what was granted, which may be less.
    asked: Duration,
    ttl: Duration,
    /// Counted from before the store was asked, so that it is over here before it is there.
    pub(super) until: Instant,
}

impl Session {
    /// Opens one below the place of an election.
    pub(super) async fn open(
        store: &dyn KeyValueStore,
        place: &Key,
        id: &str,
        ttl: Duration,
    ) -> Result<Self> {
        let wanted = whole_seconds(ttl);
        let asked = Instant::now();
        let lease = store.grant_lease(wanted).await?;
        let ttl = store.lease_ttl(lease, wanted);
        // A store gives the number of a lease once.
        let name = format!("{id}-{}", lease.number());
        let key = place.join(&name).map_err(|error| {
            crate::Error::new(ErrorKind::Configuration, "stand for", place).because(error)
        })?;
        if let Err(error) = store.put(&key, id.to_owned().into(), Some(lease)).await {
            let _ = store.revoke_lease(lease).await;
            return Err(error);
        }
        Ok(Self {
            lease,
            name,
            asked: wanted,
            ttl,
            until: asked + ttl,
        })
    }

    /// When it has to be kept next.
    pub(super) fn next_keep(&self) -> Instant {
        self.until - self.ttl + self.ttl / TRIES
    }

    /// Keeps it for another time, trying as long as there is time left.
    ///
    /// # Errors
    /// It is over.
    pub(super) async fn keep(&mut self, store: &dyn KeyValueStore) -> Result<()> {
        let over = || crate::Error::new(ErrorKind::LeaseExpired, "keep the session", &self.name);
        loop {
            let asked = Instant::now();
            let left = self.until.saturating_duration_since(asked);
            if left.is_zero() {
                return Err(over());
            }
            match timeout(left, store.keep_lease(self.lease)).await {
                Ok(Ok(())) => {
                    // Another server may have taken the session over.
                    self.ttl = store.lease_ttl(self.lease, self.asked);
                    self.until = asked + self.ttl;
                    return Ok(());
                }
                Ok(Err(error)) if error.kind() == ErrorKind::LeaseExpired => return Err(error),
                Ok(Err(error)) => {
                    tracing::debug!(%error, session = self.name, "a session could not be kept and is tried again");
                    tokio::time::sleep((self.ttl / 30).min(left)).await;
                }
                Err(_) => return Err(over()),
            }
        }
    }
}
