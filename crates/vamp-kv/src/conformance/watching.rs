//! Reading a watch with time limits, and holding it to its order.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt as _;

use super::{Failure, Outcome};
use crate::{Entry, Error, Key, KeyValueStore, WatchEvent, WatchStream};

/// A reader of a watch who knows what is there, and who fails when the watch does not keep to its rules.
pub struct Watcher {
    stream: WatchStream,
    state: BTreeMap<Key, Entry>,
    listing: Option<BTreeMap<Key, Entry>>,
    /// Whether what the watch has told is what is there, but for what comes next.
    listed: bool,
    /// Whether it was so before an outage that is not over.
    interrupted: bool,
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher")
            .field("state", &self.state)
            .field("listing", &self.listing)
            .finish_non_exhaustive()
    }
}

/// What a watch told next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Told {
    /// An event, after it was noted.
    Event(WatchEvent),
    /// An outage.
    Outage(Error),
    /// Nothing within the time.
    Nothing,
}

impl Watcher {
    /// A reader of the watch of `prefix`, who has not read yet.
    #[must_use]
    pub fn new(store: &dyn KeyValueStore, prefix: &Key) -> Self {
        Self {
            stream: store.watch(prefix),
            state: BTreeMap::new(),
            listing: None,
            listed: false,
            interrupted: false,
        }
    }

    /// A reader who has read the first listing.
    ///
    /// # Errors
    /// It did not come in time, or broke a rule.
    pub async fn listed(store: &dyn KeyValueStore, prefix: &Key, limit: Duration) -> Result<Self, Failure> {
        let mut watcher = Self::new(store, prefix);
        watcher.until_listed(limit).await?;
        Ok(watcher)
    }

    /// The value of a key as the watch has told.
    #[must_use]
    pub fn value(&self, key: &Key) -> Option<&[u8]> {
        self.state.get(key).map(|entry| &*entry.value)
    }

    /// All keys as the watch has told.
    #[must_use]
    pub fn state(&self) -> &BTreeMap<Key, Entry> {
        &self.state
    }

    /// What the watch tells next, within a time.
    ///
    /// # Errors
    /// The watch broke a rule: it ended, or its listing is out of order.
    pub async fn next(&mut self, limit: Duration) -> Result<Told, Failure> {
        let event = match tokio::time::timeout(limit, self.stream.next()).await {
            Ok(Some(Ok(event))) => event,
            Ok(Some(Err(error))) => {
                ensure!(
                    error.is_temporary(),
                    "an outage is told by an error that is not temporary: {error}"
                );
                self.interrupted |= self.listed;
                self.listed = false;
                self.listing = None;
                return Ok(Told::Outage(error));
            }
            Ok(None) => return Err(Failure::new("the watch ended")),
            Err(_) => return Ok(Told::Nothing),
        };
        self.note(event.clone())?;
        Ok(Told::Event(event))
    }

    fn note(&mut self, event: WatchEvent) -> Outcome {
        match event {
            WatchEvent::ListingStarted => {
                ensure!(self.listing.is_none(), "a listing began within a listing");
                self.listing = Some(BTreeMap::new());
                self.listed = false;
                self.interrupted = false;
            }
            WatchEvent::Item(entry) => {
                let listing = self
                    .listing
                    .as_mut()
                    .ok_or_else(|| Failure::new("an item outside of a listing"))?;
                ensure!(
                    listing.insert(entry.key.clone(), entry).is_none(),
                    "a key was listed twice"
                );
            }
            WatchEvent::ListingComplete => {
                let listing = self.listing.take();
                self.state = listing.ok_or_else(|| Failure::new("a listing is complete that never began"))?;
                self.listed = true;
            }
            WatchEvent::Put(entry) => {
                ensure!(self.listed, "a change without a complete listing before it");
                self.state.insert(entry.key.clone(), entry);
            }
            WatchEvent::Deleted(key) => {
                ensure!(self.listed, "a change without a complete listing before it");
                self.state.remove(&key);
            }
            WatchEvent::Resumed => {
                ensure!(
                    self.interrupted && self.listing.is_none(),
                    "a watch went on from a state that it had not told"
                );
                self.listed = true;
                self.interrupted = false;
            }
        }
        Ok(())
    }

    /// Reads until a listing is complete, or an outage is over after one. Outages meanwhile are passed over.
    ///
    /// # Errors
    /// It did not come in time, or broke a rule.
    pub async fn until_listed(&mut self, limit: Duration) -> Outcome {
        self.until(limit, "a complete listing", |watcher| watcher.listed)
            .await
    }

    /// Reads until the watch has told that a key has this value; nothing for a key that is gone.
    ///
    /// # Errors
    /// It did not come in time, or broke a rule.
    pub async fn until_value(&mut self, key: &Key, value: Option<&str>, limit: Duration) -> Outcome {
        let expected = value.map(str::as_bytes);
        self.until(limit, &format!("{key} = {value:?}"), |watcher| {
            watcher.listed && watcher.value(key) == expected
        })
        .await
    }

    /// Reads until the watch tells of an outage.
    ///
    /// # Errors
    /// It did not come in time, or broke a rule.
    pub async fn until_outage(&mut self, limit: Duration) -> Result<Error, Failure> {
        let end = tokio::time::Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            match self.next(left).await? {
                Told::Outage(error) => return Ok(error),
                Told::Event(_) => {}
                Told::Nothing => return Err(Failure::new(format!("no outage was told within {limit:?}"))),
            }
        }
    }

    async fn until(&mut self, limit: Duration, what: &str, holds: impl Fn(&Self) -> bool) -> Outcome {
        let end = tokio::time::Instant::now() + limit;
        while !holds(self) {
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            if matches!(self.next(left).await?, Told::Nothing) {
                return Err(Failure::new(format!(
                    "the watch did not tell within {limit:?}: {what}"
                )));
            }
        }
        Ok(())
    }
}
