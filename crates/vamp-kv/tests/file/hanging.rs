//! A disk that does not answer.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use vamp_kv::conformance::Watcher;
use vamp_kv::file::{FileConfig, FileStore};
use vamp_kv::{Condition, ErrorKind, KeyValueStore as _};
use vamp_testkit::wait;

use super::{SOON, key};

/// A file that answers whoever opens it only when it is dropped, and is gone then.
struct Silent(PathBuf);

impl Silent {
    fn in_place_of(file: PathBuf) -> Self {
        fs::remove_file(&file).unwrap();
        let rights = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, &file, FileType::Fifo, rights, 0).unwrap();
        Self(file)
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // Opened for both it waits for nobody, and those who wait to read find somebody who writes, until nobody finds the file.
        let writer = fs::File::options().read(true).write(true).open(&self.0);
        let _ = fs::remove_file(&self.0);
        drop(writer);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_hangs_is_an_outage_in_time_and_passes() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = FileConfig::new(directory.path());
    config.call_timeout = Duration::from_millis(500);
    config.lock_timeout = Duration::from_millis(400);
    let store = FileStore::open(config).await.unwrap();
    let (silent, well) = (key("/vamp/silent"), key("/vamp/well"));
    store.put(&silent, "1".into(), None).await.unwrap();
    store.put(&well, "1".into(), None).await.unwrap();
    let hanging = Silent::in_place_of(directory.path().join("vamp/silent/value"));

    let in_time = |call| tokio::time::timeout(SOON, call);
    let told = in_time(store.get(&silent)).await.unwrap().unwrap_err();
    assert_eq!(told.kind(), ErrorKind::Unavailable, "{told}");
    assert!(told.to_string().contains("no answer within 500ms"), "{told}");
    assert_eq!(store.get(&well).await.unwrap().unwrap().value, "1");

    drop(hanging);
    let back = wait::until(SOON, || async {
        store.get(&silent).await.is_ok_and(|found| found.is_none())
    });
    back.await.unwrap();
    store.put(&silent, "2".into(), None).await.unwrap();
    let watcher = Watcher::listed(&store, &key("/vamp"), SOON).await.unwrap();
    assert_eq!(watcher.value(&silent), Some(&b"2"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_was_given_up_does_not_happen_later() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = FileConfig::new(directory.path());
    config.call_timeout = Duration::from_millis(500);
    let store = FileStore::open(config).await.unwrap();
    let (silent, late) = (key("/vamp/silent"), key("/vamp/late"));
    store.put(&silent, "1".into(), None).await.unwrap();
    let hanging = Silent::in_place_of(directory.path().join("vamp/silent/value"));

    // The first is prepared when it looks whether the silent one is there.
    let pieces = vec![(key("/vamp/first"), "1".into()), (silent, "2".into())];
    let told = store.put_with(pieces, &late, "given up".into(), Condition::Absent, None);
    let told = tokio::time::timeout(SOON, told).await.unwrap().unwrap_err();
    assert_eq!(told.kind(), ErrorKind::Unavailable, "{told}");
    let prepared = || fs::read_dir(directory.path().join(".vamp/new")).unwrap().count();
    assert_eq!(prepared(), 1);
    drop(hanging);
    // What is prepared goes when the call is at its end.
    wait::until(SOON, || async { prepared() == 0 }).await.unwrap();
    assert!(store.get(&late).await.unwrap().is_none());
}

#[test]
fn a_disk_that_hangs_leaves_threads_to_others_however_often_it_is_tried() {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let runtime = threads.enable_all().max_blocking_threads(40).build().unwrap();
    runtime.block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let mut config = FileConfig::new(directory.path());
        config.call_timeout = Duration::from_millis(500);
        let store = FileStore::open(config).await.unwrap();
        let silent = key("/silent");
        store.put(&silent, "1".into(), None).await.unwrap();
        let _hanging = Silent::in_place_of(directory.path().join("silent/value"));
        let all = futures::future::join_all((0..60).map(|_| store.get(&silent)));
        for told in tokio::time::timeout(SOON, all).await.unwrap() {
            assert_eq!(told.unwrap_err().kind(), ErrorKind::Unavailable);
        }
        let other = tokio::task::spawn_blocking(|| ());
        tokio::time::timeout(SOON, other).await.unwrap().unwrap();
    });
}

#[tokio::test]
async fn a_time_of_zero_is_refused_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = FileConfig::new(directory.path());
    config.call_timeout = Duration::ZERO;
    let error = FileStore::open(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("'call_timeout' is zero"), "{error}");
}
