//! The store in a directory is held to the suite that every backend is held to, and to what only files have.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod hanging;
mod notices;
mod opening;
mod processes;

use std::fs;
use std::time::Duration;

use vamp_kv::conformance::history::{Plan, check_store};
use vamp_kv::conformance::{Claims, Watcher, run_all};
use vamp_kv::file::{FileConfig, FileStore};
use vamp_kv::{ErrorKind, Key, KeyValueStore as _};
use vamp_testkit::disk::SmallDisk;

const SOON: Duration = Duration::from_secs(20);

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

async fn open(directory: &std::path::Path) -> FileStore {
    FileStore::open(FileConfig::new(directory)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_does_what_a_store_has_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = FileConfig::new(directory.path());
    // The cases are played side by side, and each write is flushed.
    config.lock_timeout = Duration::from_secs(60);
    config.call_timeout = Duration::from_secs(60);
    let store = FileStore::open(config).await.unwrap();
    let claims = Claims::of("file").unwrap();
    run_all(&store, &key("/conformance"), claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_of_a_directory_that_several_stores_use_are_right() {
    for seed in 0..vamp_testkit::extent::pick(2, 25) {
        let directory = tempfile::tempdir().unwrap();
        let (one, two, three) = (
            open(directory.path()).await,
            open(directory.path()).await,
            open(directory.path()).await,
        );
        let plan = Plan {
            seed,
            calls: 150,
            faults: 0,
        };
        let keep = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
        check_store(plan, &[&one, &two, &three], None, &key("/histories"), keep)
            .await
            .unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_a_change_with_a_version_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).await;
    let gateways = key("/vamp/default/gateways");
    let version = store.put(&gateways, "[]".into(), None).await.unwrap();
    let file = directory.path().join("vamp/default/gateways/value");
    assert_eq!(fs::read(&file).unwrap(), b"[]");

    let mut watcher = Watcher::listed(&store, &key("/vamp"), SOON).await.unwrap();
    fs::write(&file, "[1]").unwrap();
    watcher.until_value(&gateways, Some("[1]"), SOON).await.unwrap();
    let edited = store.get(&gateways).await.unwrap().unwrap();
    assert_eq!(edited.value, "[1]");
    assert_ne!(edited.version, version);

    // Another file in its place, a key made by hand, a key removed by hand.
    let other = directory.path().join("other");
    fs::write(&other, "[2]").unwrap();
    fs::rename(&other, &file).unwrap();
    watcher.until_value(&gateways, Some("[2]"), SOON).await.unwrap();
    fs::create_dir_all(directory.path().join("vamp/made/by/hand")).unwrap();
    fs::write(directory.path().join("vamp/made/by/hand/value"), "x").unwrap();
    watcher
        .until_value(&key("/vamp/made/by/hand"), Some("x"), SOON)
        .await
        .unwrap();
    fs::remove_dir_all(directory.path().join("vamp/default")).unwrap();
    watcher.until_value(&gateways, None, SOON).await.unwrap();
    assert!(store.get(&gateways).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_is_gone_is_an_outage_and_never_empty() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("store");
    let store = open(&root).await;
    let key = key("/vamp/key");
    store.put(&key, "1".into(), None).await.unwrap();
    let mut watcher = Watcher::listed(&store, &key, SOON).await.unwrap();

    let away = directory.path().join("away");
    fs::rename(&root, &away).unwrap();
    let outage = watcher.until_outage(SOON).await.unwrap();
    assert_eq!(outage.kind(), ErrorKind::Unavailable);
    assert_eq!(store.get(&key).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(store.list(&key).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(
        store.put(&key, "2".into(), None).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    assert_eq!(
        store.delete(&key).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );

    fs::rename(&away, &root).unwrap();
    watcher.until_listed(SOON).await.unwrap();
    assert_eq!(watcher.value(&key), Some(&b"1"[..]));
    store.put(&key, "2".into(), None).await.unwrap();
    watcher.until_value(&key, Some("2"), SOON).await.unwrap();

    // Made anew it is empty.
    fs::remove_dir_all(&root).unwrap();
    watcher.until_outage(SOON).await.unwrap();
    fs::create_dir(&root).unwrap();
    watcher.until_value(&key, None, SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_full_disk_does_not_take_is_told_and_what_is_there_stays() {
    if SmallDisk::is_missing() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("store");
    fs::create_dir(&root).unwrap();
    let disk = SmallDisk::in_place_of(&root, 2).unwrap();
    let store = open(&root).await;
    let (key, other) = (key("/vamp/key"), key("/vamp/other"));
    let version = store.put(&key, "1".into(), None).await.unwrap();
    let mut watcher = Watcher::listed(&store, &Key::parse("/vamp").unwrap(), SOON)
        .await
        .unwrap();

    disk.fill().unwrap();
    let large = || bytes::Bytes::from(vec![b'x'; 100_000]);
    let told = store.put(&key, large(), None).await.unwrap_err();
    assert_eq!(told.kind(), ErrorKind::Unavailable, "{told}");
    let cause = std::error::Error::source(&told).unwrap().to_string();
    assert!(cause.contains("No space left on device"), "{cause}");
    assert!(store.put(&other, large(), None).await.is_err());
    // The earlier value and its version are there as if nothing had been asked for, and the other key is not.
    let kept = store.get(&key).await.unwrap().unwrap();
    assert_eq!((&kept.value[..], kept.version), (&b"1"[..], version));
    assert_eq!(store.list(&Key::parse("/vamp").unwrap()).await.unwrap().len(), 1);
    assert!(
        store.delete(&key).await.unwrap(),
        "what is taken away needs no room"
    );
    watcher.until_value(&key, None, SOON).await.unwrap();

    disk.free().unwrap();
    store.put(&other, large(), None).await.unwrap();
    store.put(&key, "2".into(), None).await.unwrap();
    watcher.until_value(&key, Some("2"), SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_outlives_who_made_it_until_its_time() {
    let directory = tempfile::tempdir().unwrap();
    let key = key("/leader");
    let first = open(directory.path()).await;
    let lease = first.grant_lease(Duration::from_secs(1)).await.unwrap();
    first.put(&key, "first".into(), Some(lease)).await.unwrap();
    drop(first);
    let second = open(directory.path()).await;
    second.keep_lease(lease).await.unwrap();
    let mut watcher = Watcher::listed(&second, &key, SOON).await.unwrap();
    assert_eq!(watcher.value(&key), Some(&b"first"[..]));
    watcher.until_value(&key, None, SOON).await.unwrap();
    assert_eq!(
        second.keep_lease(lease).await.unwrap_err().kind(),
        ErrorKind::LeaseExpired
    );
}
