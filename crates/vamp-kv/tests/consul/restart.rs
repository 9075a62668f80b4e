//! A Consul that comes back with another past.

use vamp_kv::conformance::Watcher;
use vamp_kv::conformance::outages::BACK_WITHIN;
use vamp_kv::{Entry, Key, KeyValueStore as _};
use vamp_testkit::{servers::Consul, skip};

use crate::place::{Other, connect, key};

/// The watch ends in what is there, to the version.
async fn converges(watcher: &mut Watcher, store: &impl vamp_kv::KeyValueStore, prefix: &Key) {
    let end = tokio::time::Instant::now() + BACK_WITHIN;
    let expected = store.list(prefix).await.unwrap();
    loop {
        let state: Vec<Entry> = watcher.state().values().cloned().collect();
        if state == expected {
            return;
        }
        let left = end.saturating_duration_since(tokio::time::Instant::now());
        assert!(!left.is_zero(), "{state:?} was told, {expected:?} is there");
        watcher.next(left).await.unwrap();
    }
}

#[tokio::test]
async fn a_watch_of_a_consul_that_comes_back_empty_ends_in_the_exact_state() {
    if skip::without("consul") {
        return;
    }
    let mut consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let prefix = key("/vamp");
    for n in 0..100 {
        let key = prefix.join(&(n % 5).to_string()).unwrap();
        store.put(&key, n.to_string().into(), None).await.unwrap();
    }
    let mut watcher = Watcher::listed(&store, &prefix, BACK_WITHIN).await.unwrap();
    assert_eq!(watcher.state().len(), 5);
    for round in 0..4 {
        if round % 2 == 0 {
            // The reader does not read meanwhile.
            consul.start_empty().await.unwrap();
        } else {
            let (started, told) = tokio::join!(consul.start_empty(), watcher.until_outage(BACK_WITHIN));
            started.unwrap();
            told.unwrap();
        }
        // What is written now has smaller versions than before, or the same.
        for n in 3..8 {
            let key = prefix.join(&n.to_string()).unwrap();
            store.put(&key, round.to_string().into(), None).await.unwrap();
        }
        converges(&mut watcher, &store, &prefix).await;
        assert_eq!(watcher.state().len(), 5);
        store.put(&prefix, round.to_string().into(), None).await.unwrap();
        watcher
            .until_value(&prefix, Some(&round.to_string()), BACK_WITHIN)
            .await
            .unwrap();
        store.delete(&prefix).await.unwrap();
        watcher.until_value(&prefix, None, BACK_WITHIN).await.unwrap();
    }
}

#[tokio::test]
async fn a_watch_of_a_consul_that_is_put_back_to_an_earlier_state_tells_that_state() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let other = Other::of(&consul, "");
    let (changed, added, removed) = (key("/vamp/changed"), key("/vamp/added"), key("/vamp/removed"));
    store.put(&changed, "1".into(), None).await.unwrap();
    store.put(&removed, "1".into(), None).await.unwrap();
    let snapshot = other.get("snapshot").await;
    let mut watcher = Watcher::listed(&store, &key("/vamp"), BACK_WITHIN).await.unwrap();
    for n in 2..50 {
        store.put(&changed, n.to_string().into(), None).await.unwrap();
    }
    store.put(&added, "1".into(), None).await.unwrap();
    store.delete(&removed).await.unwrap();
    watcher.until_value(&added, Some("1"), BACK_WITHIN).await.unwrap();
    watcher.until_value(&removed, None, BACK_WITHIN).await.unwrap();

    other.put("snapshot", snapshot).await;
    // S06-085: the index has gone backwards, and the watch begins anew with what is there.
    watcher
        .until_value(&changed, Some("1"), 2 * BACK_WITHIN)
        .await
        .unwrap();
    watcher
        .until_value(&removed, Some("1"), BACK_WITHIN)
        .await
        .unwrap();
    watcher.until_value(&added, None, BACK_WITHIN).await.unwrap();
    store.put(&changed, "2".into(), None).await.unwrap();
    watcher
        .until_value(&changed, Some("2"), BACK_WITHIN)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_another_client_writes_is_seen_at_once_also_after_a_failed_read() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let other = Other::of(&consul, "");
    let key = key("/vamp/default/key");
    assert!(store.get(&key).await.unwrap().is_none());
    other.put("kv/vamp/default/key", "1").await;
    assert_eq!(store.get(&key).await.unwrap().unwrap().value, "1");
    consul.freeze().unwrap();
    // The kernel stops its threads one after the other.
    let error = vamp_testkit::wait::until_some(BACK_WITHIN, || async { store.get(&key).await.err() });
    assert_eq!(error.await.unwrap().kind(), vamp_kv::ErrorKind::Unavailable);
    consul.thaw().unwrap();
    let back = vamp_testkit::wait::until_some(BACK_WITHIN, || async { store.get(&key).await.ok() });
    assert_eq!(back.await.unwrap().unwrap().value, "1");
}
