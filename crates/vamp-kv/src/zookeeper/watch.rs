//! A watch that survives outages, restarts and expired sessions.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;
use vamp_io::backoff::Backoff;
use zookeeper::{AddWatchMode, Client, EventType, PersistentWatcher, SessionState};

use super::backend::{Failed, ZooKeeperStore};
use super::layout::Layout;
use super::read::Reader;
use crate::{Entry, Error, ErrorKind, Key, Result, Version, WatchEvent};

/// How many paths are noted for a slow reader before everything is listed anew.
const NOTED: usize = 10_000;

/// Lists, then reads whatever the server says has changed. What is told is the state that was read, so that a notice more or less
/// does not matter. A connection that breaks takes its notices with it: that is told, and a fresh listing follows.
pub(super) fn watch(
    store: ZooKeeperStore,
    prefix: Key,
) -> impl futures::Stream<Item = Result<WatchEvent>> + Send {
    async_stream::stream! {
        let mut backoff = Backoff::watch();
        loop {
            let broke = match begin(&store, &prefix).await {
                Ok((mut following, entries)) => {
                    backoff.reset();
                    yield Ok(WatchEvent::ListingStarted);
                    for entry in entries {
                        yield Ok(WatchEvent::Item(entry));
                    }
                    yield Ok(WatchEvent::ListingComplete);
                    loop {
                        match following.next(&store, &prefix).await {
                            Ok(Some(events)) => for event in events {
                                yield Ok(event);
                            },
                            // Too much to tell one by one.
                            Ok(None) => break None,
                            Err(error) => break Some(error),
                        }
                    }
                }
                Err(error) => Some(error),
            };
            if let Some(error) = broke {
                yield Err(error);
                tokio::time::sleep(backoff.next_delay()).await;
            }
        }
    }
}

/// Everything that has a value at and below a key, as of one moment.
pub(super) async fn listing(
    layout: &Layout,
    reader: &Reader,
    prefix: &Key,
) -> std::result::Result<Vec<Entry>, Failed> {
    let tree = reader.tree(&layout.path(prefix)).await?;
    let tree = tree.ok_or(Failed::Kind(ErrorKind::Conflict, "others write all the time"))?;
    let entries = tree
        .into_iter()
        .filter_map(|(path, (data, stat))| layout.entry(&path, data, &stat));
    Ok(entries.collect())
}

/// Watches first and lists then, so that nothing falls between the two.
async fn begin(store: &ZooKeeperStore, prefix: &Key) -> Result<(Following, Vec<Entry>)> {
    let reader = store.reader("watch", prefix).await?;
    let path = store.layout().path(prefix);
    let watcher = store
        .bounded("watch", prefix, async {
            Ok(reader
                .client
                .watch(&path, AddWatchMode::PersistentRecursive)
                .await?)
        })
        .await?;
    let notices = Arc::new(Notices::default());
    let task = tokio::spawn(note(reader.client.clone(), watcher, Arc::clone(&notices)));
    let mut following = Following {
        reader,
        notices,
        told: BTreeMap::new(),
        task,
    };
    let entries = store
        .bounded("list", prefix, listing(store.layout(), &following.reader, prefix))
        .await?;
    following.told = entries
        .iter()
        .map(|entry| (entry.key.clone(), entry.version))
        .collect();
    Ok((following, entries))
}

