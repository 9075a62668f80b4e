//! The store in memory is held to the suite that every backend is held to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt as _;
use vamp_kv::conformance::{Claim, Claims, names, run_all, table};
use vamp_kv::memory::MemoryStore;
use vamp_kv::wrap::{Fault, Faulty};
use vamp_kv::{Key, KeyValueStore as _, WatchEvent};

fn base() -> Key {
    Key::parse("/conformance").unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_store_in_memory_does_what_a_store_has_to_do() {
    let claims = Claims::of("memory").unwrap();
    run_all(&MemoryStore::new(), &base(), claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_its_values_is_kept() {
    let store = MemoryStore::with_max_value(600_000);
    let claims = Claims {
        max_value: Some(600_000),
        ..Claims::of("memory").unwrap()
    };
    run_all(&store, &base(), claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_not_as_it_is_said_to_be_fails_the_suite() {
    let memory = Claims::of("memory").unwrap();
    let lost = Claims {
        durable: Claim::Demanded,
        ..memory
    };
    let undeclared = Claims {
        every_change: Claim::Gap("tells the newest"),
        ..memory
    };
    let smaller = MemoryStore::with_max_value(1_000);
    let cases = [
        (
            MemoryStore::new(),
            lost,
            "claims: memory: durable is demanded and not there",
        ),
        (
            MemoryStore::new(),
            undeclared,
            "claims: memory: every_change is there, and a gap: tells the newest",
        ),
        (
            smaller,
            memory,
            "claims: memory: values of None bytes are demanded, the limit is Some(1000)",
        ),
    ];
    for (store, claims, expected) in cases {
        let violations = run_all(&store, &base(), claims).await.unwrap_err();
        assert_eq!(violations.to_string(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn all_cases_that_fail_are_told_by_name() {
    let store = Faulty::scripted(Arc::new(MemoryStore::new()));
    for _ in 0..40 {
        store.fail_next(Fault::Before);
    }
    let violations = run_all(&store, &base(), Claims::of("memory").unwrap())
        .await
        .unwrap_err();
    let names: HashSet<_> = names().collect();
    assert!(violations.0.len() > 1, "{violations}");
    assert!(
        violations.0.iter().all(|(name, _)| names.contains(name)),
        "{violations}"
    );
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let all: Vec<_> = names().collect();
    let different: HashSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
    assert!(all.len() >= 80, "{}", all.len());
}

#[test]
fn the_page_of_the_stores_has_the_table_of_the_suite() {
    let page = include_str!("../../../docs/src/stores.md");
    assert!(page.contains(&table()), "docs/src/stores.md lacks:\n{}", table());
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
