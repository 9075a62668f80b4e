//! Who is there: agents write their state under a lease, so that it goes when they go.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use futures::stream::BoxStream;

use super::{AgentStatus, HandOver, segment};
use crate::{Entry, Error, ErrorKind, Key, LeaseId, Result, WatchEvent};

impl HandOver {
    /// Writes the state of an agent, bound to its lease.
    ///
    /// # Errors
    /// The store could not be asked, the lease has expired, or name or id are no segments of a key.
    pub async fn report(&self, status: &AgentStatus, lease: LeaseId) -> Result<()> {
        let key = segment(&segment(&self.agents, &status.name)?, &status.id)?;
        let value = serde_json::to_vec(status)
            .map_err(|error| Error::new(ErrorKind::Protocol, "report", &key).because(error))?;
        self.store().put(&key, value.into(), Some(lease)).await.map(drop)
    }

    /// What the agent of this name and id says of itself; nothing when there is none.
    ///
    /// # Errors
    /// The store could not be asked, or name or id are no segments of a key.
    pub async fn agent(&self, name: &str, id: &str) -> Result<Option<AgentStatus>> {
        let key = segment(&segment(&self.agents, name)?, id)?;
        Ok(self.store().get(&key).await?.as_ref().and_then(read))
    }

    /// The agents that are there.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn agents(&self) -> Result<Vec<AgentStatus>> {
        Ok(self
            .store()
            .list(&self.agents)
            .await?
            .iter()
            .filter_map(read)
            .collect())
    }

    /// The agents that are there, each time that something of it changes. An error tells of an outage; they are told again when it is over.
    pub fn watch_agents(&self) -> BoxStream<'static, Result<Vec<AgentStatus>>> {
        let mut changes = self.store().watch(&self.agents);
        Box::pin(async_stream::stream! {
            let mut agents: BTreeMap<Key, AgentStatus> = BTreeMap::new();
            let mut listing: Option<BTreeMap<Key, AgentStatus>> = None;
            while let Some(event) = changes.next().await {
                match event {
                    Ok(WatchEvent::ListingStarted) => {
                        listing = Some(BTreeMap::new());
                        continue;
                    }
                    Ok(WatchEvent::ListingComplete) => agents = listing.take().unwrap_or_default(),
                    Ok(WatchEvent::Item(entry)) => {
                        if let (Some(listing), Some(status)) = (&mut listing, read(&entry)) {
                            listing.insert(entry.key, status);
                        }
                        continue;
                    }
                    Ok(WatchEvent::Put(entry)) => match read(&entry) {
                        Some(status) => drop(agents.insert(entry.key, status)),
                        None => continue,
                    },
                    Ok(WatchEvent::Deleted(key)) => drop(agents.remove(&key)),
                    // Told again: the reader knows of the outage.
                    Ok(WatchEvent::Resumed) => {}
                    Err(error) => {
                        yield Err(error);
                        continue;
                    }
                }
                yield Ok(agents.values().cloned().collect());
            }
        })
    }
}

/// A state that this program can read. What an agent of another format says is no reason to stop.
fn read(entry: &Entry) -> Option<AgentStatus> {
    match serde_json::from_slice::<AgentStatus>(&entry.value) {
        Ok(status) if status.format == AgentStatus::FORMAT => Some(status),
        Ok(status) => {
            tracing::warn!(key = %entry.key, format = status.format, "an agent of another format is left out");
            None
        }
        Err(error) => {
            tracing::warn!(key = %entry.key, %error, "the state of an agent cannot be read and is left out");
            None
        }
    }
}
