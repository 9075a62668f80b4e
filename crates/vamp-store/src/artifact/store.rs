//! The trait of what keeps artifacts.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;

use super::{Batch, Committed, Revision, Stored};
use crate::{Listing, Page, Result};

/// What a store can do beyond the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Whether what was written is still there after the process ended, however it ended.
    pub durable: bool,
    /// Whether a batch happens as a whole or not at all.
    pub transactions: bool,
    /// Whether earlier revisions can be read.
    pub history: bool,
}

impl Capabilities {
    /// These capabilities.
    #[must_use]
    pub const fn new(durable: bool, transactions: bool, history: bool) -> Self {
        Self {
            durable,
            transactions,
            history,
        }
    }
}

/// A store of artifacts with their revisions.
///
/// What a call that returned has written is seen by every later call. Kinds and names are any text that is not empty; order by
/// name is the order of its UTF-8 bytes.
#[async_trait]
pub trait ArtifactStore: Debug + Send + Sync {
    /// What people call the store: `sqlite`, `memory`.
    fn name(&self) -> &'static str;

    /// What the store can do.
    fn capabilities(&self) -> Capabilities;

    /// An artifact, if it is there.
    async fn get(&self, kind: &str, name: &str) -> Result<Option<Stored>>;

    /// A part of the artifacts of a kind, ordered by name, as of one moment.
    async fn page(&self, kind: &str, page: Page) -> Result<Listing<Stored>>;

    /// All artifacts of a kind, ordered by name, as of one moment.
    async fn list(&self, kind: &str) -> Result<Vec<Stored>> {
        Ok(self.page(kind, Page::ALL).await?.items)
    }

    /// How many artifacts of each kind there are; a kind without any is missing.
    async fn counts(&self) -> Result<BTreeMap<String, u64>>;

    /// Carries out a batch as a whole, or not at all. When it returns, it is as durable as the store can make it, and the
    /// subscribers have been told of its events.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) when an expectation does not hold, [`Invalid`](crate::ErrorKind::Invalid) and
    /// [`TooLarge`](crate::ErrorKind::TooLarge) for what no store takes: nothing was written. After
    /// [`Unavailable`](crate::ErrorKind::Unavailable) it may have been: read before trying again.
    async fn commit(&self, batch: Batch) -> Result<Committed>;

    /// The revisions that are kept of an artifact, newest first, deletions included; empty when there never was such an
    /// artifact.
    async fn history(&self, kind: &str, name: &str) -> Result<Vec<Revision>>;

    /// One revision of an artifact, if it is kept.
    async fn revision(&self, kind: &str, name: &str, revision: u64) -> Result<Option<Revision>>;

    /// The place of the newest write or event in the order of everything; 0 in an empty store.
    async fn sequence(&self) -> Result<u64>;
}
