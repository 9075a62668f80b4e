//! Writes that depend on what is there.

use std::time::Duration;

use super::asked::present;
use super::watching::Told;
use super::{Failure, Outcome, Watcher};
use crate::{Condition, Guard, Key, KeyValueStore, Result};

/// Far more than a store that is there needs.
const SOON: Duration = Duration::from_secs(20);

pub(super) async fn only_the_first_of_many_writes_an_absent_key(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let key = base.join("leader")?;
    let tries = (0..20).map(|n: u32| store.put_if(&key, n.to_string().into(), Condition::Absent, None));
    let written: Vec<_> = futures::future::join_all(tries)
        .await
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let winners: Vec<_> = written
        .into_iter()
        .enumerate()
        .filter_map(|(n, version)| Some((n, version?)))
        .collect();
    let [(winner, version)] = winners[..] else {
        return Err(Failure::new(format!("{} writes of an absent key", winners.len())));
    };
    let entry = present(store, &key).await?;
    ensure!(
        entry.value == winner.to_string() && entry.version == version,
        "{winner} wrote, and {entry:?} is there"
    );
    Ok(())
}

pub(super) async fn a_version_is_good_for_one_write(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let key = base.join("key")?;
    let first = store.put(&key, "first".into(), None).await?;
    let second = store
        .put_if(&key, "second".into(), Condition::Version(first), None)
        .await?;
    let second = second.ok_or_else(|| Failure::new("the present version was refused"))?;
    let stale = store
        .put_if(&key, "stale".into(), Condition::Version(first), None)
        .await?;
    ensure!(stale.is_none(), "a stale version was good for a write");
    let absent = store
        .put_if(&key, "absent".into(), Condition::Absent, None)
        .await?;
    ensure!(absent.is_none(), "a present key was written as an absent one");
    store.delete(&key).await?;
    let gone = store
        .put_if(&key, "gone".into(), Condition::Version(second), None)
        .await?;
    ensure!(gone.is_none(), "an absent key was written as a present one");
    store.put(&key, "second".into(), None).await?;
    let again = store
        .put_if(&key, "again".into(), Condition::Version(second), None)
        .await?;
    ensure!(
        again.is_none(),
        "the version of a deleted key came back with an equal value"
    );
    ensure!(
        present(store, &key).await?.value == "second",
        "a refused write was written"
    );
    Ok(())
}

pub(super) async fn no_increment_is_lost(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    const WRITERS: usize = 8;
    const EACH: usize = 5;
    let key = base.join("counter")?;
    store.put(&key, "0".into(), None).await?;
    let increment = || async {
        loop {
            let entry = present(store, &key).await?;
            let count: usize = String::from_utf8_lossy(&entry.value).parse().unwrap_or_default();
            let next = (count + 1).to_string();
            if store
                .put_if(&key, next.into(), Condition::Version(entry.version), None)
                .await?
                .is_some()
            {
                return Ok::<(), Failure>(());
            }
        }
    };
    let writers = (0..WRITERS).map(|_| async {
        for _ in 0..EACH {
            increment().await?;
        }
        Ok::<(), Failure>(())
    });
    futures::future::try_join_all(writers).await?;
    let counted = present(store, &key).await?.value;
    ensure!(counted == (WRITERS * EACH).to_string(), "counted {counted:?}");
    Ok(())
}

pub(super) async fn values_that_belong_together_come_in_their_order(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    // The last in the order of keys, so that only the order of writing can bring it last.
    let (first, second, last) = (base.join("a")?, base.join("b")?, base.join("c")?);
    store.put(&first, "there before".into(), None).await?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    let absent = || vec![(second.clone(), "piece".into()), (first.clone(), "piece".into())];
    let written = store
        .put_with(absent(), &last, "1".into(), Condition::Absent, None)
        .await?;
    let version = written.ok_or_else(|| Failure::new("an absent key was taken for a present one"))?;
    ensure!(
        present(store, &first).await?.value == "there before",
        "a value that is there was written over"
    );
    ensure!(
        present(store, &last).await?.version == version,
        "another version was told"
    );
    while watcher.value(&last).is_none() {
        ensure!(
            matches!(watcher.next(SOON).await?, Told::Event(_)),
            "a write was not told"
        );
    }
    ensure!(
        watcher.value(&second) == Some(b"piece"),
        "the last value was told before the others"
    );

    let refused = store
        .put_with(Vec::new(), &last, "2".into(), Condition::Absent, None)
        .await?;
    ensure!(refused.is_none(), "a present key was written as an absent one");
    let next = store
        .put_with(absent(), &last, "3".into(), Condition::Version(version), None)
        .await?;
    ensure!(next.is_some(), "the present version was refused");
    ensure!(
        present(store, &last).await?.value == "3",
        "the value was not written"
    );
    Ok(())
}

pub(super) async fn a_guard_that_does_not_hold_stops_the_write(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let (leader, key) = (base.join("leader")?, base.join("key")?);
    let mine = Guard::new(leader.clone(), store.put(&leader, "me".into(), None).await?);
    let held = store
        .put_if(&key, "1".into(), Condition::Absent, Some(&mine))
        .await?;
    let held = held.ok_or_else(|| Failure::new("a guard that holds stopped a write"))?;
    let unmet = store
        .put_if(&key, "2".into(), Condition::Absent, Some(&mine))
        .await?;
    ensure!(
        unmet.is_none(),
        "with a guard the condition itself does not count"
    );
    store.put(&leader, "other".into(), None).await?;
    let replaced = store
        .put_if(&key, "3".into(), Condition::Version(held), Some(&mine))
        .await?;
    ensure!(replaced.is_none(), "a guard that was replaced let a write pass");
    store.delete(&leader).await?;
    let gone = store
        .put_if(&key, "4".into(), Condition::Version(held), Some(&mine))
        .await?;
    ensure!(gone.is_none(), "a guard that is gone let a write pass");
    ensure!(
        present(store, &key).await?.value == "1",
        "a refused write was written"
    );
    Ok(())
}
