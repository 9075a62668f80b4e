//! Listings and conditions while others write.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use vamp_kv::{Condition, Guard, Key, KeyValueStore as _};
use vamp_testkit::servers::ZooKeeper;

use crate::place::{connect, key};

/// A writer that has been replaced must not write, whatever the moment. When leadership goes from one lease to another, the node of
/// the leader is made anew in one step, so that the server's own counter is the same before and after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guard_that_was_made_again_stops_the_write_at_any_moment() {
    const ROUNDS: usize = 300;
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let (store, other) = (connect(zookeeper.address()), connect(zookeeper.address()));
    let long = Duration::from_secs(3600);
    let (leader, target) = (key("/vamp/leader"), key("/vamp/target"));
    let first = other.grant_lease(long).await.unwrap();
    let second = other.grant_lease(long).await.unwrap();
    store.put(&target, "0".into(), None).await.unwrap();
    // Looking whether they are there takes the writer the time in which it can be replaced.
    let there: Vec<(Key, Bytes)> = (0..4)
        .map(|n| (key(&format!("/vamp/there/{n}")), "1".into()))
        .collect();
    for (key, value) in &there {
        store.put(key, value.clone(), None).await.unwrap();
    }
    let mut held = 0;
    for round in 0..ROUNDS {
        let guard = Guard::new(
            leader.clone(),
            other.put(&leader, "old".into(), Some(first)).await.unwrap(),
        );
        let present = store.get(&target).await.unwrap().unwrap();
        let replaced = async {
            // Both orders happen, and everything in between.
            for _ in 0..round % 7 {
                store.get(&leader).await.unwrap();
            }
            other.put(&leader, "new".into(), Some(second)).await.unwrap()
        };
        let condition = Condition::Version(present.version);
        let written = store.put_with(
            there.clone(),
            &target,
            round.to_string().into(),
            condition,
            Some(&guard),
        );
        let (new, written) = futures::future::join(replaced, written).await;
        let written = written.unwrap();
        // Versions are numbers of transactions: the order of everything that was written.
        assert!(
            written.is_none_or(|written| written.number() < new.number()),
            "round {round}: {written:?} was written after {new:?} had replaced the guard"
        );
        held += usize::from(written.is_some());
    }
    assert!(
        0 < held && held < ROUNDS,
        "{held} of {ROUNDS} writes were in time: not both orders happened"
    );
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
