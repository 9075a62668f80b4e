//! The agent's side.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use vamp_io::backoff::Backoff;

use super::HandOver;
use super::manifest::{Manifest, hash, unpack};
use crate::{Entry, Error, ErrorKind, Result, WatchEvent};

/// A configuration as an agent gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The text.
    pub text: String,
    /// SHA-256 of the text, in hexadecimal.
    pub hash: String,
    /// From which state of the server's store it was made; 0 for a text without manifest.
    pub revision: u64,
    /// The hash of the text from which a much smaller one is meant.
    pub shrink_meant_from: Option<String>,
}

impl HandOver {
    /// What is handed over now; nothing when no server has written yet.
    ///
    /// # Errors
    /// The store could not be asked, or what is there cannot be put together.
    pub async fn current(&self) -> Result<Option<Received>> {
        if let Some(manifest) = self.store.get(&self.manifest_key()).await? {
            return self.assemble(&manifest).await.map(Some);
        }
        let plain = self.store.get(&self.plain_key()).await?;
        plain.filter(|entry| !entry.value.is_empty()).map(|entry| self.from_plain(&entry)).transpose()
    }

    /// The newest configuration, each time that it changes. Absent and empty values are no configuration and are not told.
    ///
    /// An error tells of an outage, and the stream goes on by itself. A reader that is slow gets the newest, not each.
    pub fn watch(&self) -> BoxStream<'static, Result<Received>> {
        Box::pin(watch(self.clone()))
    }

    async fn assemble(&self, entry: &Entry) -> Result<Received> {
        let manifest = Manifest::read(&entry.key, &entry.value)?;
        let wrong = |reason: &str| Error::new(ErrorKind::Protocol, "read configuration", &self.place).because(reason);
        let mut text = Vec::with_capacity(manifest.length);
        for part in &manifest.parts {
            let stored = self.store.get(&self.part_key(part)?).await?.ok_or_else(|| {
                // The server writes pieces first and removes them last: a newer manifest is on its way.
                Error::new(ErrorKind::Unavailable, "read configuration", &self.place).because(format!("piece {part} is not there"))
            })?;
            let piece = unpack(&stored.value).map_err(|error| wrong("a piece cannot be unpacked").because(error))?;
            text.extend_from_slice(&piece);
        }
        if text.len() != manifest.length || hash(&text) != manifest.sha256 {
            return Err(wrong("the pieces do not make the text that the manifest names"));
        }
        let text = String::from_utf8(text).map_err(|error| wrong("the text is not UTF-8").because(error))?;
        Ok(Received {
            text,
            hash: manifest.sha256,
            revision: manifest.revision,
            shrink_meant_from: manifest.shrink_meant_from,
        })
    }

    fn from_plain(&self, entry: &Entry) -> Result<Received> {
        let text = String::from_utf8(entry.value.to_vec())
            .map_err(|error| Error::new(ErrorKind::Protocol, "read configuration", &self.place).because(error))?;
        Ok(Received { hash: hash(text.as_bytes()), text, revision: 0, shrink_meant_from: None })
    }
}

/// What the two keys hold, as far as the watch has told.
#[derive(Debug, Default)]
struct Seen {
    manifest: Option<Entry>,
    plain: Option<Entry>,
}

fn watch(handover: HandOver) -> impl futures::Stream<Item = Result<Received>> + Send {
    async_stream::stream! {
        let mut changes = handover.store.watch(&handover.place);
        let mut seen = Seen::default();
        let mut told: Option<String> = None;
        let mut backoff = Backoff::watch();
        let mut complete = false;
        let mut pending = false;
        let mut retry: Option<Duration> = None;
        loop {
            // Everything that has arrived is looked at before the pieces of any manifest are read.
            let next = if pending && retry.is_none() {
                futures::FutureExt::now_or_never(changes.next())
            } else {
                match retry.take() {
                    Some(pause) => tokio::time::timeout(pause, changes.next()).await.ok(),
                    None => Some(changes.next().await),
                }
            };
            match next {
                Some(Some(Ok(event))) => {
                    match event {
                        WatchEvent::ListingStarted => {
                            seen = Seen::default();
                            complete = false;
                        }
                        WatchEvent::ListingComplete => complete = true,
                        WatchEvent::Item(entry) | WatchEvent::Put(entry) => handover.note(&mut seen, entry),
                        WatchEvent::Deleted(key) => {
                            if key == handover.manifest_key() {
                                seen.manifest = None;
                            } else if key == handover.plain_key() {
                                seen.plain = None;
                            }
                        }
                    }
                    pending = complete;
                    continue;
                }
                Some(Some(Err(error))) => {
                    yield Err(error);
                    continue;
                }
                Some(None) => return,
                None => {}
            }
            pending = false;
            match handover.newest(&seen).await {
                Ok(Some(received)) => {
                    backoff.reset();
                    if told.as_ref() != Some(&received.hash) {
                        told = Some(received.hash.clone());
                        yield Ok(received);
                    }
                }
                Ok(None) => backoff.reset(),
                Err(error) => {
                    if error.is_temporary() {
                        retry = Some(backoff.next_delay());
                        pending = true;
                    }
                    yield Err(error);
                }
            }
        }
    }
}

impl HandOver {
    fn note(&self, seen: &mut Seen, entry: Entry) {
        if entry.key == self.manifest_key() {
            seen.manifest = Some(entry);
        } else if entry.key == self.plain_key() {
            seen.plain = Some(entry);
        }
    }

    async fn newest(&self, seen: &Seen) -> Result<Option<Received>> {
        match (&seen.manifest, &seen.plain) {
            (Some(manifest), _) => self.assemble(manifest).await.map(Some),
            (None, Some(plain)) if !plain.value.is_empty() => self.from_plain(plain).map(Some),
            _ => Ok(None),
        }
    }
}
