//! Whether what stands is what this program has handed over last.

use std::future;
use std::time::Duration;

use futures::StreamExt as _;
use tokio::time::timeout;

use super::HandOver;
use crate::{Key, Version, WatchEvent, WatchStream};

/// What this program writes itself may be told before it knows of it, and a listing may be of the moment before: so long it is waited for what
/// else is told.
const SETTLED: Duration = Duration::from_millis(200);

/// The same where it was one change that was told: those after it may be on their way, and a watch that has broken meanwhile says so by then.
const ARRIVED: Duration = Duration::from_secs(5);

/// A look at what stands. Made by [`HandOver::standing`].
pub struct StandingWatch {
    hand_over: HandOver,
    manifest: Key,
    changes: WatchStream,
    /// The version of the manifest in a listing that is not complete.
    listed: Option<Version>,
    /// What is known of the manifest now.
    told: Option<Told>,
    /// Whether the watch has broken, so that what follows may be on its way.
    away: bool,
}

/// What a watch has told.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// The version of the manifest, if there is one.
    version: Option<Version>,
    /// How long something else may still follow.
    settled: Duration,
}

impl std::fmt::Debug for StandingWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StandingWatch")
            .field("manifest", &self.manifest)
            .field("told", &self.told)
            .finish_non_exhaustive()
    }
}

impl StandingWatch {
    pub(super) fn of(hand_over: HandOver) -> Self {
        let manifest = hand_over.text.manifest_key();
        Self {
            changes: hand_over.store().watch(&manifest),
            hand_over,
            manifest,
            listed: None,
            told: None,
            away: false,
        }
    }

    /// Waits until something else stands than what this program has handed over last: somebody has removed or replaced it, or the
    /// store was put back to an earlier state. Says so once. Nothing is lost when the future is dropped.
    pub async fn replaced(&mut self) {
        loop {
            let next = match self.differs() {
                Some(settled) => timeout(settled, self.changes.next()).await,
                None => Ok(self.changes.next().await),
            };
            match next {
                Ok(Some(Ok(event))) => self.note(event),
                // The watch goes on after an outage, and lists anew or says that it does not need to.
                Ok(Some(Err(_))) => self.away = true,
                Ok(None) => future::pending().await,
                Err(_) if self.differs().is_some() => {
                    self.told = None;
                    return;
                }
                Err(_) => {}
            }
        }
    }

    /// Whether something else stands than was written last, unless what follows within this time says otherwise.
    fn differs(&self) -> Option<Duration> {
        if self.away {
            return None;
        }
        let written = self.hand_over.text.written.lock();
        let written = written.as_ref()?.version?;
        let told = self.told.filter(|told| told.version != Some(written))?;
        Some(told.settled)
    }

    fn note(&mut self, event: WatchEvent) {
        self.away = false;
        match event {
            WatchEvent::ListingStarted => {
                self.listed = None;
                self.told = None;
            }
            WatchEvent::Item(entry) if entry.key == self.manifest => self.listed = Some(entry.version),
            WatchEvent::ListingComplete => self.told(self.listed, SETTLED),
            WatchEvent::Put(entry) if entry.key == self.manifest => self.told(Some(entry.version), ARRIVED),
            WatchEvent::Deleted(key) if key == self.manifest => self.told(None, SETTLED),
            _ => {}
        }
    }

