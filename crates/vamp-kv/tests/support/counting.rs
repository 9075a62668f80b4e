//! A store that counts what it is asked.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use vamp_kv::{
    Capabilities, Condition, Entry, Guard, Key, KeyValueStore, LeaseId, Result, Version, WatchEvent,
    WatchStream,
};

/// What happens elsewhere after each reading of a key, one after the other.
type Meanwhile = Mutex<Option<(Key, VecDeque<BoxFuture<'static, ()>>)>>;

/// Passes everything on, counts the calls that changed something and those that read, and notes what its watches tell.
pub(crate) struct Counting {
    inner: Arc<dyn KeyValueStore>,
    writes: AtomicUsize,
    reads: AtomicUsize,
    told: Arc<Mutex<Vec<Key>>>,
    meanwhile: Meanwhile,
}

impl fmt::Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Counting {
    pub(crate) fn new(inner: Arc<dyn KeyValueStore>) -> Self {
        Self {
            inner,
            writes: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
            told: Arc::default(),
            meanwhile: Mutex::default(),
        }
    }

    /// Each time that this key has been read, the next of these is done before the reader goes on.
    pub(crate) fn meanwhile(&self, key: &Key, done: impl IntoIterator<Item = BoxFuture<'static, ()>>) {
        *self.meanwhile.lock() = Some((key.clone(), done.into_iter().collect()));
    }

    fn next_meanwhile(&self, key: &Key) -> Option<BoxFuture<'static, ()>> {
        let mut meanwhile = self.meanwhile.lock();
        let (_, done) = meanwhile.as_mut().filter(|(at, _)| at == key)?;
        done.pop_front()
    }

    /// How many calls have changed something since the last time.
    pub(crate) fn writes(&self) -> usize {
        self.writes.swap(0, Ordering::SeqCst)
    }

    /// How many calls have read something since the last time.
    pub(crate) fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::SeqCst)
    }

    /// The keys of the values that watches told of since the last time, in order.
    pub(crate) fn told(&self) -> Vec<Key> {
        std::mem::take(&mut self.told.lock())
    }

    fn count<T>(&self, answer: Result<T>, changed: impl FnOnce(&T) -> bool) -> Result<T> {
        if answer.as_ref().is_ok_and(changed) {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
        answer
    }
}

#[async_trait]
impl KeyValueStore for Counting {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let answer = self.inner.get(key).await;
        if let Some(next) = self.next_meanwhile(key) {
            next.await;
        }
        answer
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        self.count(self.inner.put(key, value, lease).await, |_| true)
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        self.count(
            self.inner.put_if(key, value, condition, guard).await,
            Option::is_some,
        )
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.count(self.inner.delete(key).await, |there| *there)
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inner.list(prefix).await
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        let told = Arc::clone(&self.told);
        let note = move |event: &Result<WatchEvent>| {
            if let Ok(WatchEvent::Item(entry) | WatchEvent::Put(entry)) = event {
                told.lock().push(entry.key.clone());
            }
        };
        Box::pin(self.inner.watch(prefix).inspect(note))
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
