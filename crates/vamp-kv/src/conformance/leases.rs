//! Leases.

use std::time::Duration;

use tokio::time::Instant;

use super::watching::Told;
use super::{Failure, Outcome, Watcher};
use crate::{ErrorKind, Key, KeyValueStore, LeaseId};

const TTL: Duration = Duration::from_secs(1);

/// Stores grant more than asked for, and take their time to look: Consul grants 10 s and takes twice that.
const SOON: Duration = Duration::from_secs(60);

async fn is_expired(store: &dyn KeyValueStore, lease: LeaseId, key: &Key) -> Outcome {
    let kept = store.keep_lease(lease).await.err().map(|error| error.kind());
    ensure!(
        kept == Some(ErrorKind::LeaseExpired),
        "keeping an ended lease: {kept:?}"
    );
    let written = store
        .put(key, "late".into(), Some(lease))
        .await
        .err()
        .map(|error| error.kind());
    ensure!(
        written == Some(ErrorKind::LeaseExpired),
        "writing under an ended lease: {written:?}"
    );
    ensure!(
        store.get(key).await?.is_none(),
        "a key of an ended lease has a value"
    );
    Ok(())
}

pub(super) async fn a_lease_that_is_not_kept_takes_its_keys_away(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let (first, second, free) = (base.join("first")?, base.join("second")?, base.join("free")?);
    let lease = store.grant_lease(TTL).await?;
    store.put(&first, "1".into(), Some(lease)).await?;
    store.put(&second, "2".into(), Some(lease)).await?;
    store.put(&free, "3".into(), None).await?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    watcher.until_value(&first, None, SOON).await?;
    watcher.until_value(&second, None, SOON).await?;
    ensure!(watcher.value(&free) == Some(b"3"), "a key without lease went too");
    is_expired(store, lease, &first).await
}

pub(super) async fn a_lease_that_is_kept_goes_on(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let key = base.join("key")?;
    let lease = store.grant_lease(TTL).await?;
    store.put(&key, "1".into(), Some(lease)).await?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    // Longer than any store stretches a time to live: Consul ends a session after up to twice the time that it grants.
    let end = Instant::now() + (6 * TTL).max(store.lease_ttl(lease, TTL).mul_f64(2.2));
    while Instant::now() < end {
        let told = watcher.next(TTL / 3).await?;
        ensure!(
            matches!(told, Told::Nothing),
            "a key whose lease is kept: {told:?}"
        );
        store.keep_lease(lease).await?;
    }
    watcher.until_value(&key, None, SOON).await?;
    is_expired(store, lease, &key).await
}

pub(super) async fn a_revoked_lease_is_gone_at_once(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let key = base.join("key")?;
    // As long as it gets: more than a store can count is no failure.
    let lease = store.grant_lease(Duration::MAX).await?;
    store.put(&key, "1".into(), Some(lease)).await?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    store.revoke_lease(lease).await?;
    ensure!(
        store.get(&key).await?.is_none(),
        "the key of a revoked lease is still there"
    );
    watcher.until_value(&key, None, SOON).await?;
    is_expired(store, lease, &key).await?;
    let again = store.revoke_lease(lease).await;
    again.map_err(|error| Failure::new(format!("revoking a lease that is gone: {error}")))
}

pub(super) async fn a_write_without_lease_sets_a_key_free(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let (plain, conditional) = (base.join("plain")?, base.join("conditional")?);
    let lease = store.grant_lease(Duration::from_secs(3600)).await?;
    store.put(&plain, "1".into(), Some(lease)).await?;
    let version = store.put(&conditional, "1".into(), Some(lease)).await?;
    store.put(&plain, "2".into(), None).await?;
    store
        .put_if(&conditional, "2".into(), crate::Condition::Version(version), None)
        .await?;
    store.revoke_lease(lease).await?;
    for key in [plain, conditional] {
        ensure!(
            store.get(&key).await?.is_some(),
            "{key} went with a lease that it was no longer bound to"
        );
    }
    Ok(())
}
