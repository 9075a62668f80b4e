//! A watch that survives outages, compaction and restarts.

use etcd_client::{EventType, WatchResponse};
use vamp_io::backoff::Backoff;

use super::backend::{self, EtcdStore, Following};
use super::layout;
use crate::{Entry, Error, ErrorKind, Key, Result, WatchEvent};

/// Lists, then follows from the revision of the listing on. Whatever breaks is told, and a fresh listing follows: what
/// happened meanwhile is in it, so that nothing depends on which revisions the server still has.
pub(super) fn watch(store: EtcdStore, prefix: Key) -> impl futures::Stream<Item = Result<WatchEvent>> + Send {
    async_stream::stream! {
        let mut backoff = Backoff::watch();
        loop {
            match begin(&store, &prefix).await {
                Ok((entries, mut following)) => {
                    backoff.reset();
                    yield Ok(WatchEvent::ListingStarted);
                    for entry in entries {
                        yield Ok(WatchEvent::Item(entry));
                    }
                    yield Ok(WatchEvent::ListingComplete);
                    loop {
                        match next(&store, &prefix, &mut following).await {
                            Ok(answer) => for event in events(&answer) {
                                yield Ok(event);
                            },
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

/// What is there, and the stream of everything after it.
async fn begin(store: &EtcdStore, prefix: &Key) -> Result<(Vec<Entry>, Following)> {
    let (entries, revision) = store.snapshot(prefix).await?;
    let following = store.follow(prefix, revision + 1).await?;
    Ok((entries, following))
}

/// The next answer of a watch that goes on. It comes when it comes: the probes of the connection tell a silent server from one
/// that has nothing to say.
async fn next(store: &EtcdStore, prefix: &Key, following: &mut Following) -> Result<WatchResponse> {
    let broken = |reason: String| Error::new(ErrorKind::Unavailable, "watch", prefix).because(reason);
    match following.stream.message().await {
        Ok(Some(answer)) if answer.canceled() => Err(broken(format!(
            "the server ended the watch: {}",
            answer.cancel_reason()
        ))),
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(broken("the stream ended".to_owned())),
        Err(error) => Err(store.failure("watch", prefix, &error, following.place)),
    }
}

fn events(answer: &WatchResponse) -> impl Iterator<Item = WatchEvent> + '_ {
    answer.events().iter().filter_map(|event| {
        let kv = event.kv()?;
        match event.event_type() {
            EventType::Put => backend::entry(kv).map(WatchEvent::Put),
            EventType::Delete => layout::logical(kv.key()).map(WatchEvent::Deleted),
        }
    })
}
