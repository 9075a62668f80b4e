//! A server that answers each request in time, and slowly.

use std::time::Duration;

use tokio::time::Instant;
use vamp_kv::conformance::Watcher;
use vamp_kv::conformance::outages::NOTICED_WITHIN;
use vamp_kv::zookeeper::ZooKeeperStore;
use vamp_kv::{ErrorKind, KeyValueStore as _};
use vamp_testkit::relay::Relay;
use vamp_testkit::servers::ZooKeeper;

use crate::place::{config, connect, key};

/// How much later an answer comes.
const LATER: Duration = Duration::from_millis(150);

/// The limit of a call: many times as long.
const LIMIT: Duration = Duration::from_secs(1);

/// Keys below keys: a listing asks for the nodes of one level after those of the level above.
const LEVELS: usize = 20;

#[tokio::test]
async fn a_listing_of_many_slow_answers_ends_within_the_limit_of_a_call() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let near = connect(zookeeper.address());
    let top = key("/vamp");
    let deep = (0..LEVELS).fold(top.clone(), |above, _| above.join("below").unwrap());
    near.put(&deep, "1".into(), None).await.unwrap();
    assert_eq!(near.list(&top).await.unwrap().len(), 1);

    let relay = Relay::to(zookeeper.address(), LATER).await.unwrap();
    let mut settings = config(relay.address());
    settings.call_timeout = LIMIT;
    let far = ZooKeeperStore::connect(settings).unwrap();
    let entry = far.get(&deep).await.unwrap().unwrap();
    assert_eq!(entry.value, "1", "each request is answered in time");

    let began = Instant::now();
    let error = far.list(&top).await.unwrap_err();
    let took = began.elapsed();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.is_temporary());
    assert_eq!(
        error.to_string(),
        "list /vamp: the store could not be asked: no answer within 1s"
    );
    assert!(LIMIT <= took && took < 2 * LIMIT, "{took:?}");

    let mut watcher = Watcher::new(&far, &top);
    let outage = watcher.until_outage(NOTICED_WITHIN).await.unwrap();
    assert_eq!(outage.kind(), ErrorKind::Unavailable, "{outage}");
    // What needs fewer requests goes on.
    assert_eq!(far.list(&deep).await.unwrap(), [entry]);
}
