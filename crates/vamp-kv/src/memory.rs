//! A store in the memory of one process.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::store::whole_seconds;
use crate::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchEvent, WatchStream,
};

/// How many changes a slow watcher may be behind before it gets a fresh listing.
const BACKLOG: usize = 1024;

/// The largest value, in bytes, that is kept for a slow watcher: with [`BACKLOG`], 16 MiB at the most.
const SMALL: usize = 16 * 1024;

/// A store in memory; clones share it. Its values end with the process.
///
/// A watcher is told each change. One that does not read for a while misses steps, never the end: it gets a fresh listing after
/// 1024 changes, and of a value above 16 KiB the newest only.
///
/// Leases are ended by a task, so they are granted within a tokio runtime only.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    max_value: Option<usize>,
    content: Mutex<Content>,
    changes: broadcast::Sender<Change>,
}

/// What has happened to a key.
#[derive(Debug, Clone)]
enum Change {
    Written(Entry),
    /// A value above [`SMALL`] stays where it is, so that a watcher that does not read keeps no old ones alive.
    WrittenLarge(Key, Version),
    Removed(Key),
}

impl Change {
    const fn key(&self) -> &Key {
        match self {
            Self::Written(entry) => &entry.key,
            Self::WrittenLarge(key, _) | Self::Removed(key) => key,
        }
    }
}

#[derive(Debug, Default)]
struct Content {
    entries: BTreeMap<Key, Entry>,
    /// The lease to which a key is bound.
    bound: HashMap<Key, LeaseId>,
    leases: HashMap<LeaseId, Lease>,
    last: u64,
}

#[derive(Debug)]
struct Lease {
    ttl: Duration,
    ends: Instant,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::bounded(None)
    }

    /// An empty store that takes values of at most `max_value` bytes, as stores elsewhere do.
    #[must_use]
    pub fn with_max_value(max_value: usize) -> Self {
        Self::bounded(Some(max_value))
    }

    fn bounded(max_value: Option<usize>) -> Self {
        let changes = broadcast::Sender::new(BACKLOG);
        let shared = Shared {
            max_value,
            content: Mutex::default(),
            changes,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    fn check_size(&self, operation: &'static str, key: &Key, value: &Bytes) -> Result<()> {
        match self.shared.max_value {
            Some(limit) if value.len() > limit => {
                Err(Error::new(ErrorKind::TooLarge { limit }, operation, key))
            }
            _ => Ok(()),
        }
    }

    /// Carries out `operation` on what is there after expired leases have gone, and tells the watchers of the changes in order.
    fn with<T>(&self, operation: impl FnOnce(&mut Content, &mut Vec<Change>) -> T) -> T {
        let mut content = self.shared.content.lock();
        let mut changes = Vec::new();
        content.expire(&mut changes);
        let result = operation(&mut content, &mut changes);
        for change in changes {
            // Nobody watching is no failure.
            let _ = self.shared.changes.send(change);
        }
        result
    }

    /// What a watcher of `prefix` is told of a change; nothing of a large value that is not there any more, because another change
    /// follows.
    fn event(&self, change: Change, prefix: &Key) -> Option<WatchEvent> {
        if !change.key().is_at_or_below(prefix) {
            return None;
        }
        match change {
            Change::Written(entry) => Some(WatchEvent::Put(entry)),
            Change::WrittenLarge(key, version) => {
                let content = self.shared.content.lock();
                let entry = content.entries.get(&key).filter(|entry| entry.version == version);
                entry.cloned().map(WatchEvent::Put)
            }
            Change::Removed(key) => Some(WatchEvent::Deleted(key)),
        }
    }

    /// Ends the lease when its time has come, unless it was kept meanwhile.
    fn expire_later(&self, lease: LeaseId) {
        let store = Arc::downgrade(&self.shared);
        tokio::spawn(async move {
            loop {
                let Some(shared) = store.upgrade() else { return };
                let ends = shared.content.lock().leases.get(&lease).map(|lease| lease.ends);
                let Some(ends) = ends else { return };
                if ends <= Instant::now() {
                    Self { shared }.with(|_, _| ());
                    return;
                }
                drop(shared);
                tokio::time::sleep_until(ends).await;
            }
        });
    }
}

impl Content {
    fn expire(&mut self, changes: &mut Vec<Change>) {
        let now = Instant::now();
        let expired: HashSet<LeaseId> = self
            .leases
            .iter()
            .filter(|(_, lease)| lease.ends <= now)
            .map(|(id, _)| *id)
            .collect();
        for lease in expired {
            self.end_lease(lease, changes);
        }
    }

    fn end_lease(&mut self, lease: LeaseId, changes: &mut Vec<Change>) {
        self.leases.remove(&lease);
        let mut keys: Vec<Key> = self
            .bound
            .iter()
            .filter(|(_, of)| **of == lease)
            .map(|(key, _)| key.clone())
            .collect();
        keys.sort();
        for key in keys {
            self.remove(&key, changes);
        }
    }

    fn remove(&mut self, key: &Key, changes: &mut Vec<Change>) -> bool {
        self.bound.remove(key);
        let there = self.entries.remove(key).is_some();
        if there {
            changes.push(Change::Removed(key.clone()));
        }
        there
    }

    fn write(
        &mut self,
        key: &Key,
        value: Bytes,
        lease: Option<LeaseId>,
        changes: &mut Vec<Change>,
    ) -> Version {
        self.last += 1;
        let version = Version::from_number(self.last);
        let entry = Entry {
            key: key.clone(),
            value,
            version,
        };
        changes.push(if entry.value.len() > SMALL {
            Change::WrittenLarge(key.clone(), version)
        } else {
            Change::Written(entry.clone())
        });
        self.entries.insert(key.clone(), entry);
        match lease {
            Some(lease) => self.bound.insert(key.clone(), lease),
            None => self.bound.remove(key),
        };
        version
    }

    fn version(&self, key: &Key) -> Option<Version> {
        self.entries.get(key).map(|entry| entry.version)
    }

    fn below(&self, prefix: &Key) -> Vec<Entry> {
        self.entries
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.as_str().starts_with(prefix.as_str()))
            .filter(|(key, _)| key.is_at_or_below(prefix))
            .map(|(_, entry)| entry.clone())
            .collect()
    }
}

