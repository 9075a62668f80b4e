//! The store in memory is held to the suite that every backend is held to.

use std::sync::Arc;

use async_trait::async_trait;
use vamp_io::clock::Clock;
use vamp_store::conformance::{Claims, Place, run_all};
use vamp_store::memory::MemoryStore;
use vamp_store::{Result, Store, StoreOptions};

#[derive(Debug)]
struct Memory;

#[async_trait]
impl Place for Memory {
    async fn open(
        &self,
        _name: &str,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Box<dyn Store>> {
        Ok(Box::new(MemoryStore::with_options(options, clock)))
    }
}

#[tokio::test]
async fn the_store_in_memory_does_what_a_store_has_to_do() {
    let claims = Claims {
        transactions: true,
        history: true,
        ..Claims::default()
    };
    run_all(&Memory, claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test]
async fn a_capability_that_is_claimed_and_not_there_fails_the_suite() {
    let claims = Claims {
        durable: true,
        ..Claims::default()
    };
    let violations = run_all(&Memory, claims).await.unwrap_err();
    assert!(violations.to_string().starts_with("claims: "), "{violations}");
}
