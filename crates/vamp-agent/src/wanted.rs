//! From the source to the applier: the newest value that is believed.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt as _;
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
    /// Whether the newest value is held back.
    pub(crate) holding_back: bool,
    /// Whether the next value is believed whatever it is.
    pub(crate) force: bool,
    /// In which outage why the store cannot be watched was logged: it has a try a second, and the same words are no news.
    pub(crate) logged: Option<(u64, String)>,
    pub(crate) believed: watch::Sender<Option<Wanted>>,
}

impl Receiver {
    pub(crate) async fn run(mut self, shutdown: Shutdown) {
        let mut values = self.source.watch();
        let mut safety_pass = tokio::time::interval(self.limits.safety_pass);
        safety_pass.set_missed_tick_behavior(MissedTickBehavior::Delay);
        safety_pass.reset();
        loop {
            tokio::select! {
                () = shutdown.wait() => return,
                value = values.next() => match value {
                    Some(Ok(HandedOver::Text(received) | HandedOver::Again(received))) => self.consider(received),
                    Some(Ok(HandedOver::Empty { hash, revision })) => self.consider_empty(hash, revision),
                    Some(Ok(HandedOver::Absent)) => {
                        self.board.store_answers();
                        if std::mem::take(&mut self.force) {
                            tracing::warn!("no configuration stands in the store; what comes later is not believed unseen");
                        }
                        self.consider_nothing("", Doubt::Absent);
                    }
                    Some(Err(error)) => {
                        if error.is_temporary() {
                            self.board.store_away(&error);
                            self.outage.notify_one();
                        } else {
                            self.board.store_failed(&error);
                        }
                        self.log(&error);
                    }
                    // The contract of the watch is not to end; the safety pass goes on all the same.
                    None => values = Box::pin(futures::stream::pending()),
                },
                _ = safety_pass.tick() => if let Err(error) = self.look_again().await {
                    tracing::debug!(%error, "the safety pass could not read the gateways");
                },
            }
        }
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

    /// Looks whether another value stands there than the one that is known. A large text is not read for that.
    async fn look_again(&mut self) -> vamp_kv::Result<()> {
        let hash = self.source.current_hash().await?;
        if !self.force && hash.is_some_and(|hash| self.changes_nothing(&hash)) {
            self.board.store_answers();
        } else if let Some(received) = self.source.current().await? {
            self.consider(received);
        }
        Ok(())
    }

    /// Whether the value with this hash is the one that was believed last, and none is held back since.
    fn changes_nothing(&mut self, hash: &str) -> bool {
        self.look_what_is_served();
        !self.holding_back && self.newest().is_some_and(|newest| newest.hash == hash)
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
        self.holding_back = false;
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
        self.holding_back = true;
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
