//! What sessions and their nodes mean for leases.

use std::time::Duration;

use vamp_kv::{Condition, ErrorKind, KeyValueStore as _};
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
