//! Many at the same time.

use std::path::Path;
use std::time::Duration;

use vamp_store::sqlite::FILE_NAME;
use vamp_store::{
    ArtifactStore as _, EventQuery, EventStore as _, Expect, NewEvent, Page, StateDirectory, Write,
};

use super::open;

/// A reader in the midst of a long answer does not keep writers waiting, nor does a writer keep readers waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_and_writers_go_on_side_by_side() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let events = (0..2000).map(|n| NewEvent::new([format!("n:{n}")])).collect();
    store.append(events).await.unwrap();
    let reading = {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                let everything = EventQuery {
                    page: Page::ALL,
                    ..EventQuery::default()
                };
                let page = store.query(everything).await.unwrap();
                assert_eq!(page.items.len() as u64, page.total);
            }
        })
    };
    let writers = (0..20).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 0..50_u64 {
                let expect = if n == 0 {
                    Expect::Absent
                } else {
                    Expect::Revision(n)
                };
                let write = Write::put("breeds", format!("{writer}"), n.to_string()).expecting(expect);
                store.commit(write.into()).await.unwrap();
                let stored = store.get("breeds", &writer.to_string()).await.unwrap();
                assert_eq!(
                    stored.map(|stored| stored.revision),
                    Some(n + 1),
                    "own writes are seen"
                );
                store.append(vec![NewEvent::new(["written"])]).await.unwrap();
            }
        })
    });
    let all = futures::future::join(futures::future::join_all(writers), reading);
    let (written, read) = tokio::time::timeout(Duration::from_secs(60), all).await.unwrap();
    read.unwrap();
    for written in written {
        written.unwrap();
    }
    assert_eq!(store.sequence().await.unwrap(), 2000 + 20 * 50 * 2);
}

/// How many transactions the file has seen: a counter of the index of its log, in the byte order of the machine.
/// <https://www.sqlite.org/walformat.html#the_wal_index_header>
fn transactions(directory: &Path) -> u32 {
    let index = std::fs::read(directory.join(format!("{FILE_NAME}-shm"))).unwrap();
    u32::from_ne_bytes(index[8..12].try_into().unwrap())
}

/// A flush to disk takes long; those who come while one is going on wait for one more, together.
#[tokio::test]
async fn many_commits_share_a_flush() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store.append(vec![NewEvent::new(["first"])]).await.unwrap();
    let before = transactions(directory.path());
    let appends = (0..200).map(|n| store.append(vec![NewEvent::new([format!("n:{n}")])]));
    for appended in futures::future::join_all(appends).await {
        appended.unwrap();
    }
    let needed = transactions(directory.path()) - before;
    assert!(
        (1..=50).contains(&needed),
        "200 appends needed {needed} transactions"
    );
    store.append(vec![NewEvent::new(["last"])]).await.unwrap();
    assert_eq!(
        transactions(directory.path()) - before,
        needed + 1,
        "the counter counts"
    );
}

#[tokio::test]
async fn what_changes_nothing_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store
        .commit(Write::put("breeds", "a", "{}").into())
        .await
        .unwrap();
    let files = || {
        [FILE_NAME, &format!("{FILE_NAME}-wal")]
            .map(|name| std::fs::read(directory.path().join(name)).unwrap())
    };
    let before = files();
    store
        .commit(Write::put("breeds", "a", "{}").into())
        .await
        .unwrap();
    store.commit(Write::delete("breeds", "b").into()).await.unwrap();
    let refused = Write::put("breeds", "a", "{ }").expecting(Expect::Absent);
    store.commit(refused.into()).await.unwrap_err();
    store.commit(Vec::<Write>::new().into()).await.unwrap();
    assert!(before == files(), "something was written");
}

/// Whoever loses interest in a commit does not undo it, and does not stop the others.
#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_store_working() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    for n in 0..100 {
        let commit = store.commit(Write::put("breeds", n.to_string(), "{}").into());
        // Polled once at the most.
        let _ = tokio::time::timeout(Duration::ZERO, commit).await;
        let _ = tokio::time::timeout(Duration::ZERO, store.list("breeds")).await;
    }
    store
        .commit(Write::put("breeds", "last", "{}").into())
        .await
        .unwrap();
    assert!(store.get("breeds", "last").await.unwrap().is_some());
}

/// The log does not grow for ever while there is always something to write.
#[tokio::test]
async fn the_log_is_moved_into_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let written = vamp_testkit::extent::pick(60, 600);
    for n in 0..written {
        let write = Write::put(
            "breeds",
            (n % 3).to_string(),
            format!("{n}{}", "x".repeat(1_000_000)),
        );
        store
            .commit(write.keeping(vamp_store::Keep::Newest).into())
            .await
            .unwrap();
    }
    let file = directory.path().join(FILE_NAME);
    let moved = || async { std::fs::metadata(&file).unwrap().len() > 1_000_000 };
    vamp_testkit::wait::until(Duration::from_secs(20), moved)
        .await
        .unwrap();
    let log = format!("{}-wal", file.display());
    let length = std::fs::metadata(&log).unwrap().len();
    assert!(length < 200_000_000, "the log has {length} bytes");
    drop(store);
    assert!(std::fs::metadata(&log).is_err(), "the log is still there");
    StateDirectory::open(directory.path()).unwrap();
}
