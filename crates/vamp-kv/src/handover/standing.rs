//! Whether what stands is what this program has handed over last.

use std::future;
use std::time::Duration;

use futures::StreamExt as _;
use tokio::time::timeout;

use super::HandOver;
use crate::{Key, Version, WatchEvent, WatchStream};

/// What this program writes may be told before it knows of it itself, and after it has written again: it counts what is still told then.
const SETTLED: Duration = Duration::from_millis(200);

/// A look at what stands. Made by [`HandOver::standing`].
pub struct StandingWatch {
    hand_over: HandOver,
    manifest: Key,
    changes: WatchStream,
    /// The version of the manifest in a listing that is not complete.
    listed: Option<Version>,
    /// The version of the manifest, or that there is none; nothing before that is known.
    told: Option<Option<Version>>,
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
        let manifest = hand_over.manifest_key();
        Self {
            changes: hand_over.store.watch(&manifest),
            hand_over,
            manifest,
            listed: None,
            told: None,
        }
    }

    /// Waits until something else stands than what this program has handed over last: somebody has removed or replaced it, or the
    /// store was put back to an earlier state. Says so once. Nothing is lost when the future is dropped.
    pub async fn replaced(&mut self) {
        loop {
            let next = if self.differs() {
                timeout(SETTLED, self.changes.next()).await
            } else {
                Ok(self.changes.next().await)
            };
            match next {
                Ok(Some(Ok(event))) => self.note(event),
                // The watch goes on after an outage.
                Ok(Some(Err(_))) => {}
                Ok(None) => future::pending().await,
                Err(_) if self.differs() => {
                    self.told = None;
                    return;
                }
                Err(_) => {}
            }
        }
    }

    fn differs(&self) -> bool {
        let written = self.hand_over.written.lock();
        let written = written.as_ref().and_then(|standing| standing.version);
        self.told.is_some_and(|told| written.is_some() && told != written)
    }

    fn note(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::ListingStarted => self.listed = None,
            WatchEvent::Item(entry) if entry.key == self.manifest => self.listed = Some(entry.version),
            WatchEvent::ListingComplete => self.told = Some(self.listed),
            WatchEvent::Put(entry) if entry.key == self.manifest => self.told = Some(Some(entry.version)),
            WatchEvent::Deleted(key) if key == self.manifest => self.told = Some(None),
            _ => {}
        }
    }
}
