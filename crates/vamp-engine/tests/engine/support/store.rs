//! A store whose writes fail when told to, before or after they happened.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;
use vamp_store::memory::MemoryStore;
use vamp_store::{
    ArtifactStore, Batch, Capabilities, Committed, Error, ErrorKind, Event, EventFilter, EventPage,
    EventQuery, EventStore, Listing, NewEvent, Page, Result, Revision, Stored, Subscription,
};

/// How a write fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is written.
    Before,
    /// It is written, and nobody is told.
    After,
}

#[derive(Debug)]
pub(crate) struct Faulty {
    inner: MemoryStore,
    next: Mutex<Vec<Fault>>,
    commits: AtomicUsize,
}

impl Faulty {
    pub(crate) fn new(inner: MemoryStore) -> Self {
        Self {
            inner,
            next: Mutex::default(),
            commits: AtomicUsize::new(0),
        }
    }

    /// The next write fails like this.
    pub(crate) fn fail(&self, fault: Fault) {
        self.next.lock().push(fault);
    }

    /// No write fails any more.
    pub(crate) fn heal(&self) {
        self.next.lock().clear();
    }

    /// How many commits there were since the last time.
    pub(crate) fn commits(&self) -> usize {
        self.commits.swap(0, Ordering::SeqCst)
    }
}

fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable, "commit", "a batch")
}

#[async_trait]
impl ArtifactStore for Faulty {
    fn name(&self) -> &'static str {
        ArtifactStore::name(&self.inner)
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn get(&self, kind: &str, name: &str) -> Result<Option<Stored>> {
        self.inner.get(kind, name).await
    }

    async fn page(&self, kind: &str, page: Page) -> Result<Listing<Stored>> {
        self.inner.page(kind, page).await
    }

    async fn counts(&self) -> Result<BTreeMap<String, u64>> {
        self.inner.counts().await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        let fault = self.next.lock().pop();
        match fault {
            Some(Fault::Before) => Err(unavailable()),
            Some(Fault::After) => {
                self.inner.commit(batch).await?;
                Err(unavailable())
            }
            None => self.inner.commit(batch).await,
        }
    }

    async fn history(&self, kind: &str, name: &str) -> Result<Vec<Revision>> {
        self.inner.history(kind, name).await
    }

    async fn revision(&self, kind: &str, name: &str, revision: u64) -> Result<Option<Revision>> {
        self.inner.revision(kind, name, revision).await
    }

    async fn sequence(&self) -> Result<u64> {
        self.inner.sequence().await
    }
}

#[async_trait]
impl EventStore for Faulty {
    async fn append(&self, events: Vec<NewEvent>) -> Result<Vec<std::sync::Arc<Event>>> {
        self.inner.append(events).await
    }

    async fn query(&self, query: EventQuery) -> Result<EventPage> {
        self.inner.query(query).await
    }

    async fn since(&self, filter: EventFilter, after: u64, limit: u64) -> Result<Vec<Event>> {
        self.inner.since(filter, after, limit).await
    }

    fn subscribe(&self, filter: EventFilter) -> Subscription {
        self.inner.subscribe(filter)
    }
}
