//! From the source to the applier: the newest value that is believed.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, MissedTickBehavior};
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::{HandedOver, Received};

use crate::apply::guard::{self, Doubt, Sized};
use crate::config::Limits;
use crate::source::Source;
use crate::status::StatusBoard;

/// A value to be applied.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) received: Received,
    pub(crate) arrived: Instant,
}

/// As many believed values are remembered while none of them is applied.
const REMEMBERED: usize = 64;

/// What stands in the store, compared with what is known.
enum Looked {
    Same,
    Other(Received),
    /// There is no text, or the source looks by itself.
    Nothing,
}

/// What is looked for, once it is found.
async fn found<T>(looking: &mut Option<BoxFuture<'static, T>>) -> T {
    match looking {
        Some(looking) => looking.await,
        None => std::future::pending().await,
    }
}

/// Receives values, holds back those that are not believed, and passes the newest of the others on.
///
/// It runs beside the applier, so that every value is compared with its predecessor even while a reload takes its time.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) source: Source,
    pub(crate) limits: Limits,
    pub(crate) board: StatusBoard,
    /// Told when the watch reports an outage.
    pub(crate) outage: Arc<Notify>,
    /// What is served.
    pub(crate) served: Option<Sized>,
    /// The values that were believed since, the newest last; which of them runs the board knows.
    pub(crate) since: VecDeque<Sized>,
    /// The newest value, by its hash, if it is held back.
    pub(crate) held_back: Option<String>,
    /// Whether the next value is believed whatever it is.
    pub(crate) force: bool,
    /// In which outage why the store cannot be watched was logged: it has a try a second, and the same words are no news.
    pub(crate) logged: Option<(u64, String)>,
    pub(crate) believed: watch::Sender<Option<Wanted>>,
}

impl Receiver {
    /// The watch has the say in what order values come. A value that is looked for from time to time and was not told by it comes in its place:
    /// the watch is begun anew, so that nothing older than this value follows. And what is still looked for when the watch tells something is older.
    pub(crate) async fn run(mut self, shutdown: Shutdown) {
        let mut values = self.source.watch();
        let mut looking = None;
        let mut safety_pass = tokio::time::interval(self.limits.safety_pass);
        safety_pass.set_missed_tick_behavior(MissedTickBehavior::Delay);
        safety_pass.reset();
        loop {
            tokio::select! {
                () = shutdown.wait() => return,
                value = values.next() => match value {
                    Some(Ok(value)) => {
                        looking = None;
                        self.told(value);
                    }
                    Some(Err(error)) => self.failed(&error),
                    // The contract of the watch is not to end; the safety pass goes on all the same.
                    None => values = Box::pin(futures::stream::pending()),
                },
                looked = found(&mut looking) => {
                    looking = None;
                    match looked {
                        Ok(Looked::Same) => self.board.store_answers(),
                        Ok(Looked::Other(received)) => {
                            if self.held_back.as_ref() != Some(&received.hash) {
                                values = self.source.watch();
                            }
                            self.consider(received);
                        }
                        Ok(Looked::Nothing) => {}
                        Err(error) => tracing::debug!(%error, "the safety pass could not read the gateways"),
                    }
                }
                _ = safety_pass.tick(), if looking.is_none() => looking = Some(self.look_again()),
            }
        }
    }

    fn told(&mut self, value: HandedOver) {
        match value {
            HandedOver::Text(received) | HandedOver::Again(received) => self.consider(received),
            HandedOver::Empty { hash, revision } => self.consider_empty(hash, revision),
            HandedOver::Absent => {
                self.board.store_answers();
                if std::mem::take(&mut self.force) {
                    tracing::warn!(
                        "no configuration stands in the store; what comes later is not believed unseen"
                    );
                }
                self.consider_nothing("", Doubt::Absent);
            }
        }
    }

    fn failed(&mut self, error: &vamp_kv::Error) {
        if error.is_temporary() {
            self.board.store_away(error);
            self.outage.notify_one();
        } else {
            self.board.store_failed(error);
        }
        self.log(error);
    }

    /// Logs why the store cannot be watched, once in an outage, in which each call fails in words of its own; what is no outage once for each
    /// reason.
    fn log(&mut self, error: &vamp_kv::Error) {
        let reason = if error.is_temporary() {
            String::new()
        } else {
            error.to_string()
        };
        let news = (self.board.store_outages(), reason);
        if self.logged.as_ref() != Some(&news) {
            tracing::warn!(%error, "the gateways cannot be watched; what runs keeps running");
            self.logged = Some(news);
        }
    }

