//! What sessions and their nodes mean for leases.

use std::sync::Arc;
use std::time::Duration;

use vamp_io::retry::Retry;
use vamp_kv::leadership::Election;
use vamp_kv::wrap::{Measured, Namespaced, Retrying, Timeout, Traced};
use vamp_kv::{Condition, ErrorKind, KeyValueStore as _};
use vamp_testkit::relay::Relay;
use vamp_testkit::{servers::ZooKeeper, wait};

use crate::place::{connect, key};

const LONG: Duration = Duration::from_secs(3600);

/// The server ends sessions in steps; the rest is for a machine under load.
const GONE_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_key_of_a_lease_and_keys_below_it_exclude_each_other() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let store = connect(zookeeper.address());
    let lease = store.grant_lease(LONG).await.unwrap();
    let (upper, lower) = (key("/vamp/upper"), key("/vamp/upper/lower"));

    store.put(&upper, "1".into(), Some(lease)).await.unwrap();
    let below = store.put(&lower, "1".into(), None).await.unwrap_err();
    assert_eq!(below.kind(), ErrorKind::Unsupported, "{below}");
    assert!(store.delete(&upper).await.unwrap());
    store.put(&lower, "1".into(), None).await.unwrap();
    let above = store.put(&upper, "1".into(), Some(lease)).await.unwrap_err();
    assert_eq!(above.kind(), ErrorKind::Unsupported, "{above}");
    assert!(store.get(&upper).await.unwrap().is_none());
}

#[tokio::test]
async fn a_key_goes_from_one_lease_to_another() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let store = connect(zookeeper.address());
    let leader = key("/vamp/leader");
    let first = store.grant_lease(LONG).await.unwrap();
    let second = store.grant_lease(LONG).await.unwrap();
    let before = store.put(&leader, "first".into(), Some(first)).await.unwrap();
    let after = store.put(&leader, "second".into(), Some(second)).await.unwrap();
    assert_ne!(before, after);
    store.revoke_lease(first).await.unwrap();
    assert_eq!(store.get(&leader).await.unwrap().unwrap().value, "second");
    let stale = store
        .put_if(&leader, "stale".into(), Condition::Version(before), None)
        .await;
    assert_eq!(stale.unwrap(), None);
    store.revoke_lease(second).await.unwrap();
    assert!(store.get(&leader).await.unwrap().is_none());
}

#[tokio::test]
async fn a_lease_belongs_to_the_store_that_granted_it_and_ends_with_it() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let (store, other) = (connect(zookeeper.address()), connect(zookeeper.address()));
    let agent = key("/vamp/agents/a");
    let lease = store.grant_lease(LONG).await.unwrap();
    store.put(&agent, "1".into(), Some(lease)).await.unwrap();
    let stranger = other.keep_lease(lease).await.unwrap_err();
    assert_eq!(stranger.kind(), ErrorKind::LeaseExpired, "{stranger}");

    let clone = store.clone();
    drop(store);
    clone.keep_lease(lease).await.unwrap();
    assert!(other.get(&agent).await.unwrap().is_some());
    drop(clone);
    wait::until(GONE_WITHIN, || async {
        other.get(&agent).await.unwrap().is_none()
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_leader_does_not_lead_by_its_clock_for_longer_than_the_server_keeps_its_session() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let relay = Relay::to(zookeeper.address(), Duration::ZERO).await.unwrap();
    let limit = Duration::from_secs(10);
    let measured = Measured::new(Arc::new(Traced::new(Arc::new(connect(relay.address())))));
    let limited = Timeout::new(Arc::new(measured), limit);
    let retrying = Retrying::new(Arc::new(limited), Retry::within(limit));
    let cut_off = Arc::new(Namespaced::new(Arc::new(retrying), key("/vamp")));
    // Of ticks of 500 ms the server allows a session 20.
    let lease = cut_off.grant_lease(LONG).await.unwrap();
    assert_eq!(cut_off.lease_ttl(lease, LONG), limit);
    assert_eq!(
        cut_off.lease_ttl(lease, Duration::from_secs(6)),
        Duration::from_secs(6)
    );

    let ttl = Duration::from_secs(60);
    let first = Election::new(cut_off, key("/leader"), "first", ttl).unwrap();
    let first = first.campaign().await.unwrap();
    relay.cut();
    assert!(first.leads());
    let well = Arc::new(connect(zookeeper.address()));
    let second = Election::new(well, key("/vamp/leader"), "second", ttl).unwrap();
    let second = tokio::time::timeout(2 * GONE_WITHIN, second.campaign())
        .await
        .unwrap()
        .unwrap();
    assert!(second.leads());
    assert!(!first.leads(), "two lead at once");
}
