//! The agent's side: following what is handed over.

use std::collections::HashMap;

use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use tokio::time::Instant;
use vamp_io::backoff::Backoff;

use super::manifest::Manifest;
use super::{HandOver, Received};
use crate::{Entry, Result, WatchEvent};

/// When the newest configuration is to be put together.
#[derive(Debug, Clone, Copy)]
enum Due {
    /// When something changes.
    OnChange,
    /// As soon as everything that has arrived is looked at.
    Now,
    /// Again at this moment, since the last try failed.
    At(Instant),
}

pub(super) fn follow(hand_over: HandOver) -> impl futures::Stream<Item = Result<Received>> + Send {
    async_stream::stream! {
        let mut changes = hand_over.store.watch(&hand_over.place);
        let mut follower = Follower::new(hand_over);
        let mut backoff = Backoff::watch();
        let mut due = Due::OnChange;
        loop {
            let event = match due {
                Due::OnChange => Some(changes.next().await),
                Due::Now => changes.next().now_or_never(),
                Due::At(moment) => tokio::time::timeout_at(moment, changes.next()).await.ok(),
            };
            match event {
                Some(Some(Ok(event))) => due = follower.note(event, due),
                Some(Some(Err(error))) => yield Err(error),
                Some(None) => return,
                None => {
                    due = Due::OnChange;
                    match follower.newest().await {
                        Ok(newest) => {
                            backoff.reset();
                            if let Some(received) = newest {
                                yield Ok(received);
                            }
                        }
                        Err(error) => {
                            if error.is_temporary() {
                                due = Due::At(Instant::now() + backoff.next_delay());
                            }
                            yield Err(error);
                        }
                    }
                }
            }
        }
    }
}

/// What the watch has told, and what was passed on.
struct Follower {
    hand_over: HandOver,
    /// Whether the listing is complete; before, nothing is known to be absent.
    complete: bool,
    manifest: Option<Entry>,
    /// Pieces as they came by, so that they need not be asked for.
    pieces: HashMap<String, Bytes>,
    told: Option<Told>,
}

/// What was passed on last.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    hash: String,
    /// As the manifest had it.
    shrink_meant_from: Option<String>,
}

impl Follower {
    fn new(hand_over: HandOver) -> Self {
        Self {
            hand_over,
            complete: false,
            manifest: None,
            pieces: HashMap::new(),
            told: None,
        }
    }

    /// Notes what has changed, and says when to look.
    fn note(&mut self, event: WatchEvent, due: Due) -> Due {
        let concerned = match event {
            WatchEvent::ListingStarted => {
                self.complete = false;
                self.manifest = None;
                self.pieces.clear();
                return Due::OnChange;
            }
            WatchEvent::ListingComplete => {
                self.complete = true;
                true
            }
            WatchEvent::Item(entry) | WatchEvent::Put(entry) => {
                if entry.key == self.hand_over.manifest_key() {
                    self.manifest = Some(entry);
                    true
                } else if entry.key.is_at_or_below(&self.hand_over.parts_key()) {
                    self.pieces.insert(entry.key.name().to_owned(), entry.value);
                    // It may be the one that was missing.
                    matches!(due, Due::At(_))
                } else {
                    entry.key == self.hand_over.plain_key() && self.manifest.is_none()
                }
            }
            WatchEvent::Deleted(key) => {
                if key == self.hand_over.manifest_key() {
                    self.manifest = None;
                    true
                } else {
                    self.pieces.remove(key.name());
                    false
                }
            }
        };
        if concerned && self.complete { Due::Now } else { due }
    }

    /// The newest configuration, if it was not passed on yet.
    async fn newest(&mut self) -> Result<Option<Received>> {
        let Some(entry) = &self.manifest else {
            // The plain text is not kept: beside a manifest it would only take memory.
            let plain = self.hand_over.current_plain().await?;
            return Ok(plain.filter(|received| self.is_news(&received.hash, None)));
        };
        let manifest = Manifest::read(&entry.key, &entry.value)?;
        if self.told.as_ref().is_some_and(|told| told.is(&manifest)) {
            return Ok(None);
        }
        let Some(mut received) = self.hand_over.assemble(&manifest, &self.pieces).await? else {
            return Ok(None);
        };
        // The other pieces would only take memory.
        self.pieces.retain(|name, _| manifest.parts.contains(name));
        let told_before = self.told.as_ref().map(|told| told.hash.clone());
        if !self.is_news(&manifest.sha256, manifest.shrink_meant_from.as_deref()) {
            return Ok(None);
        }
        received.shrink_meant_from = manifest.shrink_meant_for(told_before.as_deref());
        Ok(Some(received))
    }

    /// Whether this was not passed on yet; from now on it was.
    fn is_news(&mut self, hash: &str, shrink_meant_from: Option<&str>) -> bool {
        let now = Told {
            hash: hash.to_owned(),
            shrink_meant_from: shrink_meant_from.map(str::to_owned),
        };
        let marked = now.shrink_meant_from.is_some();
        let news = self
            .told
            .as_ref()
            .is_none_or(|told| told.hash != now.hash || (marked && *told != now));
        self.told = Some(now);
        news
    }
}

impl Told {
    fn is(&self, manifest: &Manifest) -> bool {
        self.hash == manifest.sha256 && self.shrink_meant_from == manifest.shrink_meant_from
    }
}
