//! Sessions that the server has ended.

use std::time::Duration;

use vamp_kv::conformance::Watcher;
use vamp_kv::conformance::outages::{BACK_WITHIN, NOTICED_WITHIN};
use vamp_kv::zookeeper::ZooKeeperStore;
use vamp_kv::{ErrorKind, KeyValueStore as _};
use vamp_testkit::relay::Relay;
use vamp_testkit::{servers::ZooKeeper, wait};

use crate::place::{connect, key};

/// The session time of the settings, the server's way of counting it in steps, and room for a machine under load.
const EXPIRED_WITHIN: Duration = Duration::from_secs(40);

/// Cuts a store off until the server has ended all of its sessions.
async fn expire(zookeeper: &ZooKeeper, relay: &Relay) {
    relay.cut();
    wait::until(EXPIRED_WITHIN, || async {
        zookeeper
            .sessions()
            .await
            .is_some_and(|sessions| sessions.is_empty())
    })
    .await
    .unwrap();
}

async fn eventually<T, F>(mut call: impl FnMut() -> F) -> T
where
    F: Future<Output = vamp_kv::Result<T>>,
{
    wait::until_some(BACK_WITHIN, || {
        let answer = call();
        async move { answer.await.ok() }
    })
    .await
    .unwrap()
}

async fn through_a_relay() -> (ZooKeeper, Relay, ZooKeeperStore) {
    let zookeeper = ZooKeeper::start().await.unwrap();
    let relay = Relay::to(zookeeper.address(), Duration::ZERO).await.unwrap();
    let store = connect(relay.address());
    (zookeeper, relay, store)
}

#[tokio::test]
async fn after_a_session_has_expired_store_and_watch_go_on() {
    if ZooKeeper::is_missing() {
        return;
    }
    let (zookeeper, relay, store) = through_a_relay().await;
    let (changed, deleted) = (key("/vamp/changed"), key("/vamp/deleted"));
    store.put(&changed, "1".into(), None).await.unwrap();
    store.put(&deleted, "1".into(), None).await.unwrap();
    let mut watcher = Watcher::listed(&store, &key("/vamp"), BACK_WITHIN).await.unwrap();

    expire(&zookeeper, &relay).await;
    watcher.until_outage(NOTICED_WITHIN).await.unwrap();
    let other = connect(zookeeper.address());
    other.put(&changed, "2".into(), None).await.unwrap();
    assert!(other.delete(&deleted).await.unwrap());
    relay.mend();

    // S06-084: the store works again, and what happened while there was no session is told, without a restart.
    assert_eq!(eventually(|| store.get(&changed)).await.unwrap().value, "2");
    watcher
        .until_value(&changed, Some("2"), BACK_WITHIN)
        .await
        .unwrap();
    watcher.until_value(&deleted, None, BACK_WITHIN).await.unwrap();
    // S06-084: so is what happens from now on: the new session watches as the old one did.
    other.put(&changed, "3".into(), None).await.unwrap();
    watcher
        .until_value(&changed, Some("3"), BACK_WITHIN)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_lease_whose_session_has_expired_is_ended_and_a_new_one_takes_its_place() {
    if ZooKeeper::is_missing() {
        return;
    }
    let (zookeeper, relay, store) = through_a_relay().await;
    let other = connect(zookeeper.address());
    let agent = key("/vamp/agents/a");
    let lease = store.grant_lease(Duration::from_secs(3600)).await.unwrap();
    store.put(&agent, "1".into(), Some(lease)).await.unwrap();

    relay.cut();
    let unknown = store.keep_lease(lease).await.unwrap_err();
    assert_eq!(
        unknown.kind(),
        ErrorKind::Unavailable,
        "away is not ended: {unknown}"
    );
    wait::until(EXPIRED_WITHIN, || async {
        other.get(&agent).await.is_ok_and(|entry| entry.is_none())
    })
    .await
    .unwrap();
    relay.mend();

    let ended = wait::until_some(BACK_WITHIN, || async {
        let error = store.keep_lease(lease).await.unwrap_err();
        (error.kind() != ErrorKind::Unavailable).then_some(error)
    });
    assert_eq!(ended.await.unwrap().kind(), ErrorKind::LeaseExpired);
    let written = store.put(&agent, "2".into(), Some(lease)).await.unwrap_err();
    assert_eq!(written.kind(), ErrorKind::LeaseExpired);
    let next = eventually(|| store.grant_lease(Duration::from_secs(3600))).await;
    store.put(&agent, "2".into(), Some(next)).await.unwrap();
    assert_eq!(other.get(&agent).await.unwrap().unwrap().value, "2");
}

#[tokio::test]
async fn a_lease_outlives_a_short_outage_and_a_restart_of_the_server() {
    if ZooKeeper::is_missing() {
        return;
    }
    let mut zookeeper = ZooKeeper::start().await.unwrap();
    let store = connect(zookeeper.address());
    let agent = key("/vamp/agents/a");
    let lease = store.grant_lease(Duration::from_secs(3600)).await.unwrap();
    let version = store.put(&agent, "1".into(), Some(lease)).await.unwrap();
    zookeeper.kill().unwrap();
    zookeeper.start_again().await.unwrap();
    eventually(|| store.keep_lease(lease)).await;
    let entry = eventually(|| store.get(&agent)).await.unwrap();
    assert_eq!(entry.version, version, "it is the same node");
}
