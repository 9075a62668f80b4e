//! Listings and conditions while others write.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use vamp_kv::{Condition, Guard, KeyValueStore as _, Version};
use vamp_testkit::servers::ZooKeeper;

use crate::place::{connect, key};

/// A writer that has been replaced must not write, whatever the moment: the node of the leader is deleted and made again while it
/// writes, so that the server's own counters are the same before and after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guard_that_was_made_again_stops_the_write_at_any_moment() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let (store, other) = (connect(zookeeper.address()), connect(zookeeper.address()));
    let (leader, target) = (key("/vamp/leader"), key("/vamp/target"));
    store.put(&target, "0".into(), None).await.unwrap();
    let mut held = 0;
    for round in 0..300 {
        other.delete(&leader).await.unwrap();
        let version = other.put(&leader, "old".into(), None).await.unwrap();
        let guard = Guard {
            key: leader.clone(),
            version,
        };
        let replaced = async {
            // Both orders happen, and everything in between.
            for _ in 0..round % 7 {
                tokio::task::yield_now().await;
            }
            other.delete(&leader).await.unwrap();
            other.put(&leader, "new".into(), None).await.unwrap()
        };
        let written = async {
            let present = store.get(&target).await.unwrap().unwrap();
            let condition = Condition::Version(present.version);
            store
                .put_if(&target, round.to_string().into(), condition, Some(&guard))
                .await
                .unwrap()
        };
        let (new, written): (Version, Option<Version>) = futures::future::join(replaced, written).await;
        // Versions are numbers of transactions: the order of everything that was written.
        assert!(
            written.is_none_or(|written| written.number() < new.number()),
            "round {round}: {written:?} was written after {new:?} had replaced the guard"
        );
        held += usize::from(written.is_some());
    }
    assert!(held < 300, "no write met a guard that was replaced");
}

/// One key is always written before the other, so that the first is never behind in any moment; what lies between them makes the
/// listing larger than one request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_listing_is_of_one_moment_while_others_write() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let (store, other) = (connect(zookeeper.address()), connect(zookeeper.address()));
    let prefix = key("/vamp/many");
    let (first, last) = (prefix.join("a").unwrap(), prefix.join("z").unwrap());
    for n in 0..20 {
        let filler = Bytes::from(vec![b'x'; 600_000]);
        store
            .put(&prefix.join(&format!("m{n}")).unwrap(), filler, None)
            .await
            .unwrap();
    }
    let done = AtomicBool::new(false);
    let writer = async {
        let mut n = 0_u32;
        while !done.load(Ordering::Relaxed) {
            n += 1;
            other.put(&first, n.to_string().into(), None).await.unwrap();
            other.put(&last, n.to_string().into(), None).await.unwrap();
        }
        n
    };
    let reader = async {
        for _ in 0..5 {
            let entries = store.list(&prefix).await.unwrap();
            let number = |key| -> u32 {
                let entry = entries.iter().find(|entry| entry.key == key);
                entry.map_or(0, |entry| {
                    std::str::from_utf8(&entry.value).unwrap().parse().unwrap()
                })
            };
            let (first, last) = (number(first.clone()), number(last.clone()));
            assert!(
                first == last || first == last + 1,
                "{first} and {last} never were there together"
            );
            assert!(entries.len() >= 20);
        }
        done.store(true, Ordering::Relaxed);
    };
    let (written, ()) = futures::future::join(writer, reader).await;
    assert!(written > 5, "nobody wrote meanwhile");
}
