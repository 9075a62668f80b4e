//! A store for tests, with trouble of a kind that nobody else makes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use parking_lot::Mutex;
use tokio::sync::watch;
use vamp_kv::memory::MemoryStore;
use vamp_kv::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchStream,
};

/// A store in memory that is as it should be until something else is asked of it.
#[derive(Debug)]
pub(crate) struct TroubledStore {
    inner: MemoryStore,
    /// How a value fails to be written.
    pub(crate) puts_fail: Mutex<Option<ErrorKind>>,
    /// The name of the key whose value, when it is read, is on its way until this is another one.
    pub(crate) get_hangs: watch::Sender<Option<&'static str>>,
    /// How many events each watch has told at most.
    pub(crate) told: watch::Sender<usize>,
    watches: AtomicUsize,
}

impl TroubledStore {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(),
            puts_fail: Mutex::default(),
            get_hangs: watch::Sender::new(None),
            told: watch::Sender::new(usize::MAX),
            watches: AtomicUsize::new(0),
        })
    }

    /// The store itself.
    pub(crate) fn untroubled(&self) -> MemoryStore {
        self.inner.clone()
    }

    /// How many watches were begun.
    pub(crate) fn watches(&self) -> usize {
        self.watches.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl KeyValueStore for TroubledStore {
    fn name(&self) -> &'static str {
        "troubled"
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        let found = self.inner.get(key).await;
        // The sender lives as long as this store.
        let mut hanging = self.get_hangs.subscribe();
        let _ = hanging.wait_for(|name| *name != Some(key.name())).await;
        found
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        let failure = *self.puts_fail.lock();
        match failure {
            Some(kind) => Err(Error::new(kind, "put", key)),
            None => self.inner.put(key, value, lease).await,
        }
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        self.inner.put_if(key, value, condition, guard).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.inner.delete(key).await
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        self.inner.list(prefix).await
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        self.watches.fetch_add(1, Ordering::Relaxed);
        let told = self.told.subscribe();
        let events = self.inner.watch(prefix).enumerate();
        Box::pin(events.then(move |(place, event)| {
            let mut told = told.clone();
            async move {
                let _ = told.wait_for(|told| place < *told).await;
                event
            }
        }))
    }

    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId> {
        self.inner.grant_lease(ttl).await
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        self.inner.keep_lease(lease).await
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        self.inner.revoke_lease(lease).await
    }
}
