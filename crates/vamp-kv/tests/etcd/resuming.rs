//! After an outage a watch goes on where it was, if the server still has that history.

use std::time::Duration;

use etcd_client::CompactionOptions;
use vamp_kv::conformance::outages::{BACK_WITHIN, NOTICED_WITHIN};
use vamp_kv::conformance::{Told, Watcher};
use vamp_kv::etcd::EtcdStore;
use vamp_kv::{Key, KeyValueStore as _, WatchEvent};
use vamp_testkit::relay::Relay;
use vamp_testkit::{servers::Etcd, skip};

use super::other_client;
use super::support::{connect, key};

/// The next event, outages left out.
async fn next(watcher: &mut Watcher) -> WatchEvent {
    loop {
        match watcher.next(BACK_WITHIN).await.unwrap() {
            Told::Event(event) => return event,
            other => assert!(matches!(other, Told::Outage(_)), "{other:?}"),
        }
    }
}

/// What an event says of which key.
async fn next_change(watcher: &mut Watcher) -> (Key, Option<String>) {
    let change = match next(watcher).await {
        WatchEvent::Put(entry) => Ok((entry.key, Some(String::from_utf8(entry.value.to_vec()).unwrap()))),
        WatchEvent::Deleted(key) => Ok((key, None)),
        other => Err(other),
    };
    change.unwrap()
}

/// An etcd with a watch of two keys; the relay is between them.
struct Watched {
    etcd: Etcd,
    relay: Relay,
    /// Not through the relay.
    store: EtcdStore,
    watcher: Watcher,
    a: Key,
    b: Key,
}

impl Watched {
    async fn start() -> Self {
        let etcd = Etcd::start().await.unwrap();
        let relay = Relay::to(etcd.address(), Duration::ZERO).await.unwrap();
        let store = connect(&etcd.endpoint()).await;
        let (a, b) = (key("/vamp/a"), key("/vamp/b"));
        store.put(&a, "0".into(), None).await.unwrap();
        store.put(&b, "0".into(), None).await.unwrap();
        let behind = connect(&format!("http://{}", relay.address())).await;
        let watcher = Watcher::listed(&behind, &key("/vamp"), BACK_WITHIN)
            .await
            .unwrap();
        Self {
            etcd,
            relay,
            store,
            watcher,
            a,
            b,
        }
    }

    async fn cut(&mut self) {
        self.relay.cut();
        self.watcher.until_outage(NOTICED_WITHIN).await.unwrap();
    }

    async fn put(&self, key: &Key, value: &str) {
        let value = value.to_owned();
        let written = vamp_testkit::wait::until(BACK_WITHIN, || async {
            self.store.put(key, value.clone().into(), None).await.is_ok()
        });
        written.await.unwrap();
    }
}

#[tokio::test]
async fn every_change_of_an_outage_is_told_in_order_and_nothing_is_listed() {
    if skip::without("etcd") {
        return;
    }
    let mut watched = Watched::start().await;
    let (a, b) = (watched.a.clone(), watched.b.clone());
    // With the position of a listing, of a put, and of a delete.
    for round in 1..=3 {
        watched.cut().await;
        watched.etcd.kill().unwrap();
        watched.etcd.start_again().await.unwrap();
        let (one, two) = (format!("{round}.1"), format!("{round}.2"));
        watched.put(&a, &one).await;
        watched.put(&key("/other"), &one).await;
        watched.put(&a, &two).await;
        assert!(watched.store.delete(&b).await.unwrap());
        watched.relay.mend();

        let watcher = &mut watched.watcher;
        assert_eq!(next(watcher).await, WatchEvent::Resumed);
        assert_eq!(next_change(watcher).await, (a.clone(), Some(one)));
        assert_eq!(next_change(watcher).await, (a.clone(), Some(two)));
        assert_eq!(next_change(watcher).await, (b.clone(), None));
        if round == 1 {
            watched.put(&b, "1").await;
            let told = next_change(&mut watched.watcher).await;
            assert_eq!(told, (b.clone(), Some("1".to_owned())));
        } else {
            // Bound by nothing: a key that goes again is told as gone.
            watched.put(&b, "2").await;
            assert!(watched.store.delete(&b).await.unwrap());
            assert_eq!(next_change(&mut watched.watcher).await.0, b);
            assert_eq!(next_change(&mut watched.watcher).await, (b.clone(), None));
            watched.put(&b, "3").await;
            assert_eq!(next_change(&mut watched.watcher).await.0, b);
        }
    }
}

#[tokio::test]
async fn a_watch_goes_on_though_all_values_that_it_has_told_are_gone() {
    if skip::without("etcd") {
        return;
    }
    let mut watched = Watched::start().await;
    // The newest first.
    for key in [watched.b.clone(), watched.a.clone()] {
        assert!(watched.store.delete(&key).await.unwrap());
        assert_eq!(next_change(&mut watched.watcher).await, (key, None));
    }
    watched.cut().await;
    let b = watched.b.clone();
    watched.put(&b, "1").await;
    watched.relay.mend();
    assert_eq!(next(&mut watched.watcher).await, WatchEvent::Resumed);
    let told = next_change(&mut watched.watcher).await;
    assert_eq!(told, (b, Some("1".to_owned())));
}

#[tokio::test]
async fn what_was_compacted_away_is_listed_anew() {
    if skip::without("etcd") {
        return;
    }
    let mut watched = Watched::start().await;
    let a = watched.a.clone();
    watched.cut().await;
    for value in ["1", "2"] {
        watched.put(&a, value).await;
    }
    let mut other = other_client(&watched.etcd).await;
    let last = other.delete("/vamp/b/value", None).await.unwrap();
    let last = last.header().unwrap().revision();
    let physical = CompactionOptions::new().with_physical();
    other.compact(last, Some(physical)).await.unwrap();
    watched.relay.mend();
    let watcher = &mut watched.watcher;
    assert_eq!(next(watcher).await, WatchEvent::ListingStarted);
    watcher.until_listed(BACK_WITHIN).await.unwrap();
    assert_eq!(watcher.value(&a), Some(&b"2"[..]));
    assert_eq!(watcher.value(&watched.b), None);
}

#[tokio::test]
async fn an_etcd_that_has_lost_its_data_is_listed_anew_whatever_its_revision() {
    if skip::without("etcd") {
        return;
    }
    // Revisions begin anew: below the one that was told last, and beyond it.
    for writes in [0, 20] {
        let mut watched = Watched::start().await;
        let a = watched.a.clone();
        watched.put(&a, "before").await;
        watched
            .watcher
            .until_value(&a, Some("before"), BACK_WITHIN)
            .await
            .unwrap();
        watched.cut().await;
        watched.etcd.start_empty().await.unwrap();
        watched.put(&a, "after").await;
        for n in 0..writes {
            watched.put(&key("/other"), &n.to_string()).await;
        }
        watched.relay.mend();
        let watcher = &mut watched.watcher;
        assert_eq!(next(watcher).await, WatchEvent::ListingStarted);
        watcher.until_listed(BACK_WITHIN).await.unwrap();
        assert_eq!(watcher.value(&a), Some(&b"after"[..]));
        assert_eq!(watcher.value(&watched.b), None, "what is gone stays");
        watched.put(&watched.b, "1").await;
        let b = watched.b.clone();
        watched
            .watcher
            .until_value(&b, Some("1"), BACK_WITHIN)
            .await
            .unwrap();
    }
}
