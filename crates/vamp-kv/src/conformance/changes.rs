//! What watches tell, one rule each.

use std::time::Duration;

use bytes::Bytes;

use super::asked::{present, try_all, written};
use super::watches::number;
use super::watching::Told;
use super::{Failure, Outcome, Watcher};
use crate::{Condition, Entry, Key, KeyValueStore, WatchEvent};

/// Far more than a store that is there needs.
const SOON: Duration = Duration::from_secs(20);

/// Reads until the watch has told exactly what the store lists, to the version.
async fn ends_as_listed(store: &dyn KeyValueStore, watcher: &mut Watcher, prefix: &Key) -> Outcome {
    let expected = store.list(prefix).await?;
    loop {
        let told: Vec<Entry> = watcher.state().values().cloned().collect();
        if told == expected {
            return Ok(());
        }
        if matches!(watcher.next(SOON).await?, Told::Nothing) {
            let differ = expected.iter().filter(|entry| !told.contains(entry)).count();
            return Err(Failure::new(format!(
                "{} told, {} there, {differ} of them never told",
                told.len(),
                expected.len()
            )));
        }
    }
}

pub(super) async fn a_watch_of_one_key_begins_with_its_value(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    store.put(base, "1".into(), None).await?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    ensure!(watcher.value(base) == Some(b"1"), "listed {watcher:?}");
    store.put(base, "2".into(), None).await?;
    watcher.until_value(base, Some("2"), SOON).await
}

pub(super) async fn a_watch_of_nothing_begins_with_an_empty_listing(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let place = base.join("place")?;
    let key = place.join("deep")?.join("key")?;
    store.put(&base.join("place-beside")?, "1".into(), None).await?;
    let mut watcher = Watcher::listed(store, &place, SOON).await?;
    ensure!(watcher.state().is_empty(), "listed {watcher:?}");
    store.put(&key, "1".into(), None).await?;
    watcher.until_value(&key, Some("1"), SOON).await
}

pub(super) async fn a_watch_begins_when_it_is_read(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let mut watcher = Watcher::new(store, base);
    store.put(base, "1".into(), None).await?;
    watcher.until_listed(SOON).await?;
    ensure!(watcher.value(base) == Some(b"1"), "listed {watcher:?}");
    Ok(())
}

pub(super) async fn a_watch_tells_a_key_that_goes_and_comes_again(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let key = base.join("key")?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    for n in 0..10 {
        let value = n.to_string();
        store.put(&key, value.clone().into(), None).await?;
        watcher.until_value(&key, Some(&value), SOON).await?;
        store.delete(&key).await?;
        watcher.until_value(&key, None, SOON).await?;
    }
    Ok(())
}

pub(super) async fn a_watch_tells_versions_that_hold(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    store.put(base, "0".into(), None).await?;
    for n in 0..5_u32 {
        watcher.until_value(base, Some(&n.to_string()), SOON).await?;
        let version = watcher.state()[base].version;
        let next = store
            .put_if(
                base,
                (n + 1).to_string().into(),
                Condition::Version(version),
                None,
            )
            .await?;
        written(next)?;
    }
    Ok(())
}

pub(super) async fn a_watch_tells_an_equal_value_that_was_written_again(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    store.put(base, "same".into(), None).await?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    store.put(base, "same".into(), None).await?;
    ends_as_listed(store, &mut watcher, base).await
}

pub(super) async fn a_watch_does_not_tell_a_write_that_was_refused(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let (key, end) = (base.join("key")?, base.join("end")?);
    store.put(&key, "1".into(), None).await?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    let refused = store.put_if(&key, "2".into(), Condition::Absent, None).await?;
    ensure!(refused.is_none(), "a present key was written as an absent one");
    store.delete(&base.join("nothing")?).await?;
    store.put(&end, "1".into(), None).await?;
    let told = watcher.next(SOON).await?;
    let is_end = matches!(&told, Told::Event(WatchEvent::Put(entry)) if entry.key == end);
    ensure!(is_end, "told {told:?}");
    Ok(())
}

