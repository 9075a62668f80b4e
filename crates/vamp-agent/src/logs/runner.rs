//! One sink at work, in a thread of its own: one that hangs holds up nobody.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use vamp_io::backoff::Backoff;
use vamp_io::shutdown::Shutdown;

use super::chunk::{Batch, Part};
use super::queue::Queue;
use super::sink::{Failure, Report, Sink};
use super::spooler::Spooler;

/// Lines gather for so long after a quiet time, so that a few hundred go at once.
const GATHER: Duration = Duration::from_millis(2);

/// A sink works again when it has not failed for so long, which is more than the longest pause: one that takes lines and goes at once, again
/// and again, does not.
const STEADY: Duration = Duration::from_secs(2);

/// How long a sink may take to see that there is nothing more.
const FAREWELL: Duration = Duration::from_millis(500);

/// Gives a sink its lines: first those of the spool, then those of the memory, which are younger.
pub(crate) struct Runner {
    name: String,
    queue: Arc<Queue>,
    spooler: Spooler,
    sink: Box<dyn Sink>,
    /// A try that takes longer has failed.
    patience: Duration,
    /// Told when files are to be opened anew. One to which lines are written looks at its name anyway.
    reopen: Arc<Notify>,
    in_hand: Option<InHand>,
    pauses: Pauses,
}

/// How long a sink that fails is left alone.
#[derive(Debug)]
struct Pauses {
    backoff: Backoff,
    failed: Option<Instant>,
}

impl Pauses {
    /// After a failure: the next pause.
    fn next(&mut self) -> Duration {
        self.failed = Some(Instant::now());
        self.backoff.next_delay()
    }

    /// After a success; says whether the sink works steadily.
    fn succeeded(&mut self) -> bool {
        let is_steady = self.failed.is_none_or(|failed| failed.elapsed() >= STEADY);
        if is_steady {
            self.failed = None;
            self.backoff.reset();
        }
        is_steady
    }
}

/// What there is to do.
enum Next {
    /// Something is in hand.
    Deliver,
    /// The sink, or what waits for it, has failed by itself.
    Failed(Failure),
    /// Nothing waits, and nothing more comes.
    End,
}

/// What the sink was given.
struct InHand {
    batch: Batch,
    is_spooled: bool,
}

impl Runner {
    pub(crate) fn new(
        name: String,
        queue: Arc<Queue>,
        spooler: Spooler,
        sink: Box<dyn Sink>,
        patience: Duration,
        reopen: Arc<Notify>,
    ) -> Self {
        Self {
            name,
            queue,
            spooler,
            sink,
            patience,
            reopen,
            in_hand: None,
            pauses: Pauses {
                backoff: Backoff::watch(),
                failed: None,
            },
        }
    }

    /// Works until the queue is closed and nothing waits, or what is left is given up.
    pub(crate) async fn run(mut self, give_up: Shutdown) {
        tokio::select! {
            () = give_up.wait() => {}
            () = self.work() => {}
        }
        // One that does not understand the end is left.
        let mut nothing = Batch::new(Vec::new());
        let in_hand = self
            .in_hand
            .as_mut()
            .map_or(&mut nothing, |in_hand| &mut in_hand.batch);
        let _ = timeout(FAREWELL, self.sink.finish(in_hand)).await;
        self.settle();
        self.take_back();
        self.spooler.close();
        self.queue.abandon();
    }

    async fn work(&mut self) {
        loop {
            let outcome = match self.next().await {
                Next::End => return,
                Next::Failed(failure) => Err(failure),
                Next::Deliver => {
                    let mut report = Report::default();
                    let outcome = self.deliver(&mut report).await;
                    self.note(report, outcome.is_err());
                    self.settle();
                    outcome
                }
            };
            self.take_back();
            match outcome {
                Ok(()) => self.works(),
                Err(failure) => {
                    self.fails(&failure);
                    self.spooler.spill();
                    let pause = self.pauses.next();
                    self.rest(pause).await;
                }
            }
        }
    }

