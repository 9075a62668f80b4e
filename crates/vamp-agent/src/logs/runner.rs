//! One sink at work, in a thread of its own: one that hangs holds up nobody.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use vamp_io::backoff::Backoff;
use vamp_io::shutdown::Shutdown;

use super::chunk::Batch;
use super::queue::Queue;
use super::sink::{Failure, Report, Sink};

/// Lines gather for so long after a quiet time, so that a few hundred go at once.
const GATHER: Duration = Duration::from_millis(2);

/// Gives a sink its lines.
pub(crate) struct Runner {
    pub(crate) name: String,
    pub(crate) queue: Arc<Queue>,
    pub(crate) sink: Box<dyn Sink>,
    /// A try that takes longer has failed.
    pub(crate) patience: Duration,
    /// Told when what is left is given up.
    pub(crate) give_up: Shutdown,
}

impl Runner {
    /// Works until the queue is closed and empty, or what is left is given up.
    pub(crate) async fn run(mut self) {
        let give_up = self.give_up.clone();
        tokio::select! {
            () = give_up.wait() => {}
            () = self.work() => {}
        }
        self.sink.finish();
        self.queue.abandon();
    }

    async fn work(&mut self) {
        let mut backoff = Backoff::watch();
        loop {
            let Some(mut batch) = self.next().await else {
                return;
            };
            let mut report = Report::default();
            let delivering = self.sink.deliver(&mut batch, &mut report);
            let outcome = match timeout(self.patience, delivering).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Failure(format!(
                    "{}: takes nothing for {} s",
                    self.name,
                    self.patience.as_secs()
                ))),
            };
            self.note(report, outcome.is_err());
            self.queue.settle(batch);
            match outcome {
                Ok(()) => {
                    backoff.reset();
                    self.works();
                }
                Err(failure) => {
                    self.fails(failure);
                    tokio::time::sleep(backoff.next_delay()).await;
                }
            }
        }
    }

    /// The lines that come next; `None` at the end.
    async fn next(&mut self) -> Option<Batch> {
        let (lines, bytes) = self.sink.most();
        loop {
            if let Some(batch) = self.queue.take(lines, bytes) {
                return Some(batch);
            }
            if self.sink.has_unfinished() {
                return Some(Batch::new(Vec::new()));
            }
            if self.queue.is_closed() {
                return None;
            }
            let failure = tokio::select! {
                () = self.queue.changed.notified() => None,
                failure = self.sink.watch() => Some(failure),
            };
            match failure {
                Some(failure) => self.fails(failure),
                None if self.queue.is_closed() => {}
                None => tokio::time::sleep(GATHER).await,
            }
        }
    }

    fn note(&self, report: Report, is_retried: bool) {
        self.queue.count(|counters| {
            counters.parsed += report.read.parsed;
            counters.unparsable += report.read.unparsable;
            counters.resent += report.resent;
            counters.retries += u64::from(is_retried);
        });
        if let Some(reason) = report.rejection
            && self.queue.rejection(reason.clone())
        {
            tracing::warn!(sink = self.name, reason, "a log line is rejected");
        }
    }

    fn works(&self) {
        if self.queue.outcome(None) {
            tracing::info!(sink = self.name, "log lines are taken again");
        }
    }

    fn fails(&self, failure: Failure) {
        if self.queue.outcome(Some(failure.0.clone())) {
            tracing::warn!(
                sink = self.name,
                reason = failure.0,
                "log lines are not taken; they wait"
            );
        }
    }
}
