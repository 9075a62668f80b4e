//! A watch that survives outages, compaction and restarts.

use etcd_client::{EventType, WatchResponse};
use vamp_io::backoff::Backoff;

use super::backend::{self, EtcdStore, Following};
use super::layout;
use crate::{Entry, Error, ErrorKind, Key, Result, WatchEvent};

/// Lists, then follows from the revision of the listing on. Whatever breaks is told. Then it goes on with the revision after the last
/// one that was told; where the server has that history no more, a fresh listing follows.
pub(super) fn watch(store: EtcdStore, prefix: Key) -> impl futures::Stream<Item = Result<WatchEvent>> + Send {
    async_stream::stream! {
        let mut backoff = Backoff::watch();
        let mut position = Position::default();
        loop {
            match begin(&store, &prefix, &mut position).await {
                Ok((begun, mut following)) => {
                    backoff.reset();
                    match begun {
                        Begun::Resumed => yield Ok(WatchEvent::Resumed),
                        Begun::Listed(entries) => {
                            yield Ok(WatchEvent::ListingStarted);
                            for entry in entries {
                                yield Ok(WatchEvent::Item(entry));
                            }
                            yield Ok(WatchEvent::ListingComplete);
                        }
                    }
                    loop {
                        match next(&store, &prefix, &mut following).await {
                            Ok(answer) => for event in position.events(&answer) {
                                yield Ok(event);
                            },
                            Err(error) => {
                                // What cannot be read would be sent again.
                                if !error.is_temporary() {
                                    position = Position::default();
                                }
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

/// How a watch has begun.
enum Begun {
    Listed(Vec<Entry>),
    /// With the revision after the last one that was told.
    Resumed,
}

/// How far a watch has told.
#[derive(Debug, Default)]
struct Position {
    /// Everything up to here was told.
    revision: i64,
    /// The newest value that was told, and a revision at which it was there. Revisions are counted anew in an etcd that has lost its data or
    /// was restored from a copy: they say nothing unless this is still so. Nothing where no value was told.
    witness: Option<Witness>,
}

/// A value that was told.
#[derive(Debug)]
struct Witness {
    entry: Entry,
    /// The last revision that was told at which it was there.
    there: i64,
    is_gone: bool,
}

impl Position {
    fn listed(entries: &[Entry], revision: i64) -> Self {
        let newest = entries.iter().max_by_key(|entry| entry.version.number());
        Self {
            revision,
            witness: newest.map(|entry| Witness::new(entry.clone(), revision)),
        }
    }

    /// What an answer tells, which is told from now on. All of one revision comes in one answer.
    fn events(&mut self, answer: &WatchResponse) -> Vec<WatchEvent> {
        let mut told = Vec::new();
        for event in answer.events() {
            let Some(kv) = event.kv() else { continue };
            self.revision = self.revision.max(kv.mod_revision());
            match event.event_type() {
                EventType::Put => {
                    let Some(entry) = backend::entry(kv) else { continue };
                    self.witness = Some(Witness::new(entry.clone(), self.revision));
                    told.push(WatchEvent::Put(entry));
                }
                EventType::Delete => {
                    let Some(key) = layout::logical(kv.key()) else {
                        continue;
                    };
                    if let Some(witness) = &mut self.witness {
                        witness.is_gone |= witness.entry.key == key;
                        if !witness.is_gone {
                            witness.there = self.revision;
                        }
                    }
                    told.push(WatchEvent::Deleted(key));
                }
            }
        }
        told
    }
}

impl Witness {
    const fn new(entry: Entry, there: i64) -> Self {
        Self {
            entry,
            there,
            is_gone: false,
        }
    }
}

/// The stream of everything after the position; where there is none, or the server does not have it, after what is there now.
async fn begin(store: &EtcdStore, prefix: &Key, position: &mut Position) -> Result<(Begun, Following)> {
    if let Some(following) = resume(store, prefix, position).await? {
        return Ok((Begun::Resumed, following));
    }
    let (entries, revision) = store.snapshot(prefix).await?;
    let following = store.follow(prefix, revision + 1).await?;
    *position = Position::listed(&entries, revision);
    Ok((Begun::Listed(entries), following))
}

/// The stream of everything after the position, if the server has the history that it belongs to.
async fn resume(store: &EtcdStore, prefix: &Key, position: &Position) -> Result<Option<Following>> {
    let Some(witness) = &position.witness else {
        return Ok(None);
    };
    // Before the question: a server that is replaced after its answer ends the stream.
    let following = store.follow(prefix, position.revision + 1).await?;
    let same = store
        .was_there(&witness.entry, witness.there, position.revision)
        .await?;
    Ok(same.then_some(following))
}

/// The next answer of a watch that goes on. It comes when it comes: the server is probed meanwhile, since one that is silent and one that
/// has nothing to say look the same. The probe has an answer of its own, on the same connection, because etcd counts the probes of HTTP/2
/// that come between its own words, and ends the connection at the third.
async fn next(store: &EtcdStore, prefix: &Key, following: &mut Following) -> Result<WatchResponse> {
    let broken = |reason: String| Error::new(ErrorKind::Unavailable, "watch", prefix).because(reason);
    let told = tokio::select! {
        told = following.stream.message() => told,
        silent = store.silence(prefix, following.place) => return Err(silent),
    };
    match told {
        Ok(Some(answer)) if answer.canceled() => Err(broken(format!(
            "the server ended the watch: {}",
            answer.cancel_reason()
        ))),
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(broken("the stream ended".to_owned())),
        Err(error) => Err(store.failure("watch", prefix, &error, following.place)),
    }
}
