//! A store that can be away.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::sync::watch;
use vamp_kv::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchStream,
};

/// Passes everything on, or nothing.
#[derive(Debug)]
pub(crate) struct Outage {
    inner: Arc<dyn KeyValueStore>,
    away: watch::Sender<bool>,
    silent: Arc<AtomicBool>,
    broken: Arc<AtomicBool>,
    read: Mutex<Vec<Key>>,
}

impl Outage {
    pub(crate) fn of(inner: Arc<dyn KeyValueStore>) -> Self {
        Self {
            inner,
            away: watch::Sender::new(false),
            silent: Arc::default(),
            broken: Arc::default(),
            read: Mutex::default(),
        }
    }

    pub(crate) fn begin(&self) {
        self.away.send_replace(true);
    }

    pub(crate) fn end(&self) {
        self.away.send_replace(false);
    }

    /// From now on watches tell no change.
    pub(crate) fn keep_silent(&self) {
        self.silent.store(true, Ordering::SeqCst);
    }

    /// Whether watches panic at the next change, as a mistake in a program would have it.
    pub(crate) fn break_watches(&self, are_broken: bool) {
        self.broken.store(are_broken, Ordering::SeqCst);
    }

    /// The keys that were read one by one.
    pub(crate) fn read(&self) -> Vec<Key> {
        self.read.lock().unwrap().clone()
    }

    fn inner(&self) -> Result<&dyn KeyValueStore> {
        if *self.away.borrow() {
            Err(unavailable())
        } else {
            Ok(&*self.inner)
        }
    }
}

fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable, "reach", "the store")
}

#[async_trait]
impl KeyValueStore for Outage {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.read.lock().unwrap().push(key.clone());
        self.inner()?.get(key).await
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        self.inner()?.put(key, value, lease).await
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        self.inner()?.put_if(key, value, condition, guard).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.inner()?.delete(key).await
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        self.inner()?.list(prefix).await
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        let inner = self.inner.clone();
        let mut away = self.away.subscribe();
        let silent = Arc::clone(&self.silent);
        let broken = Arc::clone(&self.broken);
        let prefix = prefix.clone();
        Box::pin(async_stream::stream! {
            loop {
                let is_away = *away.borrow_and_update();
                if is_away {
                    yield Err(unavailable());
                    if away.changed().await.is_err() {
                        return;
                    }
                    continue;
                }
                let mut changes = inner.watch(&prefix);
                loop {
                    let event = tokio::select! {
                        event = changes.next() => event,
                        changed = away.changed() => match changed {
                            Ok(()) => break,
                            Err(_) => None,
                        },
                    };
                    match event {
                        Some(_) if silent.load(Ordering::SeqCst) => {}
                        Some(_) if broken.load(Ordering::SeqCst) => panic!("a mistake in the store"),
                        Some(event) => yield event,
                        None => return,
                    }
                }
            }
        })
    }

    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId> {
        self.inner()?.grant_lease(ttl).await
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        self.inner()?.keep_lease(lease).await
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        self.inner()?.revoke_lease(lease).await
    }
}
