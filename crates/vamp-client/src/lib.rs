#![doc = include_str!("../README.md")]

mod artifacts;
mod body;
mod client;
mod deployments;
mod documents;
mod error;
mod events;
mod options;
mod page;
pub mod wire;

pub use artifacts::{Artifacts, Versioned, Written};
pub use body::Body;
pub use client::Client;
pub use deployments::{Deployments, View};
pub use documents::{Documents, Root, Sent};
pub use error::{ApiError, Error, ErrorKind, Result};
pub use events::{EventFilter, EventStream, Events, Followed};
pub use options::{Change, Options, Precondition, Revision};
pub use page::{Listing, Page};
