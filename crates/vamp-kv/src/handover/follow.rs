//! The agent's side: following what is handed over.

use std::collections::HashMap;

use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use tokio::time::Instant;
use vamp_io::backoff::Backoff;

use super::manifest::Manifest;
use super::{HandOver, HandedOver, Received};
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

pub(super) fn follow(hand_over: HandOver) -> impl futures::Stream<Item = Result<HandedOver>> + Send {
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
                            if let Some(found) = newest {
                                yield Ok(found);
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
    /// What was passed on since then, if it was no text.
    nothing: Option<HandedOver>,
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
            nothing: None,
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
                    key == self.hand_over.plain_key() && self.manifest.is_none()
                }
            }
        };
        if concerned && self.complete { Due::Now } else { due }
    }

    /// What stands now, if it was not passed on yet.
    async fn newest(&mut self) -> Result<Option<HandedOver>> {
        let Some(entry) = &self.manifest else {
            // The plain text is not kept: beside a manifest it would only take memory.
            return Ok(match self.hand_over.current_plain().await? {
                None => self.nothing(HandedOver::Absent),
                Some(received) if !received.is_text() => self.empty(received),
                Some(received) => {
                    let news = self.is_news(&received.hash, None);
                    self.text(received, news)
                }
            });
        };
        let manifest = Manifest::read(&entry.key, &entry.value)?;
        if self.nothing.is_none() && self.told.as_ref().is_some_and(|told| told.is(&manifest)) {
            return Ok(None);
        }
        let mut received = self.hand_over.assemble(&manifest, &self.pieces).await?;
        // The other pieces would only take memory.
        self.pieces.retain(|name, _| manifest.parts.contains(name));
        if !received.is_text() {
            return Ok(self.empty(received));
        }
        let told_before = self.told.as_ref().map(|told| told.hash.clone());
        let news = self.is_news(&manifest.sha256, manifest.shrink_meant_from.as_deref());
        received.shrink_meant_from = manifest.shrink_meant_for(told_before.as_deref());
        Ok(self.text(received, news))
    }

    fn text(&mut self, received: Received, news: bool) -> Option<HandedOver> {
        let after_nothing = self.nothing.take().is_some();
        if news {
            Some(HandedOver::Text(received))
        } else {
            after_nothing.then_some(HandedOver::Again(received))
        }
    }

    fn empty(&mut self, received: Received) -> Option<HandedOver> {
        self.nothing(HandedOver::Empty {
            hash: received.hash,
            revision: received.revision,
        })
    }

    fn nothing(&mut self, found: HandedOver) -> Option<HandedOver> {
        let known = self.nothing.as_ref() == Some(&found);
        (!known).then(|| self.nothing.insert(found).clone())
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
