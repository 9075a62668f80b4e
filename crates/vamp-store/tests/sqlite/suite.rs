//! The suite.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use vamp_io::clock::Clock;
use vamp_store::conformance::{Claims, Place, run_all};
use vamp_store::sqlite::SqliteStore;
use vamp_store::{Result, StateDirectory, Store, StoreOptions};

/// A state directory for each name.
#[derive(Debug)]
struct Files(TempDir);

#[async_trait]
impl Place for Files {
    async fn open(&self, name: &str, options: StoreOptions, clock: Arc<dyn Clock>) -> Result<Box<dyn Store>> {
        let directory = StateDirectory::open(self.0.path().join(name))?;
        Ok(Box::new(SqliteStore::open_with(&directory, options, clock)?))
    }
}

#[tokio::test]
async fn the_sqlite_store_does_what_a_store_has_to_do() {
    let claims = Claims {
        durable: true,
        transactions: true,
        history: true,
    };
    let files = Files(tempfile::tempdir().unwrap());
    run_all(&files, claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}
