//! From the store to the applier: the newest value that is believed.

use std::sync::Arc;

use futures::StreamExt as _;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, MissedTickBehavior};
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::{FailureKind, HandOver, Received};

use crate::apply::guard::{self, Sized};
use crate::config::Limits;
use crate::status::StatusBoard;

/// A value to be applied.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) received: Received,
    pub(crate) arrived: Instant,
}

/// Receives values, holds back those that are not believed, and passes the newest of the others on.
///
/// It runs beside the applier, so that every value is compared with its predecessor even while a reload takes its time.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) hand_over: HandOver,
    pub(crate) limits: Limits,
    pub(crate) board: StatusBoard,
    /// Told when the watch reports an outage.
    pub(crate) outage: Arc<Notify>,
    /// What runs, until a value is believed.
    pub(crate) before: Option<Sized>,
    /// Whether the newest value is held back.
    pub(crate) holding_back: bool,
    pub(crate) believed: watch::Sender<Option<Arc<Wanted>>>,
}

impl Receiver {
    pub(crate) async fn run(mut self, shutdown: Shutdown) {
        let mut values = self.hand_over.watch();
        let mut safety_pass = tokio::time::interval(self.limits.safety_pass);
        safety_pass.set_missed_tick_behavior(MissedTickBehavior::Delay);
        safety_pass.reset();
        loop {
            tokio::select! {
                () = shutdown.wait() => return,
                value = values.next() => match value {
                    Some(Ok(received)) => self.consider(received),
                    Some(Err(error)) => {
                        tracing::warn!(%error, "the gateways cannot be watched; what runs keeps running");
                        if error.is_temporary() {
                            self.board.store_away(&error);
                            self.outage.notify_one();
                        } else {
                            self.board.store_failed(&error);
                        }
                    }
                    // The contract of the watch is not to end; the safety pass goes on all the same.
                    None => values = Box::pin(futures::stream::pending()),
                },
                _ = safety_pass.tick() => match self.hand_over.current().await {
                    Ok(Some(received)) => self.consider(received),
                    Ok(None) => {}
                    Err(error) => tracing::debug!(%error, "the safety pass could not read the gateways"),
                },
            }
        }
    }

    fn consider(&mut self, received: Received) {
        self.board.store_answers();
        let known = self
            .before
            .as_ref()
            .is_some_and(|before| before.hash == received.hash);
        if known && !self.holding_back {
            return;
        }
        let backends = guard::count_backends(&received.text);
        let meant_from = received.shrink_meant_from.as_deref();
        let belief = guard::believe(
            self.before.as_ref(),
            &received.text,
            backends,
            meant_from,
            self.limits.largest_shrink,
        );
        match belief {
            Ok(()) => {
                self.holding_back = false;
                self.before = Some(Sized {
                    hash: received.hash.clone(),
                    backends,
                });
                self.believed.send_replace(Some(Arc::new(Wanted {
                    received,
                    arrived: Instant::now(),
                })));
            }
            Err(doubt) => {
                self.holding_back = true;
                self.board
                    .failed(&received.hash, FailureKind::HeldBack, &doubt.to_string());
            }
        }
    }
}
