//! Values and their versions.

use bytes::Bytes;

use super::asked::{present, try_all};
use super::{Failure, Outcome};
use crate::{Condition, Key, KeyValueStore};

async fn kept(store: &dyn KeyValueStore, key: &Key, value: Bytes) -> Outcome {
    store.put(key, value.clone(), None).await?;
    let read = present(store, key).await?.value;
    ensure!(read == value, "{value:?} came back as {read:?}");
    let listed = store.list(key).await?;
    ensure!(
        listed.len() == 1 && listed[0].value == value,
        "{value:?} is listed as {listed:?}"
    );
    Ok(())
}

pub(super) async fn an_empty_value_is_a_value(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    kept(store, base, Bytes::new()).await?;
    let absent = store.put_if(base, "1".into(), Condition::Absent, None).await?;
    ensure!(absent.is_none(), "a key with an empty value was taken for absent");
    ensure!(
        store.delete(base).await?,
        "a key with an empty value was not deleted"
    );
    Ok(())
}

pub(super) async fn values_of_zero_bytes_are_kept(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    for length in 1..=4 {
        kept(store, base, Bytes::from(vec![0; length])).await?;
    }
    kept(store, base, Bytes::from_static(b"\0a\0")).await
}

pub(super) async fn a_value_that_is_no_text_is_kept(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    kept(store, base, Bytes::from_static(b"\xff\xfe\x80\xc3")).await?;
    let size = store
        .capabilities()
        .max_value
        .map_or(100_003, |limit| limit.min(100_003));
    let long: Vec<u8> = (0..=u8::MAX).cycle().take(size).collect();
    kept(store, base, long.into()).await
}

pub(super) async fn a_value_that_looks_encoded_is_kept(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    for value in [
        "null",
        "\"a\"",
        "YQ==",
        "%00",
        "a%20b",
        "a\r\nb\n",
        " a ",
        "\u{feff}a",
        "[]",
    ] {
        kept(store, base, value.into()).await?;
    }
    kept(store, base, Bytes::from_static(b"\x28\xb5\x2f\xfd")).await
}

pub(super) async fn an_equal_value_written_again_has_a_new_version(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let first = store.put(base, "same".into(), None).await?;
    let second = store.put(base, "same".into(), None).await?;
    ensure!(first != second, "{first:?} was given twice");
    let stale = store
        .put_if(base, "late".into(), Condition::Version(first), None)
        .await?;
    ensure!(stale.is_none(), "the version before was good for a write");
    Ok(())
}

pub(super) async fn a_key_made_again_never_has_an_old_version(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let mut versions = Vec::new();
    for round in 0..10 {
        let version = if round % 2 == 0 {
            store.put(base, "same".into(), None).await?
        } else {
            let made = store.put_if(base, "same".into(), Condition::Absent, None).await?;
            made.ok_or_else(|| Failure::new("a deleted key was taken for a present one"))?
        };
        ensure!(!versions.contains(&version), "{version:?} was given twice");
        versions.push(version);
        ensure!(store.delete(base).await?, "a key with a value was not deleted");
    }
    Ok(())
}

pub(super) async fn writes_to_different_keys_at_once_all_arrive(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    try_all((0..50).map(|n| async move {
        let key = base.join(&n.to_string())?;
        store.put(&key, n.to_string().into(), None).await?;
        Ok(())
    }))
    .await?;
    let listed = store.list(base).await?;
    ensure!(listed.len() == 50, "{} of 50 are there", listed.len());
    let right = listed.iter().all(|entry| entry.value == entry.key.name());
    ensure!(right, "values are mixed up");
    Ok(())
}

pub(super) async fn of_writes_to_one_key_at_once_one_is_left(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let written = try_all((0..16).map(|n: u32| async move {
        let value = n.to_string();
        Ok((store.put(base, value.clone().into(), None).await?, value))
    }))
    .await?;
    let left = present(store, base).await?;
    let writers: Vec<_> = written
        .iter()
        .filter(|(version, _)| *version == left.version)
        .collect();
    ensure!(
        writers.len() == 1 && left.value == writers[0].1,
        "{left:?} is there, written was {written:?}"
    );
    Ok(())
}

pub(super) async fn of_deletes_at_once_one_finds_the_key(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    store.put(base, "1".into(), None).await?;
    let deleted = try_all((0..8).map(|_| async move { Ok(store.delete(base).await?) })).await?;
    let times = deleted.iter().filter(|deleted| **deleted).count();
    ensure!(times == 1, "a key was deleted {times} times");
    Ok(())
}
