//! A directory that cannot be opened.

use std::time::{Duration, Instant};

use vamp_kv::conformance::Watcher;
use vamp_kv::file::{FileConfig, FileStore};
use vamp_kv::{ErrorKind, StoreConfig};
use vamp_testkit::wait;

use super::{SOON, key, open};

#[tokio::test]
async fn a_directory_that_cannot_be_opened_yet_is_an_outage_and_passes() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()).await);
    // As a process that hangs keeps it.
    let held = std::fs::File::open(directory.path().join(".vamp/lock")).unwrap();
    held.lock().unwrap();
    let mut config = FileConfig::new(directory.path());
    config.lock_timeout = Duration::from_millis(1500);
    let began = Instant::now();
    let store = StoreConfig::File(config.clone()).open().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let strict = FileStore::open(config).await.unwrap_err();
    assert_eq!(strict.kind(), ErrorKind::Configuration, "{strict}");

    let told = store.get(&key("/vamp/x")).await.unwrap_err();
    assert_eq!(told.kind(), ErrorKind::Unavailable, "{told}");
    let mut watcher = Watcher::new(&*store, &key("/vamp"));
    watcher.until_outage(SOON).await.unwrap();
    held.unlock().unwrap();
    let put = || async { store.put(&key("/vamp/x"), "1".into(), None).await.is_ok() };
    wait::until(SOON, put).await.unwrap();
    watcher
        .until_value(&key("/vamp/x"), Some("1"), SOON)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_will_not_pass_is_told_when_the_store_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "precious").unwrap();
    for at in [file.clone(), file.join("below")] {
        let told = StoreConfig::File(FileConfig::new(&at)).open().await.unwrap_err();
        assert_eq!(told.kind(), ErrorKind::Configuration, "{told}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
}
