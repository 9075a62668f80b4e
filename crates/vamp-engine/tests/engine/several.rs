//! Several servers on one key-value store, each with what it knows itself: one hands the configuration over.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use vamp_drivers::simulated::SimulatedOptions;
use vamp_kv::handover::HandOver;
use vamp_kv::memory::MemoryStore;
use vamp_kv::{Key, KeyValueStore as _};

use crate::support::{Outages, Rig};

/// A server with a gateway of its own, which can be cut off from the others alone.
async fn server(store: &MemoryStore, id: &str) -> Rig {
    let mut rig = Rig::without_engine(SimulatedOptions::default());
    rig.key_value = Arc::new(Outages::new(store.clone()));
    rig.options.server_id = Some(id.to_owned());
    rig.start().await;
    gateway(&rig, id, 9000).await;
    rig
}

async fn gateway(rig: &Rig, name: &str, port: u16) {
    let yaml = format!("name: {name}\nport: {port}/http\nroutes:\n  other/web/port: {{}}\n");
    rig.create(&yaml).await.unwrap();
}

/// What agents read.
async fn handed_over(store: &MemoryStore) -> String {
    let base = "/vamp/default".parse().unwrap();
    let hand_over = HandOver::new(Arc::new(store.clone()), &base, "haproxy", "2.4").unwrap();
    let current = hand_over.current().await.unwrap();
    current.map(|received| received.text).unwrap_or_default()
}

/// Waits until agents read what the server with this gateway knows.
async fn rules(rig: &Rig, store: &MemoryStore, gateway: &str) {
    rig.wait(gateway, async || {
        handed_over(store)
            .await
            .contains(&format!("frontend: {gateway}\n"))
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_second_server_hands_nothing_over_and_says_who_does() {
    let store = MemoryStore::new();
    let first = server(&store, "first").await;
    rules(&first, &store, "first").await;
    let second = server(&store, "second").await;
    second.pass(Duration::from_secs(300)).await;
    assert!(!handed_over(&store).await.contains("second"));
    assert_eq!(second.key_value.writes(), 0);
    let publication = second.engine().publication();
    assert!(!publication.complete);
    let failure = publication.failure.unwrap();
    assert!(failure.starts_with("the server 'first' leads"), "{failure}");
    assert_eq!(second.count(&["key-value:ERROR"]).await, 0, "nothing has failed");
    assert!(first.engine().publication().complete);
}

#[tokio::test(start_paused = true)]
async fn when_the_leader_is_gone_the_next_one_hands_over_what_it_knows() {
    let store = MemoryStore::new();
    let mut first = server(&store, "first").await;
    rules(&first, &store, "first").await;
    let second = server(&store, "second").await;
    second.pass(Duration::from_secs(1)).await;

    first.crash();
    let crashed = Instant::now();
    rules(&second, &store, "second").await;
    let took = crashed.elapsed();
    assert!(took <= Duration::from_secs(20), "{took:?}");
    assert!(second.engine().publication().complete);

    // One that ends in order makes way at once.
    first.start().await;
    first.pass(Duration::from_secs(1)).await;
    second.engine().clone().stop().await;
    let stopped = Instant::now();
    rules(&first, &store, "first").await;
    let took = stopped.elapsed();
    assert!(took <= Duration::from_secs(2), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_starts_again_is_its_own_successor() {
    let store = MemoryStore::new();
    let mut first = server(&store, "first").await;
    rules(&first, &store, "first").await;
    first.crash();
    let crashed = Instant::now();
    first.start().await;
    gateway(&first, "again", 9001).await;
    rules(&first, &store, "again").await;
    let took = crashed.elapsed();
    assert!(took <= Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_cut_off_is_replaced_and_changes_nothing_when_it_is_back() {
    let store = MemoryStore::new();
    let first = server(&store, "first").await;
    rules(&first, &store, "first").await;
    let second = server(&store, "second").await;
    first.key_value.set_away(true);
    rules(&second, &store, "second").await;
    gateway(&first, "unheard", 9001).await;
    first.pass(Duration::from_secs(5)).await;

    first.key_value.writes();
    first.key_value.set_away(false);
    first.pass(Duration::from_secs(120)).await;
    assert_eq!(first.key_value.writes(), 0, "it does not even try");
    let text = handed_over(&store).await;
    assert!(text.contains("frontend: second\n") && !text.contains("unheard"));
    let failure = first.engine().publication().failure.unwrap();
    assert!(failure.starts_with("the server 'second' leads"), "{failure}");

    // What it has learned meanwhile comes with its own turn.
    second.engine().clone().stop().await;
    rules(&first, &store, "unheard").await;
    assert_eq!(first.engine().publication().failure, None);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_comes_back_empty_has_everything_again_at_once() {
    let store = MemoryStore::new();
    let first = server(&store, "first").await;
    rules(&first, &store, "first").await;
    let everything = store_keys(&store).await;
    first.key_value.set_away(true);
    for key in everything {
        store.delete(&key).await.unwrap();
    }
    first.pass(Duration::from_secs(3)).await;
    first.key_value.set_away(false);
    let back = Instant::now();
    rules(&first, &store, "first").await;
    let took = back.elapsed();
    assert!(took <= Duration::from_secs(2), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_writes_over_the_configuration_does_not_stand_for_long() {
    let store = MemoryStore::new();
    let first = server(&store, "first").await;
    rules(&first, &store, "first").await;
    let manifest: Key = "/vamp/default/gateways/haproxy/2.4/manifest".parse().unwrap();
    let earlier = store.get(&manifest).await.unwrap().unwrap();
    gateway(&first, "second", 9001).await;
    rules(&first, &store, "second").await;

    store.put(&manifest, earlier.value, None).await.unwrap();
    assert!(!handed_over(&store).await.contains("second"));
    let written = Instant::now();
    rules(&first, &store, "second").await;
    // Long before the server looks at everything.
    let took = written.elapsed();
    assert!(took <= first.options.reconcile_period / 4, "{took:?}");
}

async fn store_keys(store: &MemoryStore) -> Vec<Key> {
    let base = "/vamp".parse().unwrap();
    let entries = store.list(&base).await.unwrap();
    entries.into_iter().map(|entry| entry.key).collect()
}

#[tokio::test(start_paused = true)]
async fn a_store_that_can_be_read_and_not_written_is_told_by_a_server_that_stands() {
    let store = MemoryStore::new();
    let mut first = Rig::without_engine(SimulatedOptions::default());
    first.key_value = Arc::new(Outages::new(store.clone()));
    first.options.server_id = Some("first".to_owned());
    first.key_value.set_full(true);
    first.start().await;
    gateway(&first, "first", 9000).await;
    first.pass(Duration::from_secs(10)).await;
    let failure = first.engine().publication().failure.unwrap();
    assert!(failure.contains("no room is left"), "{failure}");
    assert_eq!(first.count(&["key-value:ERROR"]).await, 1);
    first.key_value.set_full(false);
    rules(&first, &store, "first").await;
    assert_eq!(first.engine().publication().failure, None);
}