    /// Waits before the next try; meanwhile lines that fill half of the memory go to the spool.
    async fn rest(&mut self, delay: Duration) {
        let waiting = tokio::time::sleep(delay);
        tokio::pin!(waiting);
        loop {
            tokio::select! {
                () = &mut waiting => return,
                () = self.queue.changed.notified(), if self.spooler.is_open() => {
                    if self.spooler.is_called_for() {
                        self.spooler.spill();
                    }
                }
            }
        }
    }

    /// Takes the lines that come next in hand.
    async fn next(&mut self) -> Next {
        let (lines, bytes) = self.sink.most();
        loop {
            self.spooler.open().await;
            match self.spooler.take(lines, bytes) {
                Ok(None) => {}
                Ok(Some(batch)) => return self.takes(batch, true),
                Err(reason) => return Next::Failed(Failure(reason)),
            }
            if let Some(batch) = self.queue.take(lines, bytes) {
                return self.takes(batch, false);
            }
            if self.queue.is_closed() {
                return Next::End;
            }
            tokio::select! {
                () = self.queue.changed.notified() => {}
                () = self.reopen.notified() => {
                    self.sink.reopen();
                    continue;
                }
                () = self.spooler.wants_opening() => continue,
                failure = self.sink.watch() => return Next::Failed(failure),
            }
            if !self.queue.is_closed() {
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    fn takes(&mut self, batch: Batch, is_spooled: bool) -> Next {
        self.in_hand = Some(InHand { batch, is_spooled });
        Next::Deliver
    }

    /// Lets the sink have what is in hand; meanwhile lines that fill half of the memory go to the spool.
    async fn deliver(&mut self, report: &mut Report) -> Result<(), Failure> {
        let Some(in_hand) = &mut self.in_hand else {
            return Ok(());
        };
        let parts = match self.spooler.is_open() {
            true => in_hand.batch.parts.clone(),
            false => Vec::new(),
        };
        let delivering = timeout(self.patience, self.sink.deliver(&mut in_hand.batch, report));
        tokio::pin!(delivering);
        loop {
            tokio::select! {
                outcome = &mut delivering => {
                    return outcome.unwrap_or_else(|_| {
                        let seconds = self.patience.as_secs();
                        Err(Failure(format!("{}: takes nothing for {seconds} s", self.name)))
                    });
                }
                () = self.queue.changed.notified(), if self.spooler.is_open() => {
                    if !self.spooler.is_called_for() {
                        continue;
                    }
                    if !in_hand.is_spooled {
                        // It is older than the rest of the memory and must come before it.
                        in_hand.is_spooled = self.spooler.keep_in_hand(&parts);
                    }
                    if in_hand.is_spooled {
                        self.spooler.spill();
                    }
                }
            }
        }
    }

    /// Ends what is in hand: what is not delivered waits again, as the oldest.
    fn settle(&mut self) {
        match self.in_hand.take() {
            Some(InHand { batch, is_spooled }) if is_spooled => self.spooler.settle(batch),
            Some(InHand { batch, .. }) => self.queue.settle(batch),
            None => {}
        }
    }

    /// What the sink had taken and has to get again waits before everything else.
    fn take_back(&mut self) {
        let parts = self.sink.take_back();
        let lines: usize = parts.iter().map(Part::lines).sum();
        if lines > 0 {
            self.queue.count(|counters| counters.resent += lines as u64);
            self.spooler.put_first(parts);
        }
    }

    fn note(&self, report: Report, is_retried: bool) {
        self.queue.count(|counters| {
            counters.parsed += report.read.parsed;
            counters.unparsable += report.read.unparsable;
            counters.retries += u64::from(is_retried);
        });
        if let Some(reason) = report.rejection
            && self.queue.rejection(reason.clone())
        {
            tracing::warn!(sink = self.name, reason, "a log line is rejected");
        }
    }

    fn works(&mut self) {
        let is_steady = self.pauses.succeeded();
        if self.queue.outcome(None, is_steady) {
            tracing::info!(sink = self.name, "log lines are taken again");
        }
    }

    fn fails(&self, failure: &Failure) {
        if self.queue.outcome(Some(failure.0.clone()), true) {
            tracing::warn!(
                sink = self.name,
                reason = failure.0,
                "log lines are not taken; they wait"
            );
        }
    }
}