    /// Looks whether another value stands there than the one that is known. A text that is known and has a manifest is not
    /// read for that.
    fn look_again(&mut self) -> BoxFuture<'static, vamp_kv::Result<Looked>> {
        self.look_what_is_served();
        let is_known = !self.force && self.held_back.is_none();
        let known = self
            .newest()
            .filter(|_| is_known)
            .map(|newest| newest.hash.clone());
        let source = self.source.clone();
        Box::pin(async move {
            let hash = source.current_hash().await?;
            if hash.is_some() && hash == known {
                return Ok(Looked::Same);
            }
            Ok(match source.current().await? {
                // Where there is no manifest, the text itself says.
                Some(received) if known.as_ref() == Some(&received.hash) => Looked::Same,
                Some(received) => Looked::Other(received),
                None => Looked::Nothing,
            })
        })
    }

    /// Whether the value with this hash is the one that was believed last, and none is held back since.
    fn changes_nothing(&mut self, hash: &str) -> bool {
        self.look_what_is_served();
        self.held_back.is_none() && self.newest().is_some_and(|newest| newest.hash == hash)
    }

    fn consider(&mut self, received: Received) {
        self.board.store_answers();
        let forced = self.is_forced();
        if self.changes_nothing(&received.hash) {
            return;
        }
        let backends = guard::count_backends(&received.text);
        if forced {
            self.believe(received, backends);
            return;
        }
        let belief = guard::believe(
            self.before(),
            &received.text,
            backends,
            &received.shrink_meant_from,
            self.limits.largest_shrink,
        );
        match belief {
            Ok(()) => self.believe(received, backends),
            Err(doubt) => self.hold_back(&received.hash, doubt),
        }
    }

    fn consider_empty(&mut self, hash: String, revision: u64) {
        self.board.store_answers();
        if !self.is_forced() {
            self.consider_nothing(&hash, Doubt::Empty);
            return;
        }
        let empty = Received {
            text: String::new(),
            hash,
            revision,
            shrink_meant_from: Vec::new(),
        };
        self.believe(empty, 0);
    }

    /// Where nothing is served nothing is missed.
    fn consider_nothing(&mut self, hash: &str, doubt: Doubt) {
        self.look_what_is_served();
        if self.before().any(|value| value.backends > 0) {
            self.hold_back(hash, doubt);
        }
    }

    /// What a value is compared with: what is served, and what was believed last, which may have failed to run.
    fn before(&self) -> impl Iterator<Item = &Sized> + Clone {
        self.served.iter().chain(self.since.back())
    }

    /// The value that was believed last.
    fn newest(&self) -> Option<&Sized> {
        self.since.back().or(self.served.as_ref())
    }

    /// Values that are believed may fail to run, and what the next one takes away is taken from what is served.
    fn look_what_is_served(&mut self) {
        let Some(applied) = self.board.applied_hash() else {
            return;
        };
        if let Some(index) = self.since.iter().rposition(|value| value.hash == applied) {
            self.served = self.since.drain(..=index).next_back();
        }
    }

    fn believe(&mut self, received: Received, backends: usize) {
        self.held_back = None;
        self.board.believes();
        if self.since.len() == REMEMBERED {
            self.since.pop_front();
        }
        self.since.push_back(Sized {
            hash: received.hash.clone(),
            backends,
        });
        self.believed.send_replace(Some(Wanted {
            received,
            arrived: Instant::now(),
        }));
    }

    fn hold_back(&mut self, hash: &str, doubt: Doubt) {
        self.held_back = Some(hash.to_owned());
        self.board.holds_back(hash, &doubt.to_string());
    }

    /// Whether this value is the one that is believed whatever it is.
    fn is_forced(&mut self) -> bool {
        let forced = std::mem::take(&mut self.force);
        if forced {
            tracing::warn!("the configuration that stands in the store is believed, as was asked for");
        }
        forced
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;
    use vamp_io::clock::SystemClock;
    use vamp_kv::handover::{HandOver, Publication};
    use vamp_kv::{Key, KeyValueStore as _};

    use super::*;
    use crate::config::{AgentConfig, Base};
    use crate::troubled::TroubledStore;

    const LIMIT: Duration = Duration::from_secs(3600);

    /// The events of a listing of one key.
    const LISTING: usize = 3;

    /// A receiver that watches a store in trouble, and a server that writes to it without any.
    struct Watched {
        store: Arc<TroubledStore>,
        server: HandOver,
        believed: watch::Receiver<Option<Wanted>>,
        shutdown: Shutdown,
    }

    impl Watched {
        /// The first revision is believed.
        async fn start() -> Self {
            let store = TroubledStore::new();
            let base: Key = "/vamp".parse().unwrap();
            let place = |store| HandOver::new(store, &base, "haproxy", "2.4").unwrap();
            let config = AgentConfig::new(
                "edge",
                "one",
                "/nowhere",
                "/nowhere",
                Base::Standard(Box::default()),
            );
            let believed = watch::Sender::new(None);
            let mut watched = Self {
                server: place(Arc::new(store.untroubled())),
                believed: believed.subscribe(),
                shutdown: Shutdown::new(),
                store: store.clone(),
            };
            let receiver = Receiver {
                source: place(store).into(),
                limits: config.limits.clone(),
                board: StatusBoard::new(&config, "2.6", Arc::new(SystemClock)),
                outage: Arc::default(),
                served: None,
                since: VecDeque::new(),
                held_back: None,
                force: false,
                logged: None,
                believed,
            };
            watched.publish(1).await;
            tokio::spawn(receiver.run(watched.shutdown.clone()));
            assert_eq!(watched.next().await, 1);
            assert_eq!(watched.store.watches(), 1);
            watched
        }

        async fn publish(&self, revision: u64) {
            let publication = Publication {
                text: &format!("# {revision}\nbackend a\n"),
                revision,
                fencing: None,
                shrink_meant: false,
            };
            self.server.publish(publication).await.unwrap();
        }

        /// The next revision that is believed.
        async fn next(&mut self) -> u64 {
            timeout(LIMIT, self.believed.changed()).await.unwrap().unwrap();
            let believed = self.believed.borrow_and_update();
            believed.as_ref().unwrap().received.revision
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_older_follows_a_value_that_was_looked_for() {
        let mut watched = Watched::start().await;

        // The watch is behind: what it will tell next is older than what is found when it is looked for.
        watched.store.told.send_replace(LISTING);
        watched.publish(2).await;
        watched.publish(3).await;
        assert_eq!(watched.next().await, 3);

        // Now it could tell the older one. Another watch has taken its place, and lists the newest.
        watched.store.told.send_replace(LISTING + 1);
        let more = timeout(Duration::from_secs(600), watched.believed.changed()).await;
        assert!(more.is_err(), "{:?}", watched.believed.borrow());
        watched.store.told.send_replace(usize::MAX);
        watched.publish(4).await;
        assert_eq!(watched.next().await, 4);
        assert_eq!(watched.store.watches(), 2);
        watched.shutdown.trigger();
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_watch_tells_does_not_wait_for_what_is_looked_for() {
        let mut watched = Watched::start().await;

        // What is looked for from now on does not come for long.
        watched.store.get_hangs.send_replace(Some("manifest"));
        tokio::time::sleep(2 * Limits::default().safety_pass).await;
        watched.publish(2).await;
        assert_eq!(watched.next().await, 2);

        // When it comes it is old: the watch has told something since.
        watched.publish(3).await;
        watched.store.get_hangs.send_replace(None);
        assert_eq!(watched.next().await, 3);
        assert_eq!(watched.store.watches(), 1);
        watched.shutdown.trigger();
    }

    #[tokio::test(start_paused = true)]
    async fn a_text_without_a_manifest_is_looked_at_and_not_watched_anew() {
        let mut watched = Watched::start().await;
        let key = |name: &str| format!("/vamp/gateways/haproxy/2.4/{name}").parse().unwrap();
        let store = watched.store.untroubled();
        store.delete(&key("manifest")).await.unwrap();
        // As a server of old writes it.
        let text = "# of old\nbackend a\n";
        store.put(&key("configuration"), text.into(), None).await.unwrap();
        assert_eq!(watched.next().await, 0);
        let watches = watched.store.watches();
        tokio::time::sleep(10 * Limits::default().safety_pass).await;
        assert_eq!(watched.store.watches(), watches);
        watched.shutdown.trigger();
    }
}
