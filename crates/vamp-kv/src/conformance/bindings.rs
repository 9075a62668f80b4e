//! Which keys go with which lease.

use std::time::Duration;

use super::asked::{kind, present, try_all};
use super::{Failure, Outcome, Watcher};
use crate::{Condition, ErrorKind, Key, KeyValueStore, LeaseId};

/// So long that no lease ends by itself.
const LONG: Duration = Duration::from_secs(600);

/// Far more than a store that is there needs.
const SOON: Duration = Duration::from_secs(20);

async fn lease(store: &dyn KeyValueStore) -> Result<LeaseId, Failure> {
    Ok(store.grant_lease(LONG).await?)
}

pub(super) async fn leases_are_never_the_same(store: &dyn KeyValueStore, _: &Key) -> Outcome {
    let granted = try_all((0..8).map(|_| lease(store))).await?;
    let different: std::collections::HashSet<_> = granted.iter().collect();
    ensure!(different.len() == granted.len(), "granted {granted:?}");
    try_all(granted.into_iter().map(|lease| async move {
        store.keep_lease(lease).await?;
        Ok(store.revoke_lease(lease).await?)
    }))
    .await
    .map(drop)
}

pub(super) async fn a_lease_that_never_was_is_told(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let never = LeaseId::from_number(0x0123_4567_89ab);
    let kept = kind(store.keep_lease(never).await);
    let written = kind(store.put(base, "1".into(), Some(never)).await);
    let expired = Some(ErrorKind::LeaseExpired);
    ensure!(
        kept == expired && written == expired,
        "kept: {kept:?}, written under it: {written:?}"
    );
    ensure!(store.get(base).await?.is_none(), "the value was written");
    Ok(())
}

pub(super) async fn a_lease_takes_its_own_keys_only(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let (one, other) = (lease(store).await?, lease(store).await?);
    let (mine, theirs, free) = (base.join("mine")?, base.join("theirs")?, base.join("free")?);
    store.put(&mine, "1".into(), Some(one)).await?;
    store.put(&theirs, "1".into(), Some(other)).await?;
    store.put(&free, "1".into(), None).await?;
    store.revoke_lease(one).await?;
    ensure!(store.get(&mine).await?.is_none(), "its key is still there");
    present(store, &theirs).await?;
    present(store, &free).await?;
    Ok(store.revoke_lease(other).await?)
}

pub(super) async fn many_keys_go_with_one_lease(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let lease = lease(store).await?;
    let keys = base.join("keys")?;
    for n in 0..40 {
        store
            .put(&keys.join(&n.to_string())?, "1".into(), Some(lease))
            .await?;
    }
    ensure!(store.list(&keys).await?.len() == 40, "not all are listed");
    store.revoke_lease(lease).await?;
    let left = store.list(&keys).await?;
    ensure!(left.is_empty(), "{} are left", left.len());
    Ok(())
}

pub(super) async fn a_key_written_again_under_its_lease_goes_with_it(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let lease = lease(store).await?;
    for value in ["1", "2", "2"] {
        store.put(base, value.into(), Some(lease)).await?;
        ensure!(present(store, base).await?.value == value, "it is another value");
    }
    store.revoke_lease(lease).await?;
    ensure!(store.get(base).await?.is_none(), "it is still there");
    Ok(())
}

pub(super) async fn a_key_bound_to_another_lease_goes_with_that(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let (old, new) = (lease(store).await?, lease(store).await?);
    store.put(base, "old".into(), Some(old)).await?;
    store.put(base, "new".into(), Some(new)).await?;
    store.revoke_lease(old).await?;
    ensure!(
        present(store, base).await?.value == "new",
        "the value is another one"
    );
    store.revoke_lease(new).await?;
    ensure!(
        store.get(base).await?.is_none(),
        "it is still there after its lease"
    );
    Ok(())
}

pub(super) async fn a_free_key_can_be_bound_to_a_lease(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    store.put(base, "free".into(), None).await?;
    let lease = lease(store).await?;
    store.put(base, "bound".into(), Some(lease)).await?;
    store.revoke_lease(lease).await?;
    ensure!(
        store.get(base).await?.is_none(),
        "it is still there after its lease"
    );
    Ok(())
}

pub(super) async fn a_key_made_again_is_free_of_its_old_lease(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let lease = lease(store).await?;
    store.put(base, "bound".into(), Some(lease)).await?;
    ensure!(store.delete(base).await?, "a bound key was not deleted");
    let made = store.put_if(base, "free".into(), Condition::Absent, None).await?;
    ensure!(made.is_some(), "a deleted key was taken for a present one");
    store.revoke_lease(lease).await?;
    ensure!(
        present(store, base).await?.value == "free",
        "the value is another one"
    );
    Ok(())
}

pub(super) async fn a_bound_key_takes_conditions_as_every_other(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let lease = lease(store).await?;
    let version = store.put(base, "bound".into(), Some(lease)).await?;
    let absent = store.put_if(base, "1".into(), Condition::Absent, None).await?;
    ensure!(absent.is_none(), "a bound key was taken for absent");
    let read = present(store, base).await?.version;
    ensure!(read == version, "{version:?} was told, {read:?} is read");
    store.revoke_lease(lease).await?;
    let stale = store
        .put_if(base, "1".into(), Condition::Version(version), None)
        .await?;
    ensure!(
        stale.is_none(),
        "the version of an ended key was good for a write"
    );
    let made = store.put_if(base, "1".into(), Condition::Absent, None).await?;
    ensure!(made.is_some(), "a key that went with its lease is not absent");
    Ok(())
}

pub(super) async fn a_watch_tells_which_keys_went_with_a_lease(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let lease = lease(store).await?;
    let (first, second, free) = (base.join("first")?, base.join("second")?, base.join("free")?);
    store.put(&first, "1".into(), Some(lease)).await?;
    store.put(&free, "1".into(), None).await?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    store.put(&second, "1".into(), Some(lease)).await?;
    watcher.until_value(&second, Some("1"), SOON).await?;
    store.revoke_lease(lease).await?;
    watcher.until_value(&first, None, SOON).await?;
    watcher.until_value(&second, None, SOON).await?;
    ensure!(
        watcher.value(&free) == Some(b"1"),
        "a key without lease was told to be gone"
    );
    Ok(())
}