/// A watch that goes on.
struct Following {
    reader: Reader,
    notices: Arc<Notices>,
    /// What the consumer knows.
    told: BTreeMap<Key, Version>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Following {
    /// The next changes; nothing when there are so many that a listing is due.
    async fn next(&mut self, store: &ZooKeeperStore, prefix: &Key) -> Result<Option<Vec<WatchEvent>>> {
        let paths = match self.notices.next().await {
            Noted::Paths(paths) => paths,
            Noted::TooMany => return Ok(None),
            Noted::Broken(state) => {
                return Err(Error::new(ErrorKind::Unavailable, "watch", prefix)
                    .because(format!("the session is {state}")));
            }
        };
        let nodes = store
            .bounded("watch", prefix, async { Ok(self.reader.nodes(&paths).await?) })
            .await?;
        let mut written = Vec::new();
        let mut deleted = Vec::new();
        for (path, node) in paths.iter().zip(nodes) {
            match node.and_then(|(data, stat)| store.layout().entry(path, data, &stat)) {
                Some(entry) if self.told.get(&entry.key) == Some(&entry.version) => {}
                Some(entry) => {
                    self.told.insert(entry.key.clone(), entry.version);
                    written.push(entry);
                }
                None => {
                    let key = store
                        .layout()
                        .key(path)
                        .filter(|key| self.told.remove(key).is_some());
                    deleted.extend(key.map(WatchEvent::Deleted));
                }
            }
        }
        // In the order of writing; those of one transaction in that of their notices.
        written.sort_by_key(|entry| entry.version.number());
        let written = written.into_iter().map(WatchEvent::Put);
        Ok(Some(deleted.into_iter().chain(written).collect()))
    }
}

/// What the server has said has changed and was not read yet: bounded, however slow the reader is.
#[derive(Debug, Default)]
struct Notices {
    noted: Mutex<Pending>,
    more: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    order: Vec<String>,
    known: HashSet<String>,
    too_many: bool,
    broken: Option<SessionState>,
}

enum Noted {
    Paths(Vec<String>),
    TooMany,
    Broken(SessionState),
}

impl Notices {
    fn changed(&self, path: String) {
        let mut noted = self.noted.lock();
        if noted.order.len() >= NOTED {
            *noted = Pending {
                too_many: true,
                ..Pending::default()
            };
        }
        if !noted.too_many && noted.known.insert(path.clone()) {
            noted.order.push(path);
        }
        drop(noted);
        self.more.notify_one();
    }

    fn broke(&self, state: SessionState) {
        self.noted.lock().broken = Some(state);
        self.more.notify_one();
    }

    async fn next(&self) -> Noted {
        loop {
            let more = self.more.notified();
            if let Some(noted) = self.take() {
                return noted;
            }
            more.await;
        }
    }

    fn take(&self) -> Option<Noted> {
        let mut noted = self.noted.lock();
        if let Some(state) = noted.broken {
            return Some(Noted::Broken(state));
        }
        if noted.too_many {
            return Some(Noted::TooMany);
        }
        noted.known.clear();
        let paths = std::mem::take(&mut noted.order);
        (!paths.is_empty()).then_some(Noted::Paths(paths))
    }
}

/// Notes what the server says until the connection breaks: what happened while it was away is not told afterwards. The client is held
/// because a watcher must not outlive it.
async fn note(client: Client, mut watcher: PersistentWatcher, notices: Arc<Notices>) {
    loop {
        let event = watcher.changed().await;
        if event.event_type != EventType::Session {
            notices.changed(event.path);
        } else if event.session_state != SessionState::SyncConnected {
            notices.broke(event.session_state);
            break;
        }
    }
    drop(client);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_path_is_noted_once_and_in_the_order_of_its_first_notice() {
        let notices = Notices::default();
        for path in ["/b", "/a", "/b"] {
            notices.changed(path.to_owned());
        }
        assert!(matches!(notices.next().await, Noted::Paths(paths) if paths == ["/b", "/a"]));
        notices.changed("/b".to_owned());
        assert!(matches!(notices.next().await, Noted::Paths(paths) if paths == ["/b"]));
        assert!(notices.take().is_none());
    }

    #[tokio::test]
    async fn more_notices_than_are_kept_ask_for_a_listing_and_a_break_comes_first() {
        let notices = Notices::default();
        for n in 0..2 * NOTED {
            notices.changed(format!("/{n}"));
        }
        assert!(
            notices.noted.lock().order.is_empty(),
            "nothing is kept beyond the bound"
        );
        assert!(matches!(notices.next().await, Noted::TooMany));
        notices.broke(SessionState::Expired);
        assert!(matches!(
            notices.next().await,
            Noted::Broken(SessionState::Expired)
        ));
    }
}
