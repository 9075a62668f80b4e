//! Watches of a store that is there all the time.

use std::time::Duration;

use super::{Outcome, Watcher};
use crate::conformance::watching::Told;
use crate::{Key, KeyValueStore, WatchEvent};

/// Far more than a store that is there needs.
const SOON: Duration = Duration::from_secs(20);

pub(super) async fn a_watch_begins_with_a_listing_and_goes_on_with_changes(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let (old, new) = (base.join("old")?, base.join("new")?);
    let version = store.put(&old, "1".into(), None).await?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    ensure!(
        watcher.state().len() == 1 && watcher.value(&old) == Some(b"1"),
        "listed {watcher:?}"
    );
    ensure!(
        watcher.state()[&old].version == version,
        "listed with another version than written"
    );

    let second = store.put(&old, "2".into(), None).await?;
    store.put(&new, "1".into(), None).await?;
    store.delete(&old).await?;
    if !store.capabilities().every_change {
        watcher.until_value(&new, Some("1"), SOON).await?;
        return watcher.until_value(&old, None, SOON).await;
    }
    let mut events = Vec::new();
    while events.len() < 3 {
        match watcher.next(SOON).await? {
            Told::Event(event) => events.push(event),
            other => ensure!(false, "after {events:?}: {other:?}"),
        }
    }
    let in_order = matches!(&events[..], [WatchEvent::Put(a), WatchEvent::Put(b), WatchEvent::Deleted(c)]
        if a.key == old && a.value == "2" && a.version == second && b.key == new && *c == old);
    ensure!(in_order, "changes are told as {events:?}");
    Ok(())
}

pub(super) async fn a_watch_tells_of_its_own_keys_only(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let prefix = base.join("b")?;
    let neighbours = [
        base.clone(),
        base.join("a")?,
        base.join("bc")?,
        base.join("b-")?.join("x")?,
    ];
    let mut watcher = Watcher::listed(store, &prefix, SOON).await?;
    for neighbour in &neighbours {
        store.put(neighbour, "x".into(), None).await?;
        store.delete(neighbour).await?;
    }
    store.put(&prefix, "itself".into(), None).await?;
    let told = watcher.next(SOON).await?;
    let own = matches!(&told, Told::Event(WatchEvent::Put(entry)) if entry.key == prefix);
    ensure!(own, "told {told:?}");
    Ok(())
}

/// A writer goes on while watches begin; each of them must end with the last value, and never go back.
pub(super) async fn nothing_falls_between_listing_and_changes(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    const LAST: u32 = 300;
    let key = base.join("counter")?;
    let writer = async {
        for n in 0..=LAST {
            store.put(&key, n.to_string().into(), None).await?;
        }
        Ok(())
    };
    let watchers = futures::future::try_join_all((0..10).map(|_| counted_up_to(store, &key, LAST)));
    futures::future::try_join(writer, watchers).await.map(drop)
}

async fn counted_up_to(store: &dyn KeyValueStore, key: &Key, last: u32) -> Outcome {
    let mut watcher = Watcher::new(store, key);
    let mut seen = None;
    while seen != Some(last) {
        let told = watcher.next(SOON).await?;
        ensure!(matches!(told, Told::Event(_)), "after {seen:?}: {told:?}");
        let now = watcher.value(key).and_then(number);
        ensure!(now >= seen, "{now:?} was told after {seen:?}");
        ensure!(
            seen.is_none() || !store.capabilities().every_change || now <= seen.map(|seen| seen + 1),
            "{now:?} was told after {seen:?}: one was left out"
        );
        seen = now;
    }
    Ok(())
}

/// A reader who does not read for a while misses steps at the most, never the end.
pub(super) async fn a_slow_reader_gets_the_last_value(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    const LAST: u32 = 3000;
    let key = base.join("counter")?;
    let mut watcher = Watcher::listed(store, base, SOON).await?;
    for n in 0..=LAST {
        store.put(&key, n.to_string().into(), None).await?;
        // A store in memory never waits: without this the watches of other cases would not be read either.
        if n % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let mut seen = None;
    while seen != Some(LAST) {
        let told = watcher.next(SOON).await?;
        ensure!(!matches!(told, Told::Nothing), "after {seen:?}: nothing more");
        let now = watcher.value(&key).and_then(number);
        ensure!(now >= seen, "{now:?} was told after {seen:?}");
        seen = now;
    }
    Ok(())
}

/// The number that a value is.
pub(super) fn number(value: &[u8]) -> Option<u32> {
    std::str::from_utf8(value).ok()?.parse().ok()
}
