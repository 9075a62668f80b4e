//! Conditional writes, one rule each.

use super::Outcome;
use super::asked::{present, try_all, written};
use crate::{Condition, Key, KeyValueStore};

pub(super) async fn a_conditional_write_gives_the_version_that_is_read(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let mut condition = Condition::Absent;
    for n in 0..5 {
        let version = written(store.put_if(base, n.to_string().into(), condition, None).await?)?;
        let read = present(store, base).await?.version;
        ensure!(read == version, "{version:?} was told, {read:?} is read");
        condition = Condition::Version(version);
    }
    Ok(())
}

pub(super) async fn a_version_of_an_absent_key_holds_never(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let (other, absent) = (base.join("other")?, base.join("absent")?);
    let version = store.put(&other, "1".into(), None).await?;
    let refused = store
        .put_if(&absent, "1".into(), Condition::Version(version), None)
        .await?;
    ensure!(refused.is_none(), "an absent key was written as a present one");
    ensure!(store.get(&absent).await?.is_none(), "a refused write was written");
    Ok(())
}

pub(super) async fn absence_holds_again_after_a_delete(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    for round in 0..5 {
        written(
            store
                .put_if(base, round.to_string().into(), Condition::Absent, None)
                .await?,
        )?;
        let again = store
            .put_if(base, "again".into(), Condition::Absent, None)
            .await?;
        ensure!(again.is_none(), "a present key was written as an absent one");
        ensure!(store.delete(base).await?, "it was not deleted");
    }
    Ok(())
}

pub(super) async fn a_refused_write_changes_neither_value_nor_version(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let stale = store.put(base, "1".into(), None).await?;
    store.put(base, "2".into(), None).await?;
    let before = present(store, base).await?;
    for condition in [Condition::Absent, Condition::Version(stale)] {
        let refused = store.put_if(base, "3".into(), condition, None).await?;
        ensure!(refused.is_none(), "{condition:?} was taken to hold");
    }
    let after = present(store, base).await?;
    ensure!(before == after, "{before:?} became {after:?}");
    Ok(())
}

pub(super) async fn a_plain_write_makes_the_version_before_stale(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let version = written(store.put_if(base, "1".into(), Condition::Absent, None).await?)?;
    store.put(base, "2".into(), None).await?;
    let late = store
        .put_if(base, "3".into(), Condition::Version(version), None)
        .await?;
    ensure!(
        late.is_none(),
        "a write that somebody else's came before happened"
    );
    Ok(())
}

pub(super) async fn of_sixteen_writers_one_wins_each_round(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let mut condition = Condition::Absent;
    for round in 0..5 {
        let tries = try_all((0..16).map(|n| async move {
            let value = format!("{round}-{n}");
            let version = store.put_if(base, value.clone().into(), condition, None).await?;
            Ok(version.map(|version| (version, value)))
        }))
        .await?;
        let winners: Vec<_> = tries.into_iter().flatten().collect();
        let entry = present(store, base).await?;
        ensure!(
            winners.len() == 1 && winners[0].0 == entry.version && entry.value == winners[0].1,
            "{winners:?} won round {round}, {entry:?} is there"
        );
        condition = Condition::Version(entry.version);
    }
    Ok(())
}

pub(super) async fn a_delete_ends_the_version_that_a_writer_holds(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let version = store.put(base, "1".into(), None).await?;
    store.delete(base).await?;
    let late = store
        .put_if(base, "2".into(), Condition::Version(version), None)
        .await?;
    ensure!(late.is_none(), "a deleted key was written as a present one");
    ensure!(store.get(base).await?.is_none(), "a deleted key was brought back");
    Ok(())
}
