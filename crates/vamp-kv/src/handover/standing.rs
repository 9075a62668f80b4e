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
                Ok(Some(Err(_))) => self.told = None,
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
        let written = self.hand_over.text.written.lock();
        let written = written.as_ref()?.version?;
        let told = self.told.filter(|told| told.version != Some(written))?;
        Some(told.settled)
    }

    fn note(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::ListingStarted => self.listed = None,
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
