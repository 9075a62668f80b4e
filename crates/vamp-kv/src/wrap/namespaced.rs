//! A store below a key of another one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;

use crate::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchEvent, WatchStream,
};

/// A store whose keys all stand below a base key of another store: nothing else of it can be reached. Keys are told without the base;
/// errors name the whole key, which is where to look.
#[derive(Debug)]
pub struct Namespaced {
    inner: Arc<dyn KeyValueStore>,
    base: Key,
}

impl Namespaced {
    /// What stands below `base` in `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn KeyValueStore>, base: Key) -> Self {
        Self { inner, base }
    }

    fn whole(&self, key: &Key) -> Key {
        key.below(&self.base)
    }

    fn whole_guard(&self, guard: Option<&Guard>) -> Option<Guard> {
        guard.map(|guard| Guard {
            key: self.whole(&guard.key),
            ..guard.clone()
        })
    }
}

/// The key without the base.
fn bare(key: &Key, base: &Key) -> Result<Key> {
    key.without(base).ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "read", key).because(format!("it is not below {base}"))
    })
}

fn bare_entry(entry: Entry, base: &Key) -> Result<Entry> {
    Ok(Entry {
        key: bare(&entry.key, base)?,
        ..entry
    })
}

fn bare_event(event: WatchEvent, base: &Key) -> Result<WatchEvent> {
    Ok(match event {
        WatchEvent::Item(entry) => WatchEvent::Item(bare_entry(entry, base)?),
        WatchEvent::Put(entry) => WatchEvent::Put(bare_entry(entry, base)?),
        WatchEvent::Deleted(key) => WatchEvent::Deleted(bare(&key, base)?),
        WatchEvent::ListingStarted | WatchEvent::ListingComplete | WatchEvent::Resumed => event,
    })
}

#[async_trait]
impl KeyValueStore for Namespaced {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        let entry = self.inner.get(&self.whole(key)).await?;
        entry.map(|entry| bare_entry(entry, &self.base)).transpose()
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        self.inner.put(&self.whole(key), value, lease).await
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        let guard = self.whole_guard(guard);
        self.inner
            .put_if(&self.whole(key), value, condition, guard.as_ref())
            .await
    }

    async fn put_with(
        &self,
        absent: Vec<(Key, Bytes)>,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        let guard = self.whole_guard(guard);
        let absent = absent
            .into_iter()
            .map(|(key, value)| (self.whole(&key), value))
            .collect();
        self.inner
            .put_with(absent, &self.whole(key), value, condition, guard.as_ref())
            .await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.inner.delete(&self.whole(key)).await
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        let entries = self.inner.list(&self.whole(prefix)).await?;
        entries
            .into_iter()
            .map(|entry| bare_entry(entry, &self.base))
            .collect()
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        let base = self.base.clone();
        self.inner
            .watch(&self.whole(prefix))
            .map(move |told| told.and_then(|event| bare_event(event, &base)))
            .boxed()
    }

    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId> {
        self.inner.grant_lease(ttl).await
    }

    fn lease_ttl(&self, lease: LeaseId, asked: Duration) -> Duration {
        self.inner.lease_ttl(lease, asked)
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        self.inner.keep_lease(lease).await
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        self.inner.revoke_lease(lease).await
    }
}
