//! The agent's side: following what is handed over.
//!
//! Only the manifest is watched. Its pieces are read when it names them: a watch of all would bring the plain text along as well, which
//! is many times larger and written for others. Where there is no manifest, the plain text is watched until there is one.

use std::collections::HashMap;
use std::future;
use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use tokio::time::Instant;
use vamp_io::backoff::Backoff;

use super::manifest::Manifest;
use super::text::LargeText;
use super::{HandedOver, Received};
use crate::{Entry, Result, WatchEvent, WatchStream};

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

/// How long a newer manifest may be on its way before it is told that the pieces of the known one cannot be read.
const ON_ITS_WAY: Duration = Duration::from_millis(50);

pub(super) fn follow(text: LargeText) -> impl futures::Stream<Item = Result<HandedOver>> + Send {
    async_stream::stream! {
        let mut watches = Watches::new(&text);
        let mut follower = Follower::new(text);
        let mut backoff = Backoff::watch();
        let mut due = Due::OnChange;
        loop {
            let event = match due {
                Due::OnChange => Some(watches.next().await),
                Due::Now => watches.next().now_or_never(),
                Due::At(moment) => tokio::time::timeout_at(moment, watches.next()).await.ok(),
            };
            match event {
                Some(Some(Ok(event))) => {
                    due = follower.note(event, due);
                    watches.look_at_plain(&follower);
                }
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
                        // The piece may be gone because a newer manifest is on its way.
                        Err(error) if error.is_temporary() && !follower.failed => {
                            follower.failed = true;
                            due = Due::At(Instant::now() + ON_ITS_WAY);
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

/// What is watched.
struct Watches {
    manifest: WatchStream,
    plain: Option<WatchStream>,
}

/// What a watch tells.
enum Event {
    OfManifest(WatchEvent),
    OfPlain(WatchEvent),
}

impl Watches {
    fn new(text: &LargeText) -> Self {
        Self {
            manifest: text.store.watch(&text.manifest_key()),
            plain: None,
        }
    }

    /// The next change; nothing when the store has ended its watch.
    async fn next(&mut self) -> Option<Result<Event>> {
        let plain = async {
            match &mut self.plain {
                Some(plain) => plain.next().await,
                None => future::pending().await,
            }
        };
        tokio::select! {
            biased;
            event = self.manifest.next() => event.map(|event| event.map(Event::OfManifest)),
            event = plain => event.map(|event| event.map(Event::OfPlain)),
        }
    }

    /// Watches the plain text for as long as it counts.
    fn look_at_plain(&mut self, follower: &Follower) {
        if follower.manifest.is_some() {
            self.plain = None;
        } else if follower.complete && self.plain.is_none() {
            let text = &follower.text;
            self.plain = Some(text.store.watch(text.plain_key()));
        }
    }
}

/// What the watch has told, and what was passed on.
struct Follower {
    text: LargeText,
    /// Whether the listing is complete; before, nothing is known to be absent.
    complete: bool,
    manifest: Option<Entry>,
    /// Whether what is known could not be read at the first try.
    failed: bool,
    /// The pieces of the text that was put together last: the next one has most of them, too.
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
    fn new(text: LargeText) -> Self {
        Self {
            text,
            complete: false,
            manifest: None,
            failed: false,
            pieces: HashMap::new(),
            told: None,
            nothing: None,
        }
    }

    /// Notes what has changed, and says when to look.
    fn note(&mut self, event: Event, due: Due) -> Due {
        self.failed = false;
        match event {
            Event::OfManifest(WatchEvent::ListingStarted) => {
                self.complete = false;
                self.manifest = None;
                return Due::OnChange;
            }
            Event::OfManifest(WatchEvent::ListingComplete) => self.complete = true,
            Event::OfManifest(WatchEvent::Item(entry) | WatchEvent::Put(entry)) => {
                self.manifest = Some(entry);
            }
            Event::OfManifest(WatchEvent::Deleted(_)) => self.manifest = None,
            Event::OfManifest(WatchEvent::Resumed) => {}
            Event::OfPlain(WatchEvent::ListingStarted | WatchEvent::Item(_)) => return due,
            Event::OfPlain(_) => {}
        }
        if self.complete { Due::Now } else { due }
    }

    /// What stands now, if it was not passed on yet.
    async fn newest(&mut self) -> Result<Option<HandedOver>> {
        let Some(entry) = &self.manifest else {
            // The plain text is not kept: beside a manifest it would only take memory.
            return Ok(match self.text.current_plain().await? {
                None => self.nothing(HandedOver::Absent),
                Some(received) if !received.is_text() => self.empty(received),
                Some(received) => {
                    let news = self.is_news(&received.hash, None);
                    self.found(received, news)
                }
            });
        };
        let manifest = Manifest::read(&entry.key, &entry.value)?;
        if self.nothing.is_none() && self.told.as_ref().is_some_and(|told| told.is(&manifest)) {
            return Ok(None);
        }
        let received = self.text.assemble(&manifest, &mut self.pieces).await?;
        if !received.is_text() {
            return Ok(self.empty(received));
        }
        let news = self.is_news(&manifest.sha256, manifest.shrink_meant_from.as_deref());
        Ok(self.found(received, news))
    }

    fn found(&mut self, received: Received, news: bool) -> Option<HandedOver> {
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
