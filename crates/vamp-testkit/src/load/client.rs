//! The client as a whole: started, watched, stopped.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{sync::watch, task::JoinSet};

use super::{
    LoadOptions, Snapshot,
    connection::{self, Connection, History},
    observe::{Answer, Observation, Observers},
    outcome::{Answered, ConnectionKind, Loss},
    websocket, worker,
};
use crate::Error;

/// A running load client; it stops when it is dropped, at a limit of its options, or by [`LoadClient::stop`].
#[derive(Debug)]
pub struct LoadClient {
    shared: Arc<Shared>,
    workers: JoinSet<()>,
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: LoadOptions,
    counts: Mutex<Snapshot>,
    observers: Mutex<Observers>,
    end: watch::Sender<bool>,
}

impl LoadClient {
    /// Starts sending, on the tokio runtime this is called from.
    ///
    /// # Errors
    /// [`Error::NotLoopback`] when the target is not on this machine; [`Error::InvalidRequest`] when host or path cannot be sent.
    pub fn start(options: LoadOptions) -> Result<Self, Error> {
        if !options.target.ip().is_loopback() {
            return Err(Error::NotLoopback(options.target));
        }
        if connection::request(&options, false).is_none() {
            return Err(Error::InvalidRequest {
                host: options.host,
                path: options.path,
            });
        }
        let (end, _) = watch::channel(false);
        let shared = Arc::new(Shared {
            options,
            counts: Mutex::new(Snapshot::new()),
            observers: Mutex::default(),
            end,
        });
        let mut workers = JoinSet::new();
        let paces = shared.options.paces();
        for _ in 0..shared.options.fresh {
            workers.spawn(worker::fresh(
                Arc::clone(&shared),
                paces.fresh,
                shared.end.subscribe(),
            ));
        }
        for _ in 0..shared.options.busy {
            workers.spawn(worker::busy(
                Arc::clone(&shared),
                paces.busy,
                shared.end.subscribe(),
            ));
        }
        for _ in 0..shared.options.idle {
            let pause = shared.options.idle_pause.clone();
            workers.spawn(worker::idle(Arc::clone(&shared), pause, shared.end.subscribe()));
        }
        for group in &shared.options.thinking {
            for _ in 0..group.connections {
                let (shared, end) = (Arc::clone(&shared), shared.end.subscribe());
                if group.time.is_zero() {
                    workers.spawn(worker::restless(shared, end));
                } else {
                    workers.spawn(worker::idle(shared, group.time..=group.time, end));
                }
            }
        }
        for _ in 0..shared.options.websockets {
            workers.spawn(websocket::talk(Arc::clone(&shared), shared.end.subscribe()));
        }
        workers.spawn(end_after(shared.options.longest, Arc::clone(&shared)));
        Ok(Self { shared, workers })
    }

    /// What has been counted up to now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.shared.counts.lock().now()
    }

    /// The first answer from this version to a request that is written from now on.
    ///
    /// The time from a change to the first request that it routes: call this, make the change, await the answer, and take the time
    /// at which it was [received](Answer::received).
    #[must_use]
    pub fn first_answer_from(&self, version: &str) -> Observation {
        let now = std::time::Instant::now();
        let version = version.to_owned();
        self.first_answer(move |answer| answer.sent >= now && *answer.version == version)
    }

    /// The first answer from now on that `wanted` accepts. It is asked about each answer, in the order in which they are complete.
    #[must_use]
    pub fn first_answer(&self, wanted: impl FnMut(&Answer) -> bool + Send + 'static) -> Observation {
        self.shared.observers.lock().add(Box::new(wanted))
    }

    /// Waits until the client has ended by itself, at a limit of its options, and says what it counted in all.
    pub async fn finished(mut self) -> Snapshot {
        // A worker does not panic; if it did, its request would be missing among the answered.
        while self.workers.join_next().await.is_some() {}
        self.shared.counts.lock().now()
    }

    /// Sends no more, waits for the answers to what is in flight, and says what was counted in all.
    pub async fn stop(self) -> Snapshot {
        self.shared.end();
        self.finished().await
    }
}

async fn end_after(limit: Duration, shared: Arc<Shared>) {
    let mut end = shared.end.subscribe();
    tokio::select! {
        () = tokio::time::sleep(limit) => shared.end(),
        _ = end.wait_for(|end| *end) => {}
    }
}

impl Shared {
    /// Counts a request as sent; false, and nothing is counted, when it is one too many or the client is to end.
    pub(super) fn commit(&self, kind: ConnectionKind) -> bool {
        let mut counts = self.counts.lock();
        if *self.end.borrow() || counts.sent() >= self.options.most_requests {
            drop(counts);
            self.end();
            return false;
        }
        *counts.sent.entry(kind).or_default() += 1;
        true
    }

    pub(super) async fn connect(&self) -> Result<Connection, Loss> {
        let connection = Connection::open(&self.options).await?;
        self.connected();
        Ok(connection)
    }

    pub(super) fn connected(&self) {
        self.counts.lock().connections += 1;
    }

    pub(super) fn answered(&self, kind: ConnectionKind, answered: Answered) {
        let Answered {
            version,
            sent,
            received,
            ..
        } = answered;
        *self
            .counts
            .lock()
            .answered
            .entry(Arc::clone(&version))
            .or_default() += 1;
        self.observers.lock().tell(&Answer {
            version,
            kind,
            sent,
            received,
        });
    }

    pub(super) fn lost(&self, kind: ConnectionKind, loss: Loss, history: History) {
        self.counts.lock().lose(kind, loss, history);
    }

    pub(super) fn closed_with_notice(&self) {
        self.counts.lock().announced_closes += 1;
    }

    fn end(&self) {
        self.end.send_replace(true);
        self.observers.lock().forget_all();
    }
}
