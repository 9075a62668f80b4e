//! Requests as large as the server takes them.

use vamp_kv::conformance::Watcher;
use vamp_kv::conformance::outages::BACK_WITHIN;
use vamp_kv::etcd::{EtcdConfig, EtcdStore};
use vamp_kv::{Condition, ErrorKind, Key, KeyValueStore as _};
use vamp_testkit::servers::{Etcd, EtcdOptions};
use vamp_testkit::skip;

use super::support::{connect, key};

/// A key of about 3,000 bytes.
fn long(name: usize) -> Key {
    key(&format!("/vamp/{}/{name}", vec!["x".repeat(200); 15].join("/")))
}

#[tokio::test]
async fn keys_count_as_often_as_they_are_sent() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let store = connect(&etcd.endpoint()).await;
    let max_request = EtcdConfig::default().max_request;

    // With each key once, these would fit together; they are written one by one.
    let size = (max_request - 50 * 4_000) / 50;
    let pieces: Vec<_> = (0..50)
        .map(|name| (long(name), vec![b'x'; size].into()))
        .collect();
    let manifest = key("/vamp/manifest");
    let written = store.put_with(pieces, &manifest, "m".into(), Condition::Absent, None);
    assert!(written.await.unwrap().is_some());
    assert_eq!(store.list(&key("/vamp")).await.unwrap().len(), 51);

    // The largest value is told for its key, is taken, and one byte more is not sent.
    let key = long(50);
    let largest = store.put_if(&key, vec![0; max_request].into(), Condition::Absent, None);
    let ErrorKind::TooLarge { limit } = largest.await.unwrap_err().kind() else {
        panic!("a value that leaves no room for its key");
    };
    let longer = store.put_if(&key, vec![0; limit + 1].into(), Condition::Absent, None);
    assert_eq!(longer.await.unwrap_err().kind(), ErrorKind::TooLarge { limit });
    let taken = store.put_if(&key, vec![0; limit].into(), Condition::Absent, None);
    assert!(taken.await.unwrap().is_some());
}

#[tokio::test]
async fn a_value_as_large_as_the_server_was_told_to_take_is_read_again() {
    if skip::without("etcd") {
        return;
    }
    let mut options = EtcdOptions::default();
    options.flags = vec!["--max-request-bytes=8000000".to_owned()];
    let etcd = Etcd::start_with(options).await.unwrap();
    let mut config = EtcdConfig::new([etcd.endpoint()]);
    config.max_request = 8_000_000;
    let store = EtcdStore::connect(config).await.unwrap();
    let (large, value) = (key("/large"), bytes::Bytes::from(vec![b'x'; 5_000_000]));
    let mut watcher = Watcher::listed(&store, &large, BACK_WITHIN).await.unwrap();
    store.put(&large, value.clone(), None).await.unwrap();
    assert!(store.get(&large).await.unwrap().unwrap().value == value);
    assert!(store.list(&large).await.unwrap()[0].value == value);
    let text = std::str::from_utf8(&value).unwrap();
    watcher
        .until_value(&large, Some(text), BACK_WITHIN)
        .await
        .unwrap();
}
