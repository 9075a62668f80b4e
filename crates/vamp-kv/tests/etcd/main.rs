//! The etcd backend against the real server.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod access;
mod controlled;
#[path = "../support/histories.rs"]
mod histories;
mod limits;
mod members;
mod resuming;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use controlled::Controlled;
use etcd_client::CompactionOptions;
use support::{connect, key};
use vamp_io::retry::Retry;
use vamp_kv::conformance::outages::{self, BACK_WITHIN, NOTICED_WITHIN};
use vamp_kv::conformance::{Claims, Told, Watcher, run_all};
use vamp_kv::etcd::{EtcdConfig, EtcdStore};
use vamp_kv::wrap::{Measured, Namespaced, Operation, Outcome, Retrying, Timeout, Traced};
use vamp_kv::{Condition, ErrorKind, KeyValueStore as _, WatchEvent};
use vamp_testkit::relay::Relay;
use vamp_testkit::{extent, servers::Etcd, skip};

/// A client of etcd that is not ours.
async fn other_client(etcd: &Etcd) -> etcd_client::Client {
    etcd_client::Client::connect([etcd.endpoint()], None)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn etcd_does_what_a_store_has_to_do() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let store = connect(&etcd.endpoint()).await;
    let claims = Claims::of("etcd").unwrap();
    run_all(&store, &key("/conformance"), claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_through_all_wrappers_outlast_the_death_of_etcd() {
    if skip::without("etcd") {
        return;
    }
    let mut etcd = Etcd::start().await.unwrap();
    let measured = Measured::new(Arc::new(Traced::new(Arc::new(connect(&etcd.endpoint()).await))));
    let measures = measured.measures();
    let limited = Timeout::new(Arc::new(measured), Duration::from_secs(10));
    let retrying = Retrying::new(Arc::new(limited), Retry::within(Duration::from_secs(60)));
    let store = Namespaced::new(Arc::new(retrying), key("/team"));
    if extent::is_soak() {
        let claims = Claims::of("etcd").unwrap();
        run_all(&store, &key("/conformance"), claims)
            .await
            .unwrap_or_else(|violations| panic!("{violations}"));
    }

    etcd.kill().unwrap();
    let (created, written) = (key("/vamp/created"), key("/vamp/written"));
    let unavailable = || {
        let calls =
            [Operation::Put, Operation::PutIf].map(|of| measures.calls(of, Outcome::Unavailable).count);
        calls.iter().all(|count| *count > 0)
    };
    let returning = async {
        vamp_testkit::wait::until(BACK_WITHIN, || async { unavailable() })
            .await
            .unwrap();
        etcd.start_again().await.unwrap();
    };
    let (put, put_if, ()) = tokio::join!(
        store.put(&written, "1".into(), None),
        store.put_if(&created, "1".into(), Condition::Absent, None),
        returning
    );
    put.unwrap();
    assert!(put_if.unwrap().is_some());
    let there = connect(&etcd.endpoint())
        .await
        .list(&key("/team/vamp"))
        .await
        .unwrap();
    assert_eq!(there.len(), 2, "{there:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn etcd_can_be_killed_frozen_and_started_again() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let store = connect(&etcd.endpoint()).await;
    let mut server = Controlled(etcd);
    outages::run_all(&store, &mut server, &key("/outages"))
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_of_etcd_are_right() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let (one, other) = (connect(&etcd.endpoint()).await, connect(&etcd.endpoint()).await);
    histories::are_right(&[&one, &other], &mut Controlled(etcd)).await;
}

#[tokio::test]
async fn every_value_stands_where_other_programs_look_for_it() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let store = connect(&etcd.endpoint()).await;
    let mut other = other_client(&etcd).await;

    let configuration = key("/vamp/default/gateways/haproxy/2.4/configuration");
    store
        .put(&configuration, "frontend x".into(), None)
        .await
        .unwrap();
    let answer = other
        .get("/vamp/default/gateways/haproxy/2.4/configuration/value", None)
        .await
        .unwrap();
    let stored: Vec<&[u8]> = answer.kvs().iter().map(etcd_client::KeyValue::value).collect();
    // S06-076: the value of a path is found at the path with `/value` after it.
    // S06-077: a client of the v3 interface finds it under the same text as in the days of v2.
    assert_eq!(stored, [b"frontend x"]);

    other
        .put("/vamp/default/gateways/value", "[]", None)
        .await
        .unwrap();
    other
        .put("/vamp/default/foreign", "not ours", None)
        .await
        .unwrap();
    other
        .put("/vamp/default/x//value", "no key's place", None)
        .await
        .unwrap();
    let listed = store.list(&key("/vamp/default")).await.unwrap();
    let listed: Vec<&str> = listed.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(
        listed,
        ["/vamp/default/gateways", configuration.as_str()],
        "no suffix, nothing foreign"
    );

    let mut watcher = Watcher::listed(&store, &key("/vamp/default"), BACK_WITHIN)
        .await
        .unwrap();
    assert_eq!(watcher.state().len(), 2, "{watcher:?}");
    other.put("/vamp/default/x//value", "again", None).await.unwrap();
    other.delete("/vamp/default/gateways//value", None).await.unwrap();
    store.put(&configuration, "last".into(), None).await.unwrap();
    let told = watcher.next(BACK_WITHIN).await.unwrap();
    let is_last = matches!(&told, Told::Event(WatchEvent::Put(entry)) if entry.key == configuration);
    assert!(is_last, "{told:?}");
}

#[tokio::test]
async fn what_another_client_writes_is_seen_at_once_also_after_a_failed_read() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let store = connect(&etcd.endpoint()).await;
    let mut other = other_client(&etcd).await;
    let key = key("/vamp/default/key");
    assert!(store.get(&key).await.unwrap().is_none());
    other.put("/vamp/default/key/value", "1", None).await.unwrap();
    // S06-067: what another client has written is there with the next read.
    assert_eq!(store.get(&key).await.unwrap().unwrap().value, "1");

    etcd.freeze().unwrap();
    assert_eq!(store.get(&key).await.unwrap_err().kind(), ErrorKind::Unavailable);
    etcd.thaw().unwrap();
    let back = vamp_testkit::wait::until_some(BACK_WITHIN, || async { store.get(&key).await.ok() })
        .await
        .unwrap();
    // S06-067: a read that failed does not stay.
    assert_eq!(back.unwrap().value, "1");
}

#[tokio::test]
async fn a_watch_that_was_cut_off_while_etcd_was_compacted_has_the_last_state() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let relay = Relay::to(etcd.address(), Duration::ZERO).await.unwrap();
    let store = connect(&format!("http://{}", relay.address())).await;
    let mut other = other_client(&etcd).await;
    let (changed, deleted) = (key("/vamp/changed"), key("/vamp/deleted"));
    store.put(&changed, "1".into(), None).await.unwrap();
    store.put(&deleted, "1".into(), None).await.unwrap();
    let mut watcher = Watcher::listed(&store, &key("/vamp"), BACK_WITHIN).await.unwrap();

    relay.cut();
    watcher.until_outage(NOTICED_WITHIN).await.unwrap();
    for n in 2..=50 {
        other
            .put("/vamp/changed/value", n.to_string(), None)
            .await
            .unwrap();
    }
    let gone = other.delete("/vamp/deleted/value", None).await.unwrap();
    let last = gone.header().unwrap().revision();
    other
        .compact(last, Some(CompactionOptions::new().with_physical()))
        .await
        .unwrap();
    relay.mend();

    // S06-083: the revisions after which the watch would have gone on are compacted away; it lists anew and has the last state.
    watcher
        .until_value(&changed, Some("50"), BACK_WITHIN)
        .await
        .unwrap();
    watcher.until_value(&deleted, None, BACK_WITHIN).await.unwrap();
    other.put("/vamp/changed/value", "51", None).await.unwrap();
    watcher
        .until_value(&changed, Some("51"), BACK_WITHIN)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_that_takes_less_than_was_configured_says_so() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let mut config = EtcdConfig::new([etcd.endpoint()]);
    config.max_request = 10_000_000;
    let store = EtcdStore::connect(config).await.unwrap();
    // The second is larger than any message that the server reads.
    for size in [1_700_000, 3_000_000] {
        let error = store
            .put(&key("/large"), vec![b'x'; size].into(), None)
            .await
            .unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TooLarge { .. }), "{error}");
        assert!(!error.is_temporary());
    }
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_anything_is_asked() {
    for endpoints in [vec![], vec!["not an address"]] {
        let error = EtcdStore::connect(EtcdConfig::new(endpoints.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{endpoints:?}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_found_when_it_comes() {
    if skip::without("etcd") {
        return;
    }
    let mut etcd = Etcd::start().await.unwrap();
    etcd.kill().unwrap();
    let store = connect(&etcd.endpoint()).await;
    let mut watcher = Watcher::new(&store, &key("/vamp"));
    let outage = watcher.until_outage(NOTICED_WITHIN).await.unwrap();
    assert_eq!(outage.kind(), ErrorKind::Unavailable);
    etcd.start_again().await.unwrap();
    watcher.until_listed(BACK_WITHIN).await.unwrap();
    // No pause of the watch is longer than a second; the rest is the connection.
    let call = tokio::time::timeout(Duration::from_secs(3), store.get(&key("/vamp/x"))).await;
    assert!(call.unwrap().unwrap().is_none());
}
