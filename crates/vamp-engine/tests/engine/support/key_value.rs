//! A key-value store that goes away and comes back, takes no writes for a while, and counts what is written.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::sync::watch;
use vamp_kv::memory::MemoryStore;
use vamp_kv::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchEvent, WatchStream,
};

#[derive(Debug)]
pub(crate) struct Outages {
    inner: MemoryStore,
    away: watch::Sender<bool>,
    full: AtomicBool,
    writes: AtomicUsize,
}

impl Outages {
    pub(crate) fn new(inner: MemoryStore) -> Self {
        Self {
            inner,
            away: watch::Sender::new(false),
            full: AtomicBool::new(false),
            writes: AtomicUsize::new(0),
        }
    }

    pub(crate) fn set_away(&self, away: bool) {
        self.away.send_replace(away);
    }

    /// Whether it can only be read.
    pub(crate) fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// How many writes of the configuration there were since the last time.
    pub(crate) fn writes(&self) -> usize {
        self.writes.swap(0, Ordering::SeqCst)
    }

    fn ask(&self, operation: &'static str, key: &str) -> Result<()> {
        if *self.away.borrow() {
            Err(Error::new(ErrorKind::Unavailable, operation, key))
        } else {
            Ok(())
        }
    }

    fn ask_to_write(&self, operation: &'static str, key: &str) -> Result<()> {
        self.ask(operation, key)?;
        if self.full.load(Ordering::SeqCst) {
            Err(Error::new(ErrorKind::Unavailable, operation, key).because("no room is left"))
        } else {
            Ok(())
        }
    }

    fn count(&self, key: &Key) {
        if key.to_string().contains("/gateways/") {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// What a watch is doing.
enum Watching {
    Begins,
    Goes(WatchStream),
    Away,
}

#[async_trait]
impl KeyValueStore for Outages {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.ask("get", key.name())?;
        self.inner.get(key).await
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        self.ask_to_write("put", key.name())?;
        self.count(key);
        self.inner.put(key, value, lease).await
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        self.ask_to_write("put", key.name())?;
        self.count(key);
        self.inner.put_if(key, value, condition, guard).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.ask_to_write("delete", key.name())?;
        self.inner.delete(key).await
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        self.ask("list", prefix.name())?;
        self.inner.list(prefix).await
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        let away = self.away.subscribe();
        let (inner, prefix) = (self.inner.clone(), prefix.clone());
        let begin = (Watching::Begins, away, inner, prefix);
        futures::stream::unfold(begin, |(mut watching, mut away, inner, prefix)| async move {
            loop {
                watching = match watching {
                    Watching::Begins | Watching::Away => {
                        away.wait_for(|away| !away).await.ok()?;
                        Watching::Goes(inner.watch(&prefix))
                    }
                    Watching::Goes(mut stream) => {
                        let event: Option<Result<WatchEvent>> = tokio::select! {
                            biased;
                            _ = away.wait_for(|away| *away) => None,
                            event = stream.next() => event,
                        };
                        match event {
                            Some(event) => {
                                return Some((event, (Watching::Goes(stream), away, inner, prefix)));
                            }
                            None => {
                                let error = Error::new(ErrorKind::Unavailable, "watch", &prefix);
                                return Some((Err(error), (Watching::Away, away, inner, prefix)));
                            }
                        }
                    }
                };
            }
        })
        .boxed()
    }

    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId> {
        self.ask_to_write("grant", "lease")?;
        self.inner.grant_lease(ttl).await
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        self.ask_to_write("keep", "lease")?;
        self.inner.keep_lease(lease).await
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        self.ask_to_write("revoke", "lease")?;
        self.inner.revoke_lease(lease).await
    }
}
