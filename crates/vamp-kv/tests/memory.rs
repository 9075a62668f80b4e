//! The store in memory is held to the suite that every backend is held to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use vamp_kv::Key;
use vamp_kv::conformance::{Claims, run_all};
use vamp_kv::memory::MemoryStore;

fn base() -> Key {
    Key::parse("/conformance").unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_store_in_memory_does_what_a_store_has_to_do() {
    let claims = Claims {
        guard: true,
        lease: true,
        max_value: usize::MAX,
        ..Claims::default()
    };
    run_all(&MemoryStore::new(), &base(), claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_its_values_is_kept() {
    let store = MemoryStore::with_max_value(600_000);
    run_all(
        &store,
        &base(),
        Claims {
            max_value: 600_000,
            ..Claims::default()
        },
    )
    .await
    .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(start_paused = true)]
async fn a_capability_that_is_claimed_and_not_there_fails_the_suite() {
    let claims = Claims {
        durable: true,
        ..Claims::default()
    };
    let violations = run_all(&MemoryStore::new(), &base(), claims).await.unwrap_err();
    assert!(violations.to_string().starts_with("claims: "), "{violations}");
}
