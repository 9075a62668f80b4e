//! Listings.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Outcome;
use super::asked::present;
use super::watches::number;
use crate::{Key, KeyValueStore};

pub(super) async fn a_listing_of_nothing_beside_names_that_begin_alike_is_empty(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    for neighbour in ["bb", "b-", "b.", "B", "a", "c"] {
        store
            .put(&base.join(neighbour)?.join("x")?, "1".into(), None)
            .await?;
    }
    let listed = store.list(&base.join("b")?).await?;
    ensure!(listed.is_empty(), "listed {listed:?}");
    Ok(())
}

pub(super) async fn a_listing_of_a_key_with_nothing_below_it_is_that_key(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let key = base.join("a")?;
    store.put(&key, "1".into(), None).await?;
    store.put(&base.join("ab")?, "2".into(), None).await?;
    let listed = store.list(&key).await?;
    ensure!(listed == [present(store, &key).await?], "listed {listed:?}");
    Ok(())
}

pub(super) async fn a_listing_has_no_deleted_keys(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let (stays, goes) = (base.join("stays")?, base.join("goes")?);
    store.put(&goes, "1".into(), None).await?;
    store.put(&stays, "1".into(), None).await?;
    store.delete(&goes).await?;
    let listed = store.list(base).await?;
    ensure!(listed.len() == 1 && listed[0].key == stays, "listed {listed:?}");
    Ok(())
}

pub(super) async fn a_listing_has_the_versions_that_reads_have(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    for n in 0..10 {
        let key = base.join(&n.to_string())?;
        store.put(&key, "1".into(), None).await?;
        store.put(&key, "2".into(), None).await?;
    }
    for entry in store.list(base).await? {
        let read = present(store, &entry.key).await?;
        ensure!(entry == read, "{entry:?} is listed, {read:?} is read");
    }
    Ok(())
}

/// Lists again and again while `write` goes on, and once more at its end.
async fn listed_while(
    store: &dyn KeyValueStore,
    base: &Key,
    write: impl Future<Output = Outcome>,
    check: impl Fn(&[crate::Entry]) -> Outcome,
) -> Outcome {
    let over = AtomicBool::new(false);
    let writer = async {
        let written = write.await;
        over.store(true, Ordering::Relaxed);
        written
    };
    let reader = async {
        loop {
            let last = over.load(Ordering::Relaxed);
            check(&store.list(base).await?)?;
            if last {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    };
    futures::future::try_join(writer, reader).await.map(drop)
}

pub(super) async fn a_listing_while_others_write_has_every_key_that_stays(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    const STAY: usize = 20;
    for n in 0..STAY {
        store
            .put(&base.join(&format!("stays-{n}"))?, "1".into(), None)
            .await?;
    }
    let write = async {
        for n in 0..60 {
            let key = base.join(&format!("goes-{}", n % 3))?;
            store.put(&key, n.to_string().into(), None).await?;
            store.delete(&key).await?;
        }
        Ok(())
    };
    listed_while(store, base, write, |listed| {
        let stay = listed
            .iter()
            .filter(|entry| entry.key.name().starts_with("stays-"))
            .count();
        ensure!(stay == STAY, "{stay} of {STAY} keys that stay are listed");
        Ok(())
    })
    .await
}

/// A second key is written after the first, always. Who lists both can see the first ahead by one at the most, never behind.
pub(super) async fn a_listing_is_of_one_moment(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let (first, second) = (base.join("b-first")?, base.join("a-second")?);
    let write = async {
        for n in 0..100_u32 {
            store.put(&first, n.to_string().into(), None).await?;
            store.put(&second, n.to_string().into(), None).await?;
        }
        Ok(())
    };
    listed_while(store, base, write, |listed| {
        let value = |key: &Key| {
            let entry = listed.iter().find(|entry| entry.key == *key);
            entry.and_then(|entry| number(&entry.value)).map_or(0, |n| n + 1)
        };
        let (first, second) = (value(&first), value(&second));
        ensure!(
            first == second || first == second + 1,
            "{second} of the second with {first} of the first"
        );
        Ok(())
    })
    .await
}
