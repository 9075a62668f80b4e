//! A watch that survives outages, compaction and restarts.

use etcd_client::{EventType, WatchOptions, WatchResponse};
use vamp_io::backoff::Backoff;

use super::backend::{self, EtcdStore};
use super::layout;
use crate::{Error, ErrorKind, Key, Result, WatchEvent};

/// Lists, then follows from the revision of the listing on. Whatever breaks is told, and a fresh listing follows: what
/// happened meanwhile is in it.
pub(super) fn watch(store: EtcdStore, prefix: Key) -> impl futures::Stream<Item = Result<WatchEvent>> + Send {
    async_stream::stream! {
        let mut backoff = Backoff::watch();
        loop {
            let (entries, mut following) = match begin(&store, &prefix).await {
                Ok(begun) => begun,
                Err(error) => {
                    yield Err(error);
                    tokio::time::sleep(backoff.next_delay()).await;
                    continue;
                }
            };
            backoff.reset();
            yield Ok(WatchEvent::ListingStarted);
            for entry in entries {
                yield Ok(WatchEvent::Item(entry));
            }
            yield Ok(WatchEvent::ListingComplete);
            loop {
                match following.message().await {
                    Ok(Some(answer)) if answer.canceled() => {
                        let reason = format!("the server ended the watch: {}", answer.cancel_reason());
                        yield Err(Error::new(ErrorKind::Unavailable, "watch", &prefix).because(reason));
                        break;
                    }
                    Ok(Some(answer)) => {
                        for event in events(&answer) {
                            yield Ok(event);
                        }
                    }
                    Ok(None) => {
                        yield Err(Error::new(ErrorKind::Unavailable, "watch", &prefix).because("the stream ended"));
                        break;
                    }
                    Err(error) => {
                        yield Err(backend::failure("watch", &prefix, error, 0));
                        break;
                    }
                }
            }
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }
}

/// What is there, and the stream of everything after it, which the server has confirmed.
async fn begin(store: &EtcdStore, prefix: &Key) -> Result<(Vec<crate::Entry>, etcd_client::WatchStream)> {
    let (entries, revision) = store.snapshot(prefix).await?;
    let options = WatchOptions::new().with_prefix().with_start_revision(revision + 1);
    let mut client = store.client();
    let opened = async {
        let mut following = client.watch(layout::prefix(prefix), Some(options)).await?;
        let first = following.message().await?;
        Ok::<_, etcd_client::Error>((first, following))
    };
    let unavailable = |reason: String| Error::new(ErrorKind::Unavailable, "watch", prefix).because(reason);
    let (first, following) = match tokio::time::timeout(store.call_timeout(), opened).await {
        Ok(opened) => opened.map_err(|error| backend::failure("watch", prefix, error, 0))?,
        Err(_) => return Err(unavailable("the watch was not confirmed in time".to_owned())),
    };
    match first {
        Some(answer) if answer.created() && !answer.canceled() => Ok((entries, following)),
        Some(answer) => Err(unavailable(format!("the server refused the watch: {}", answer.cancel_reason()))),
        None => Err(unavailable("the stream ended".to_owned())),
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
