//! Leases: each has a session of its own, whose ephemeral nodes are the keys bound to it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use zookeeper::{Client, Error as ZooKeeperError, StateWatcher};

use super::config::ZooKeeperConfig;
use super::session::{connect, is_connected};
use crate::LeaseId;

/// The leases that a store has granted.
///
/// The library keeps a session alive by itself, so it is this that ends one which nobody keeps. When the process is gone, the
/// server does.
#[derive(Debug)]
pub(super) struct Leases {
    config: Arc<ZooKeeperConfig>,
    granted: Mutex<HashMap<LeaseId, Lease>>,
    /// Two who take up the same session take it from each other.
    resuming: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Lease {
    client: Client,
    ttl: Duration,
    ends: Instant,
}

/// Why a lease cannot be used.
#[derive(Debug)]
pub(super) enum Lost {
    /// It has ended, or never was.
    Ended,
    /// The server could not be asked.
    Unknown(ZooKeeperError),
}

impl Leases {
    pub(super) fn new(config: Arc<ZooKeeperConfig>) -> Self {
        Self {
            config,
            granted: Mutex::default(),
            resuming: tokio::sync::Mutex::default(),
        }
    }

    /// Begins a lease.
    pub(super) async fn grant(self: &Arc<Self>, ttl: Duration) -> Result<LeaseId, ZooKeeperError> {
        let ttl = ttl.max(self.config.session_timeout);
        let client = connect(&self.config, ttl, None).await?;
        let id = LeaseId::from_number(client.session_id().0);
        let ends = Instant::now() + ttl;
        self.granted.lock().insert(id, Lease { client, ttl, ends });
        self.end_in_time(id);
        Ok(id)
    }

    /// Ends the lease when its time has come, unless it was kept meanwhile.
    fn end_in_time(self: &Arc<Self>, id: LeaseId) {
        let leases = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                let ends = {
                    let Some(leases) = leases.upgrade() else { return };
                    let mut granted = leases.granted.lock();
                    let Some(ends) = granted.get(&id).map(|lease| lease.ends) else {
                        return;
                    };
                    if ends <= Instant::now() {
                        granted.remove(&id);
                        return;
                    }
                    ends
                };
                tokio::time::sleep_until(ends).await;
            }
        });
    }

    /// The client of a lease that has not ended, as far as is known here. A session that the library has given up is taken up again,
    /// if the server still has it.
    pub(super) async fn client(&self, id: LeaseId) -> Result<Client, Lost> {
        let (client, _) = self.held(id).ok_or(Lost::Ended)?;
        if is_connected(&client) {
            return Ok(client);
        }
        let _turn = self.resuming.lock().await;
        let (client, ttl) = self.held(id).ok_or(Lost::Ended)?;
        if is_connected(&client) {
            return Ok(client);
        }
        if !client.state().is_terminated() {
            return Err(Lost::Unknown(ZooKeeperError::ConnectionLoss));
        }
        let session = client.session().clone();
        drop(client);
        match connect(&self.config, ttl, Some(session)).await {
            Ok(client) => match self.granted.lock().get_mut(&id) {
                Some(lease) => {
                    lease.client = client.clone();
                    Ok(client)
                }
                None => Err(Lost::Ended),
            },
            Err(ZooKeeperError::SessionExpired) => {
                self.granted.lock().remove(&id);
                Err(Lost::Ended)
            }
            Err(error) => Err(Lost::Unknown(error)),
        }
    }

    /// The client of a lease, and the time that the lease was granted for.
    fn held(&self, id: LeaseId) -> Option<(Client, Duration)> {
        let granted = self.granted.lock();
        let lease = granted.get(&id).filter(|lease| lease.ends > Instant::now())?;
        Some((lease.client.clone(), lease.ttl))
    }

    /// For how long the server keeps a lease of which it hears nothing, which may be less than was asked for.
    pub(super) fn ttl(&self, id: LeaseId, asked: Duration) -> Duration {
        let granted = self.granted.lock();
        let negotiated = granted.get(&id).map(|lease| lease.client.session_timeout());
        negotiated.map_or(asked, |negotiated| negotiated.min(asked))
    }

    /// Keeps a lease for another time to live, after the server has answered in its session.
    pub(super) async fn keep(&self, id: LeaseId) -> Result<(), Lost> {
        let client = self.client(id).await?;
        match client.check_stat("/").await {
            // An expired session is seen by the next try, which asks the server.
            Err(_) if client.state().is_terminated() => {
                drop(client);
                self.client(id).await.map(drop)?;
            }
            Err(error) => return Err(Lost::Unknown(error)),
            Ok(_) => {}
        }
        let mut granted = self.granted.lock();
        let now = Instant::now();
        let lease = granted
            .get_mut(&id)
            .filter(|lease| lease.ends > now)
            .ok_or(Lost::Ended)?;
        lease.ends = now + lease.ttl;
        Ok(())
    }

    /// Ends a lease, and waits until the server has said so. One that has ended is no failure.
    pub(super) async fn revoke(&self, id: LeaseId) -> Result<(), Lost> {
        let session = match self.client(id).await {
            Ok(client) => client.state_watcher(),
            Err(Lost::Ended) => return Ok(()),
            Err(unknown) => return Err(unknown),
        };
        // Dropping the last client closes the session.
        self.granted.lock().remove(&id);
        until_closed(session).await;
        Ok(())
    }
}

async fn until_closed(mut session: StateWatcher) {
    let mut state = session.peek_state();
    while !state.is_terminated() {
        state = session.changed().await;
    }
}
