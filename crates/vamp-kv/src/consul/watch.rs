//! A watch that survives outages, restarts, and an index that goes backwards.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tokio::time::Instant;
use vamp_io::backoff::Backoff;

use super::backend::{ConsulStore, Listing};
use crate::{Entry, Key, Result, Version, WatchEvent};

/// Lists, then waits for the next state and tells what is different in it. Whatever breaks is told, and a fresh listing follows: so
/// nothing depends on the server that answers next having the same past.
pub(super) fn watch(
    store: ConsulStore,
    prefix: Key,
) -> impl futures::Stream<Item = Result<WatchEvent>> + Send {
    async_stream::stream! {
        let mut backoff = Backoff::watch();
        loop {
            match store.snapshot("watch", &prefix).await {
                Ok(Listing { entries, mut index }) => {
                    backoff.reset();
                    let mut told = Told::default();
                    told.note(&entries);
                    let mut asked = Instant::now();
                    yield Ok(WatchEvent::ListingStarted);
                    for entry in entries {
                        yield Ok(WatchEvent::Item(entry));
                    }
                    yield Ok(WatchEvent::ListingComplete);
                    loop {
                        match store.next_state(&prefix, index, asked).await {
                            // The store was put back to an earlier state, or another one answers: what it says now may be old.
                            Ok(Some(next)) if next.index < index => break,
                            Ok(None) => asked = Instant::now(),
                            Ok(Some(next)) => {
                                index = next.index;
                                asked = Instant::now();
                                for event in told.differences(next.entries) {
                                    yield Ok(event);
                                }
                            }
                            Err(error) => {
                                yield Err(error);
                                break;
                            }
                        }
                    }
                }
                Err(error) => yield Err(error),
            }
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }
}

/// What was told last of each key: the version, and a print of the value, since a store that was emptied may give a version twice.
#[derive(Debug, Default)]
struct Told(HashMap<Key, (Version, u64)>);

impl Told {
    fn note(&mut self, entries: &[Entry]) {
        self.0 = entries
            .iter()
            .map(|entry| (entry.key.clone(), print(entry)))
            .collect();
    }

    /// What makes the state that was told into this one: writes in their order, then what is gone.
    fn differences(&mut self, entries: Vec<Entry>) -> Vec<WatchEvent> {
        let mut before = std::mem::take(&mut self.0);
        self.note(&entries);
        let mut written: Vec<Entry> = entries
            .into_iter()
            .filter(|entry| before.remove(&entry.key) != Some(self.0[&entry.key]))
            .collect();
        written.sort_by_key(|entry| entry.version.number());
        let gone = before.into_keys().map(WatchEvent::Deleted);
        written.into_iter().map(WatchEvent::Put).chain(gone).collect()
    }
}

fn print(entry: &Entry) -> (Version, u64) {
    let mut hasher = DefaultHasher::new();
    entry.value.hash(&mut hasher);
    (entry.version, hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: &'static str, version: u64) -> Entry {
        Entry {
            key: key.parse().unwrap(),
            value: value.into(),
            version: Version::from_number(version),
        }
    }

    #[test]
    fn differences_are_writes_in_their_order_and_then_what_is_gone() {
        let mut told = Told::default();
        told.note(&[entry("/a", "1", 1), entry("/b", "1", 2), entry("/c", "1", 3)]);
        let (b, d) = (entry("/b", "2", 5), entry("/d", "1", 4));
        let events = told.differences(vec![entry("/a", "1", 1), b.clone(), d.clone()]);
        let gone: Key = "/c".parse().unwrap();
        assert_eq!(
            events,
            [
                WatchEvent::Put(d.clone()),
                WatchEvent::Put(b.clone()),
                WatchEvent::Deleted(gone)
            ]
        );
        assert!(told.differences(vec![entry("/a", "1", 1), b, d]).is_empty());
    }

    #[test]
    fn a_version_that_comes_twice_with_another_value_is_a_difference() {
        let mut told = Told::default();
        told.note(&[entry("/a", "before", 7)]);
        let after = entry("/a", "after", 7);
        assert_eq!(told.differences(vec![after.clone()]), [WatchEvent::Put(after)]);
    }
}
