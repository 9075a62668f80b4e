//! Artifacts, as a store sees them: a kind, a name, and text that it does not look into.

mod batch;
mod store;

use std::sync::Arc;

use jiff::Timestamp;

pub use batch::{Batch, Committed, Expect, Keep, Outcome, Write};
pub(crate) use batch::{Step, check, step};
pub use store::{ArtifactStore, Capabilities};

/// The largest content of an artifact and the largest event, in bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// An artifact that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The kind: `blueprints`, `gateways`.
    pub kind: String,
    /// The name, unique within the kind.
    pub name: String,
    /// The revision: it counts per artifact from 1, and no number is used twice, not even after the artifact was deleted
    /// and made anew. It is what an `ETag` carries.
    pub revision: u64,
    /// The place in the order of everything that was written to the store.
    pub sequence: u64,
    /// When this revision was written, in whole microseconds.
    pub at: Timestamp,
    /// The text, exactly as it was written.
    pub content: Arc<str>,
}

/// One entry of an artifact's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The revision. A deletion has one too.
    pub revision: u64,
    /// The place in the order of everything that was written to the store.
    pub sequence: u64,
    /// When it was written, in whole microseconds.
    pub at: Timestamp,
    /// The text; none when this is a deletion.
    pub content: Option<Arc<str>>,
}