pub(super) async fn a_watch_tells_values_of_any_bytes(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    let all: Vec<u8> = (0..=u8::MAX).collect();
    for value in [
        Bytes::new(),
        Bytes::from_static(b"\0"),
        Bytes::from(all),
        Bytes::from_static(b"null"),
    ] {
        store.put(base, value.clone(), None).await?;
        ends_as_listed(store, &mut watcher, base).await?;
        ensure!(
            watcher.value(base) == Some(&*value),
            "{value:?} is told as {watcher:?}"
        );
    }
    Ok(())
}

pub(super) async fn a_watch_tells_the_largest_value(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let size = store
        .capabilities()
        .max_value
        .map_or(2_000_000, |limit| limit.min(2_000_000));
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    store.put(base, Bytes::from(vec![b'x'; size]), None).await?;
    ends_as_listed(store, &mut watcher, base).await
}

pub(super) async fn a_watch_tells_names_of_any_characters(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    for segment in ["%2F", "a b", "日本", "value", "...", "a?b#c", "\\"] {
        let key = base.join(segment)?;
        store.put(&key, segment.into(), None).await?;
        watcher.until_value(&key, Some(segment), SOON).await?;
        store.delete(&key).await?;
        watcher.until_value(&key, None, SOON).await?;
    }
    Ok(())
}

pub(super) async fn a_thousand_changes_at_once_end_in_the_exact_state(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    try_all((0..20).map(|n| async move {
        let key = base.join(&n.to_string())?;
        for round in 0..50 {
            store.put(&key, round.to_string().into(), None).await?;
            if round % 10 == n % 10 {
                store.delete(&key).await?;
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }))
    .await?;
    ends_as_listed(store, &mut watcher, base).await
}

pub(super) async fn several_watches_end_in_the_same_state(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let mut watchers = Vec::new();
    for n in 0..10 {
        let key = base.join(&(n % 4).to_string())?;
        store.put(&key, n.to_string().into(), None).await?;
        watchers.push(Watcher::listed(store, base, SOON).await?);
        if n % 3 == 0 {
            store.delete(&key).await?;
        }
    }
    for watcher in &mut watchers {
        ends_as_listed(store, watcher, base).await?;
    }
    Ok(())
}

pub(super) async fn a_watch_that_is_opened_again_lists_what_is_there(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let key = base.join("key")?;
    for n in 0..10 {
        let mut watcher = Watcher::listed(store, base, SOON).await?;
        ensure!(
            watcher.value(&key).and_then(number) == u32::checked_sub(n, 1),
            "round {n} lists {watcher:?}"
        );
        store.put(&key, n.to_string().into(), None).await?;
        if n % 2 == 0 {
            watcher.until_value(&key, Some(&n.to_string()), SOON).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_watch_of_many_keys_lists_them_all(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    // Consul takes 200 connections of one client (`http_max_conns_per_client`).
    for chunk in 0..6 {
        try_all((0..50).map(|n| async move {
            let key = base.join(&chunk.to_string())?.join(&n.to_string())?;
            store.put(&key, "1".into(), None).await?;
            Ok(())
        }))
        .await?;
    }
    let watcher = Watcher::listed(store, base, SOON).await?;
    ensure!(
        watcher.state().len() == 300,
        "{} of 300 are listed",
        watcher.state().len()
    );
    Ok(())
}

pub(super) async fn a_watch_that_is_read_tells_each_change_of_all_keys_in_order(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    if !store.capabilities().every_change {
        return Ok(());
    }
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    for n in 0..100_u32 {
        let key = base.join(&(n % 7).to_string())?;
        store.put(&key, n.to_string().into(), None).await?;
        let version = present(store, &key).await?.version;
        let told = watcher.next(SOON).await?;
        let same = matches!(&told, Told::Event(WatchEvent::Put(entry)) if entry.version == version && entry.key == key);
        ensure!(same, "{n} is told as {told:?}");
    }
    Ok(())
}
