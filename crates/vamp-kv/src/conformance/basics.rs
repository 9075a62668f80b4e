//! Values, keys and listings.

use bytes::Bytes;

use super::{Failure, Outcome};
use crate::{Error, ErrorKind, Key, KeyValueStore};

pub(super) async fn absent_is_an_answer(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let key = base.join("nobody-writes-this")?;
    ensure!(
        store.get(&key).await?.is_none(),
        "a key that nobody wrote has a value"
    );
    ensure!(
        store.list(&key).await?.is_empty(),
        "there is something below a key that nobody wrote"
    );
    ensure!(!store.delete(&key).await?, "a key that nobody wrote was deleted");
    Ok(())
}

pub(super) async fn a_value_comes_back_as_it_was_written(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let key = base.join("key")?;
    let all_bytes: Vec<u8> = (0..=255).collect();
    let mut versions = Vec::new();
    for value in [Bytes::from(all_bytes), Bytes::new(), Bytes::from("text\n")] {
        let version = store.put(&key, value.clone(), None).await?;
        let entry = store
            .get(&key)
            .await?
            .ok_or_else(|| Failure::new("what was written is absent"))?;
        ensure!(
            entry.key == key && entry.value == value,
            "{value:?} came back as {entry:?}"
        );
        ensure!(
            entry.version == version,
            "written as {version:?}, read as {:?}",
            entry.version
        );
        ensure!(!versions.contains(&version), "{version:?} was given twice");
        versions.push(version);
    }
    ensure!(store.delete(&key).await?, "a key with a value was not deleted");
    // S06-066: the value is gone, whatever the backend keeps in its place.
    ensure!(store.get(&key).await?.is_none(), "a deleted key has a value");
    ensure!(!store.delete(&key).await?, "a deleted key was deleted again");
    Ok(())
}

pub(super) async fn a_key_can_have_a_value_and_keys_below_it(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let below = base.join("below")?.join("value")?;
    store.put(base, "upper".into(), None).await?;
    store.put(&below, "lower".into(), None).await?;
    let listed: Vec<Key> = store
        .list(base)
        .await?
        .into_iter()
        .map(|entry| entry.key)
        .collect();
    ensure!(listed == [base.clone(), below.clone()], "listed {listed:?}");
    store.delete(base).await?;
    ensure!(store.get(base).await?.is_none(), "the upper key is still there");
    let lower = store.get(&below).await?;
    ensure!(
        lower.is_some_and(|entry| entry.value == "lower"),
        "the lower key went with the upper"
    );
    Ok(())
}

pub(super) async fn a_listing_is_ordered_and_ends_with_its_segment(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let prefix = base.join("b")?;
    let mut expected = vec![
        prefix.clone(),
        prefix.join("1")?,
        prefix.join("10")?,
        prefix.join("2")?.join("x")?,
    ];
    // The neighbours share the letters of the prefix, not its segments.
    for neighbour in ["a", "b-", "b0", "bc", "c"] {
        store
            .put(&base.join(neighbour)?.join("1")?, "neighbour".into(), None)
            .await?;
    }
    for key in expected.iter().rev() {
        store.put(key, key.to_string().into(), None).await?;
    }
    expected.sort();
    let listed = store.list(&prefix).await?;
    ensure!(
        listed.iter().all(|entry| entry.value == entry.key.to_string()),
        "values are mixed up: {listed:?}"
    );
    let listed: Vec<Key> = listed.into_iter().map(|entry| entry.key).collect();
    ensure!(listed == expected, "listed {listed:?}, expected {expected:?}");
    Ok(())
}

/// Clients of remote stores have limits for one answer; a listing is many values.
pub(super) async fn a_listing_can_be_larger_than_one_value(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let size = store
        .capabilities()
        .max_value
        .map_or(500_000, |limit| limit.min(500_000));
    let value = Bytes::from(vec![b'x'; size]);
    for n in 0..20 {
        store
            .put(&base.join(&n.to_string())?, value.clone(), None)
            .await?;
    }
    let listed = store.list(base).await?;
    ensure!(
        listed.len() == 20 && listed.iter().all(|entry| entry.value == value),
        "{} listed",
        listed.len()
    );
    Ok(())
}

pub(super) async fn segments_of_any_characters_are_kept_apart(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let segments = [
        "a b", "a+b", "a%20b", "a?b", "a#b", "ä", "value", "A B", "a:b", "{a}", "a\\b", "*", "...",
    ];
    for segment in segments {
        store.put(&base.join(segment)?, segment.into(), None).await?;
    }
    for segment in segments {
        let entry = store.get(&base.join(segment)?).await?;
        ensure!(
            entry.as_ref().is_some_and(|entry| entry.value == segment),
            "'{segment}' holds {entry:?}"
        );
    }
    ensure!(
        store.list(base).await?.len() == segments.len(),
        "some are the same key"
    );
    Ok(())
}

pub(super) async fn values_over_the_limit_are_refused_before_they_are_sent(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let Some(limit) = store.capabilities().max_value else {
        return Ok(());
    };
    let key = base.join("key")?;
    store.put(&key, Bytes::from(vec![b'x'; limit]), None).await?;
    let larger = Bytes::from(vec![b'y'; limit + 1]);
    let refused =
        |error: Option<Error>| error.map(|error| error.kind()) == Some(ErrorKind::TooLarge { limit });
    ensure!(
        refused(store.put(&key, larger.clone(), None).await.err()),
        "a value of {} bytes is taken",
        limit + 1
    );
    let other = base.join("other")?;
    let conditional = store.put_if(&other, larger, crate::Condition::Absent, None).await;
    ensure!(
        refused(conditional.err()),
        "a conditional value of {} bytes is taken",
        limit + 1
    );
    ensure!(
        store
            .get(&key)
            .await?
            .is_some_and(|entry| entry.value.len() == limit),
        "the old value is gone"
    );
    ensure!(store.get(&other).await?.is_none(), "something was written");
    Ok(())
}
