//! A store of artifacts that cannot be asked while it is told so.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use vamp_store::memory::MemoryStore;
use vamp_store::{
    ArtifactStore, Batch, Capabilities, Committed, Error, ErrorKind, Listing, Page, Result, Revision, Stored,
};

#[derive(Debug)]
pub(crate) struct Outage {
    inner: MemoryStore,
    is_away: AtomicBool,
}

impl Outage {
    pub(crate) fn new(inner: MemoryStore) -> Self {
        Self {
            inner,
            is_away: AtomicBool::new(false),
        }
    }

    /// From now on it can be asked, or not.
    pub(crate) fn is_away(&self, away: bool) {
        self.is_away.store(away, Ordering::SeqCst);
    }

    fn asked(&self) -> Result<&MemoryStore> {
        if self.is_away.load(Ordering::SeqCst) {
            Err(Error::new(ErrorKind::Unavailable, "ask", "the store"))
        } else {
            Ok(&self.inner)
        }
    }
}

#[async_trait]
impl ArtifactStore for Outage {
    fn name(&self) -> &'static str {
        ArtifactStore::name(&self.inner)
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn get(&self, kind: &str, name: &str) -> Result<Option<Stored>> {
        self.asked()?.get(kind, name).await
    }

    async fn page(&self, kind: &str, page: Page) -> Result<Listing<Stored>> {
        self.asked()?.page(kind, page).await
    }

    async fn counts(&self) -> Result<BTreeMap<String, u64>> {
        self.asked()?.counts().await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed> {
        self.asked()?.commit(batch).await
    }

    async fn history(&self, kind: &str, name: &str) -> Result<Vec<Revision>> {
        self.asked()?.history(kind, name).await
    }

    async fn revision(&self, kind: &str, name: &str, revision: u64) -> Result<Option<Revision>> {
        self.asked()?.revision(kind, name, revision).await
    }

    async fn sequence(&self) -> Result<u64> {
        self.asked()?.sequence().await
    }
}