#[async_trait]
impl KeyValueStore for MemoryStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_value: self.shared.max_value,
            guard: true,
            lease: true,
            durable: false,
            every_change: true,
        }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        Ok(self.with(|content, _| content.entries.get(key).cloned()))
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        self.check_size("put", key, &value)?;
        self.with(|content, changes| {
            if lease.is_some_and(|lease| !content.leases.contains_key(&lease)) {
                return Err(Error::new(ErrorKind::LeaseExpired, "put", key));
            }
            Ok(content.write(key, value, lease, changes))
        })
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        self.check_size("put", key, &value)?;
        Ok(self.with(|content, changes| {
            let holds = match condition {
                Condition::Absent => content.version(key).is_none(),
                Condition::Version(version) => content.version(key) == Some(version),
            };
            let guarded = guard.is_none_or(|guard| guard.holds(content.entries.get(&guard.key)));
            (holds && guarded).then(|| content.write(key, value, None, changes))
        }))
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        Ok(self.with(|content, changes| content.remove(key, changes)))
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        Ok(self.with(|content, _| content.below(prefix)))
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        Box::pin(watch(self.clone(), prefix.clone()))
    }

    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId> {
        let ttl = whole_seconds(ttl);
        let lease = self.with(|content, _| {
            content.last += 1;
            let lease = LeaseId::from_number(i64::try_from(content.last).unwrap_or(i64::MAX));
            content.leases.insert(
                lease,
                Lease {
                    ttl,
                    ends: Instant::now() + ttl,
                },
            );
            lease
        });
        self.expire_later(lease);
        Ok(lease)
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        self.with(|content, _| {
            let kept = content.leases.get_mut(&lease);
            let kept =
                kept.ok_or_else(|| Error::new(ErrorKind::LeaseExpired, "keep lease", lease.number()))?;
            kept.ends = Instant::now() + kept.ttl;
            Ok(())
        })
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        self.with(|content, changes| content.end_lease(lease, changes));
        Ok(())
    }
}

/// Lists, then follows; lists anew when more changes came than were kept for a slow watcher.
fn watch(store: MemoryStore, prefix: Key) -> impl futures::Stream<Item = Result<WatchEvent>> + Send {
    async_stream::stream! {
        loop {
            // Subscribed and listed under one lock: nothing happens between the two.
            let (mut changes, entries) = store.with(|content, _| {
                (store.shared.changes.subscribe(), content.below(&prefix))
            });
            yield Ok(WatchEvent::ListingStarted);
            for entry in entries {
                yield Ok(WatchEvent::Item(entry));
            }
            yield Ok(WatchEvent::ListingComplete);
            while let Ok(change) = changes.recv().await {
                if let Some(event) = store.event(change, &prefix) {
                    yield Ok(event);
                }
            }
        }
    }
}