    fn told(&mut self, version: Option<Version>, settled: Duration) {
        self.told = Some(Told { version, settled });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::channel::mpsc::{UnboundedSender, unbounded};

    use super::*;
    use crate::handover::Publication;
    use crate::memory::MemoryStore;
    use crate::{Entry, Error, ErrorKind, KeyValueStore as _};

    const LONG: Duration = Duration::from_secs(3600);

    /// A look at what stands in a store, whose watch tells what the test says.
    struct Place {
        store: MemoryStore,
        server: HandOver,
        standing: StandingWatch,
        tell: UnboundedSender<crate::Result<WatchEvent>>,
    }

    impl Place {
        /// Something is handed over, and listed.
        async fn start() -> Self {
            let store = MemoryStore::new();
            let base: Key = "/vamp".parse().unwrap();
            let server = HandOver::new(Arc::new(store.clone()), &base, "haproxy", "2.4").unwrap();
            let mut standing = server.standing();
            let (tell, changes) = unbounded();
            standing.changes = Box::pin(changes);
            let mut place = Self {
                store,
                server,
                standing,
                tell,
            };
            let first = place.publish(1).await;
            place.list(first);
            assert!(!place.is_replaced_within(LONG).await);
            place
        }

        async fn publish(&self, revision: u64) -> Entry {
            let publication = Publication {
                text: &format!("# {revision}"),
                revision,
                fencing: None,
                shrink_meant: false,
            };
            self.server.publish(publication).await.unwrap();
            let manifest = self.store.get(&self.standing.manifest).await.unwrap();
            manifest.unwrap()
        }

        fn tell(&self, event: WatchEvent) {
            self.tell.unbounded_send(Ok(event)).unwrap();
        }

        fn list(&self, found: Entry) {
            self.tell(WatchEvent::ListingStarted);
            self.tell(WatchEvent::Item(found));
            self.tell(WatchEvent::ListingComplete);
        }

        /// The manifest as somebody else has written it.
        async fn of_another(&self) -> Entry {
            let key = self.standing.manifest.clone();
            let version = self.store.put(&key, "{}".into(), None).await.unwrap();
            Entry {
                key,
                value: "{}".into(),
                version,
            }
        }

        async fn is_replaced_within(&mut self, limit: Duration) -> bool {
            timeout(limit, self.standing.replaced()).await.is_ok()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn own_writes_that_are_told_late_are_nobody_elses() {
        let mut place = Place::start().await;
        let (second, third) = (place.publish(2).await, place.publish(3).await);
        place.tell(WatchEvent::Put(second));
        assert!(!place.is_replaced_within(ARRIVED * 9 / 10).await);
        place.tell(WatchEvent::Put(third));
        assert!(!place.is_replaced_within(LONG).await);

        // A listing may be of the moment before a write, which is told then.
        let before = place.publish(4).await;
        let after = place.publish(5).await;
        place.list(before);
        assert!(!place.is_replaced_within(SETTLED * 9 / 10).await);
        place.tell(WatchEvent::Put(after));
        assert!(!place.is_replaced_within(LONG).await);
    }

    #[tokio::test(start_paused = true)]
    async fn what_somebody_else_wrote_put_back_or_removed_is_told_once() {
        let mut place = Place::start().await;
        let foreign = place.of_another().await;
        place.tell(WatchEvent::Put(foreign));
        assert!(place.is_replaced_within(ARRIVED * 11 / 10).await);
        assert!(!place.is_replaced_within(LONG).await, "once");

        let earlier = place.publish(2).await;
        let newest = place.publish(3).await;
        place.list(newest);
        assert!(!place.is_replaced_within(LONG).await);
        place.list(earlier);
        assert!(place.is_replaced_within(SETTLED * 11 / 10).await);

        let again = place.publish(4).await;
        place.tell(WatchEvent::Deleted(again.key));
        assert!(place.is_replaced_within(SETTLED * 11 / 10).await);
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_of_the_watch_ends_before_anything_is_told() {
        let mut place = Place::start().await;
        let foreign = place.of_another().await;
        place.tell(WatchEvent::Put(foreign));
        let outage = Error::new(ErrorKind::Unavailable, "watch", &place.standing.manifest);
        place.tell.unbounded_send(Err(outage)).unwrap();
        assert!(
            !place.is_replaced_within(LONG).await,
            "it may be overwritten already"
        );
        place.tell(WatchEvent::Resumed);
        assert!(place.is_replaced_within(ARRIVED * 11 / 10).await);
    }
}
