//! One SQLite file for artifacts and events.
//!
//! The file is `vamp.db` in a [`StateDirectory`](crate::StateDirectory). It is in write-ahead mode, and each commit is flushed
//! to disk before it is answered. One thread writes: what arrives while it flushes is written together and shares the next
//! flush. Two threads read, each as of one moment; readers and the writer do not wait for each other. A fourth thread moves
//! what was written from the log into the file, so that no commit has to.
//!
//! | | |
//! |---|---|
//! | durable | yes: what was answered survives the end of the process and of the machine |
//! | transactions | yes |
//! | history | yes, [`StoreOptions::revisions`](crate::StoreOptions::revisions) of each artifact |
//! | several processes | no: the state directory is locked |
//!
//! A file of a newer release, a damaged file, or a file of another program is refused and left as it is.

mod artifacts;
mod backend;
mod checkpoint;
mod events;
mod failure;
mod file;
mod query;
mod readers;
mod schema;
mod writer;

pub use backend::{FILE_NAME, SqliteStore};
pub use schema::FORMAT;
