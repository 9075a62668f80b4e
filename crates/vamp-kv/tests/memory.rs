//! The store in memory is held to the suite that every backend is held to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use bytes::Bytes;
use futures::StreamExt as _;
use vamp_kv::conformance::{Claims, run_all};
use vamp_kv::memory::MemoryStore;
use vamp_kv::{Key, KeyValueStore as _, WatchEvent};

fn base() -> Key {
    Key::parse("/conformance").unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_store_in_memory_does_what_a_store_has_to_do() {
    let claims = Claims {
        guard: true,
        lease: true,
        every_change: true,
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

#[tokio::test(start_paused = true)]
async fn a_watcher_that_does_not_read_keeps_no_old_value_alive() {
    let store = MemoryStore::new();
    let key = Key::parse("/configuration").unwrap();
    let mut watch = store.watch(&key);
    while watch.next().await.unwrap().unwrap() != WatchEvent::ListingComplete {}
    let values: Vec<Bytes> = (0..100)
        .map(|n| Bytes::from(format!("{n:02}").repeat(10_000)))
        .collect();
    for value in &values {
        store.put(&key, value.clone(), None).await.unwrap();
    }
    // Whoever holds a value last can take it apart; only the newest one is held by the store, too.
    let held = values.iter().filter(|value| !value.is_unique()).count();
    assert_eq!(held, 1);
    // The reader gets the newest, once.
    let WatchEvent::Put(entry) = watch.next().await.unwrap().unwrap() else {
        panic!("no value was told")
    };
    assert_eq!(entry.value, values[99]);
    store.delete(&key).await.unwrap();
    assert_eq!(watch.next().await.unwrap().unwrap(), WatchEvent::Deleted(key));
}

#[tokio::test(start_paused = true)]
async fn a_watcher_that_is_far_behind_lists_anew() {
    let store = MemoryStore::new();
    let base = Key::parse("/base").unwrap();
    let mut watch = store.watch(&base);
    while watch.next().await.unwrap().unwrap() != WatchEvent::ListingComplete {}
    for n in 0..5_000 {
        let key = base.join(&(n % 10).to_string()).unwrap();
        store.put(&key, n.to_string().into(), None).await.unwrap();
    }
    assert_eq!(watch.next().await.unwrap().unwrap(), WatchEvent::ListingStarted);
    for n in 4_990..5_000 {
        let WatchEvent::Item(entry) = watch.next().await.unwrap().unwrap() else {
            panic!("a listing has items")
        };
        assert_eq!(entry.value, n.to_string());
    }
    assert_eq!(watch.next().await.unwrap().unwrap(), WatchEvent::ListingComplete);
}
