#![doc = include_str!("../README.md")]

mod artifact;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod event;
pub mod memory;
mod options;
mod page;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod state_directory;
mod subscription;
mod time;

pub use artifact::{
    ArtifactStore, Batch, Capabilities, Committed, Expect, Keep, MAX_BYTES, Outcome, Revision, Stored, Write,
};
pub use error::{Error, ErrorKind, Result};
pub use event::{
    DEFAULT_KIND, Event, EventFilter, EventPage, EventQuery, EventStore, InvalidEvent, NewEvent, Subscribed,
    Subscription, TimeRange,
};
pub use options::StoreOptions;
pub use page::{Listing, Page};
pub use state_directory::{STATE_FORMAT, StateDirectory};

/// A store of artifacts and events, as every backend is one.
pub trait Store: ArtifactStore + EventStore {}

impl<S: ArtifactStore + EventStore> Store for S {}
