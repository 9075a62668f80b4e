//! The suites that every backend is held to.

use std::time::Duration;

use vamp_kv::conformance::{Claims, outages, run_all};
use vamp_kv::zookeeper::ZooKeeperStore;
use vamp_testkit::servers::ZooKeeper;

use crate::histories;
use crate::place::{Controlled, config, connect, key};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn zookeeper_does_what_a_store_has_to_do() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    // All cases at once are much for a machine under load; the limit of a call is for the other suite.
    let mut patient = config(zookeeper.address());
    patient.call_timeout = Duration::from_secs(30);
    let store = ZooKeeperStore::connect(patient).unwrap();
    let claims = Claims::of("zookeeper").unwrap();
    run_all(&store, &key("/conformance"), claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn zookeeper_can_be_killed_frozen_and_started_again() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let store = connect(zookeeper.address());
    let mut server = Controlled(zookeeper);
    outages::run_all(&store, &mut server, &key("/outages"))
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_of_zookeeper_are_right() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let (one, other) = (connect(zookeeper.address()), connect(zookeeper.address()));
    histories::are_right(&[&one, &other], &mut Controlled(zookeeper)).await;
}
