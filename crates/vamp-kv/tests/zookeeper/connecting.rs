//! Servers that are there, away, or elsewhere.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::Instant;
use vamp_kv::conformance::Watcher;
use vamp_kv::conformance::outages::{BACK_WITHIN, NOTICED_WITHIN};
use vamp_kv::zookeeper::{ZooKeeperConfig, ZooKeeperStore};
use vamp_kv::{ErrorKind, KeyValueStore as _};
use vamp_testkit::{ports, relay::Relay, servers::ZooKeeper, wait};

use crate::place::{connect, key};

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_anything_is_asked() {
    for server in ["", "not an address", "tcp+tls://127.0.0.1:2281"] {
        let error = ZooKeeperStore::connect(ZooKeeperConfig::new([server])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{server}: {error}");
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_told_in_time() {
    let port = ports::lease().unwrap();
    let store = connect(port.address());
    let began = Instant::now();
    let error = store.get(&key("/vamp/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(began.elapsed() < NOTICED_WITHIN);
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_found_when_it_comes() {
    if ZooKeeper::is_missing() {
        return;
    }
    let mut zookeeper = ZooKeeper::start().await.unwrap();
    zookeeper.kill().unwrap();
    let store = connect(zookeeper.address());
    let mut watcher = Watcher::new(&store, &key("/vamp"));
    let outage = watcher.until_outage(NOTICED_WITHIN).await.unwrap();
    assert_eq!(outage.kind(), ErrorKind::Unavailable);
    zookeeper.start_again().await.unwrap();
    watcher.until_listed(BACK_WITHIN).await.unwrap();
    assert!(store.get(&key("/vamp/x")).await.unwrap().is_none());
}

#[tokio::test]
async fn one_server_of_two_is_enough() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let dead = ports::lease().unwrap();
    // Takes connections, as the kernel does for a frozen server, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for other in [dead.address(), silent.local_addr().unwrap()] {
        // The order in which they are tried is drawn: in eight stores both come first, but for one time in a hundred.
        for _ in 0..8 {
            let servers = [other.to_string(), zookeeper.address().to_string()];
            let store = ZooKeeperStore::connect(ZooKeeperConfig::new(servers)).unwrap();
            let answered = wait::until_some(BACK_WITHIN, || async { store.get(&key("/vamp/x")).await.ok() });
            assert!(answered.await.unwrap().is_none(), "{other}");
        }
    }
}

#[tokio::test]
async fn a_connection_on_which_a_starting_server_never_answers_holds_nobody_up() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let relay = Relay::to(zookeeper.address(), Duration::ZERO).await.unwrap();
    relay.leave_unanswered(1);
    let store = connect(relay.address());
    assert!(store.get(&key("/vamp/x")).await.unwrap().is_none());
    assert_eq!(relay.still_unanswered(), 0);
}

#[tokio::test]
async fn a_server_that_comes_back_empty_is_listed_anew() {
    if ZooKeeper::is_missing() {
        return;
    }
    let mut zookeeper = ZooKeeper::start().await.unwrap();
    let store = connect(zookeeper.address());
    let (before, after) = (key("/vamp/before"), key("/vamp/after"));
    let mut last = None;
    for n in 0..50 {
        last = Some(store.put(&before, n.to_string().into(), None).await.unwrap());
    }
    let mut watcher = Watcher::listed(&store, &key("/vamp"), BACK_WITHIN).await.unwrap();
    assert_eq!(watcher.value(&before), Some(&b"49"[..]));

    zookeeper.kill().unwrap();
    watcher.until_outage(NOTICED_WITHIN).await.unwrap();
    zookeeper.start_again_empty().await.unwrap();
    watcher.until_listed(BACK_WITHIN).await.unwrap();
    assert!(watcher.state().is_empty(), "{watcher:?}");

    // Transactions are counted from the beginning: what is newer has a smaller number, and is told all the same.
    let version = wait::until_some(BACK_WITHIN, || async {
        store.put(&after, "1".into(), None).await.ok()
    })
    .await
    .unwrap();
    assert!(version.number() < last.unwrap().number());
    watcher
        .until_value(&after, Some("1"), Duration::from_secs(20))
        .await
        .unwrap();
}
