//! The SQLite store is held to the suite that every backend is held to, and to what only a file can do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod busy;
mod formats;
mod killed;
mod refused;
mod state_directory;
mod suite;

use std::path::Path;
use std::sync::Arc;

use vamp_io::clock::SystemClock;
use vamp_store::sqlite::SqliteStore;
use vamp_store::{Result, StateDirectory};

/// Opens the store of a state directory.
fn open(path: &Path) -> Result<SqliteStore> {
    SqliteStore::open(&StateDirectory::open(path)?, Arc::new(SystemClock))
}
