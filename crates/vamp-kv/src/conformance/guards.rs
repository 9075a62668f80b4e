//! Guards: writes of a leader who must still lead.

use std::time::Duration;

use super::Outcome;
use super::asked::{kind, present, written};
use crate::{Condition, ErrorKind, Guard, Key, KeyValueStore};

async fn guard(store: &dyn KeyValueStore, base: &Key) -> Result<Guard, super::Failure> {
    let key = base.join("leader")?;
    let version = store.put(&key, "me".into(), None).await?;
    Ok(Guard::new(key, version))
}

async fn is_stopped(store: &dyn KeyValueStore, base: &Key, guard: &Guard) -> Outcome {
    let key = base.join("key")?;
    let stopped = store
        .put_if(&key, "late".into(), Condition::Absent, Some(guard))
        .await?;
    ensure!(stopped.is_none(), "a guard that does not hold let a write pass");
    ensure!(store.get(&key).await?.is_none(), "a refused write was written");
    Ok(())
}

pub(super) async fn a_guard_that_holds_lets_every_write_pass(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let (guard, key) = (guard(store, base).await?, base.join("key")?);
    let mut condition = Condition::Absent;
    for n in 0..5 {
        let version = store.put_if(&key, n.to_string().into(), condition, Some(&guard));
        condition = Condition::Version(written(version.await?)?);
    }
    let leader = present(store, &guard.key).await?.version;
    ensure!(leader == guard.version, "a write changed its guard");
    Ok(())
}

pub(super) async fn a_guard_with_another_value_stops_a_write(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let (guard, key) = (guard(store, base).await?, base.join("key")?);
    let other = guard.clone().with_value("somebody else".into());
    is_stopped(store, base, &other).await?;
    let parts = vec![(base.join("part")?, "1".into())];
    let together = store.put_with(parts, &key, "late".into(), Condition::Absent, Some(&other));
    ensure!(
        together.await?.is_none(),
        "a guard of another value let a write with others pass"
    );
    let same = guard.with_value("me".into());
    let passed = store.put_if(&key, "1".into(), Condition::Absent, Some(&same));
    written(passed.await?).map(drop)
}

pub(super) async fn a_guard_that_was_written_again_with_its_value_stops_a_write(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let guard = guard(store, base).await?;
    store.put(&guard.key, "me".into(), None).await?;
    is_stopped(store, base, &guard).await
}

pub(super) async fn a_guard_that_was_deleted_and_made_again_stops_a_write(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let guard = guard(store, base).await?;
    for _ in 0..3 {
        store.delete(&guard.key).await?;
        is_stopped(store, base, &guard).await?;
        store.put(&guard.key, "me".into(), None).await?;
        is_stopped(store, base, &guard).await?;
    }
    Ok(())
}

pub(super) async fn a_guard_that_never_was_stops_a_write(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let mut guard = guard(store, base).await?;
    guard.key = base.join("nobody")?;
    is_stopped(store, base, &guard).await
}

pub(super) async fn a_guard_counts_for_values_written_together(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let (guard, key) = (guard(store, base).await?, base.join("key")?);
    let piece = |name: &str| Ok::<_, super::Failure>(vec![(base.join(name)?, "piece".into())]);
    let held = store
        .put_with(piece("a")?, &key, "1".into(), Condition::Absent, Some(&guard))
        .await?;
    let version = written(held)?;
    store.put(&guard.key, "other".into(), None).await?;
    let late = store
        .put_with(
            piece("b")?,
            &key,
            "2".into(),
            Condition::Version(version),
            Some(&guard),
        )
        .await?;
    ensure!(late.is_none(), "a guard that was replaced let a write pass");
    ensure!(
        present(store, &key).await?.value == "1",
        "a refused write was written"
    );
    Ok(())
}

pub(super) async fn a_guard_ends_with_its_lease(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let key = base.join("leader")?;
    let lease = store.grant_lease(Duration::from_secs(60)).await?;
    let version = store.put(&key, "me".into(), Some(lease)).await?;
    let guard = Guard::new(key, version);
    let first = base.join("first")?;
    written(
        store
            .put_if(&first, "1".into(), Condition::Absent, Some(&guard))
            .await?,
    )?;
    store.revoke_lease(lease).await?;
    is_stopped(store, base, &guard).await?;
    let kept = kind(store.keep_lease(lease).await);
    ensure!(
        kept == Some(ErrorKind::LeaseExpired),
        "keeping a lease that was revoked: {kept:?}"
    );
    Ok(())
}
