//! A key-value store that goes away and comes back, takes no writes for a while, or none of some keys, and counts what is written.

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

/// What comes of writing some keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Denied,
    /// Nothing, until it is over; then it is written.
    Hangs,
}

#[derive(Debug)]
pub(crate) struct Outages {
    inner: MemoryStore,
    away: watch::Sender<bool>,
    full: AtomicBool,
    trouble: watch::Sender<Option<(Key, Trouble)>>,
    writes: AtomicUsize,
}

impl Outages {
    pub(crate) fn new(inner: MemoryStore) -> Self {
        Self {
            inner,
            away: watch::Sender::new(false),
            full: AtomicBool::new(false),
            trouble: watch::Sender::new(None),
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

    /// Removes these keys as a server does that has lost its disk.
    pub(crate) async fn empty(&self, keys: impl Iterator<Item = Key>) {
        for key in keys {
            self.inner.delete(&key).await.unwrap();
        }
    }

    /// What comes of writing this key and those below it.
    pub(crate) fn set_trouble(&self, trouble: Option<(Key, Trouble)>) {
        self.trouble.send_replace(trouble);
    }

    async fn trouble(&self, operation: &'static str, key: &Key) -> Result<()> {
        let mut trouble = self.trouble.subscribe();
        let is_over = |trouble: &Option<(Key, Trouble)>| match trouble {
            Some((at, Trouble::Hangs)) => !key.is_at_or_below(at),
            _ => true,
        };
        let trouble = trouble.wait_for(is_over).await;
        match trouble.as_deref() {
            Ok(Some((at, Trouble::Denied))) if key.is_at_or_below(at) => {
                Err(Error::new(ErrorKind::Denied, operation, key))
            }
            _ => Ok(()),
        }
    }

    /// How many writes of the configuration and of the list of gateways there were since the last time.
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
        if format!("{key}/").contains("/gateways/") {
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
        self.trouble("put", key).await?;
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
        self.trouble("put", key).await?;
        self.count(key);
        self.inner.put_if(key, value, condition, guard).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.ask_to_write("delete", key.name())?;
        self.trouble("delete", key).await?;
        let was_there = self.inner.delete(key).await?;
        if was_there {
            self.count(key);
        }
        Ok(was_there)
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
