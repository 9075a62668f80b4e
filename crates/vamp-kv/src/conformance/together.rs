//! Values that are written together.

use bytes::Bytes;

use super::Outcome;
use super::asked::{present, written};
use crate::{Condition, Key, KeyValueStore, Result};

fn pieces(
    base: &Key,
    count: usize,
    value: &Bytes,
) -> std::result::Result<Vec<(Key, Bytes)>, crate::InvalidKey> {
    let pieces = base.join("pieces")?;
    (0..count)
        .map(|n| Ok((pieces.join(&n.to_string())?, value.clone())))
        .collect()
}

async fn together(
    store: &dyn KeyValueStore,
    absent: Vec<(Key, Bytes)>,
    key: &Key,
    condition: Condition,
) -> Result<Option<crate::Version>> {
    store.put_with(absent, key, "last".into(), condition, None).await
}

pub(super) async fn many_values_written_together_are_all_there(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    // More than a transaction of etcd (128 operations) or Consul (64) takes.
    let pieces = pieces(base, 150, &"piece".into())?;
    let last = base.join("last")?;
    let version = written(together(store, pieces, &last, Condition::Absent).await?)?;
    ensure!(
        present(store, &last).await?.version == version,
        "another version was told"
    );
    let there = store.list(&base.join("pieces")?).await?;
    ensure!(there.len() == 150, "{} of 150 are there", there.len());
    Ok(())
}

pub(super) async fn values_written_together_can_be_larger_than_one_value(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let size = store
        .capabilities()
        .max_value
        .map_or(1_000_000, |limit| limit.min(1_000_000));
    let value = Bytes::from(vec![b'x'; size]);
    let last = base.join("last")?;
    written(together(store, pieces(base, 4, &value)?, &last, Condition::Absent).await?)?;
    let there = store.list(&base.join("pieces")?).await?;
    ensure!(
        there.len() == 4 && there.iter().all(|entry| entry.value == value),
        "{} of 4 are there",
        there.len()
    );
    Ok(())
}

pub(super) async fn what_is_there_is_not_written_over_by_values_together(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let pieces = pieces(base, 3, &"new".into())?;
    let there = pieces[1].0.clone();
    store.put(&there, "old".into(), None).await?;
    let before = present(store, &there).await?;
    written(together(store, pieces, &base.join("last")?, Condition::Absent).await?)?;
    let after = present(store, &there).await?;
    ensure!(before == after, "{before:?} became {after:?}");
    Ok(())
}

pub(super) async fn values_together_that_are_refused_leave_the_last_as_it_was(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let last = base.join("last")?;
    let stale = store.put(&last, "1".into(), None).await?;
    store.put(&last, "2".into(), None).await?;
    let before = present(store, &last).await?;
    for condition in [Condition::Absent, Condition::Version(stale)] {
        let refused = together(store, pieces(base, 2, &"piece".into())?, &last, condition).await?;
        ensure!(refused.is_none(), "{condition:?} was taken to hold");
    }
    let after = present(store, &last).await?;
    ensure!(before == after, "{before:?} became {after:?}");
    Ok(())
}

pub(super) async fn values_together_with_nothing_beside_are_a_conditional_write(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let version = written(together(store, Vec::new(), base, Condition::Absent).await?)?;
    let again = together(store, Vec::new(), base, Condition::Absent).await?;
    ensure!(again.is_none(), "a present key was written as an absent one");
    let next = together(store, Vec::new(), base, Condition::Version(version)).await?;
    ensure!(next.is_some(), "the present version was refused");
    Ok(())
}
