//! One sink at work, in a thread of its own: one that hangs holds up nobody.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use vamp_io::backoff::Backoff;
use vamp_io::shutdown::Shutdown;

use super::chunk::{Batch, Part};
use super::queue::Queue;
use super::sink::{Failure, Report, Sink};
use super::spool::Spool;

/// Lines gather for so long after a quiet time, so that a few hundred go at once.
const GATHER: Duration = Duration::from_millis(2);

/// A sink works again when it has not failed for so long, which is more than the longest pause: one that takes lines and goes at once, again
/// and again, does not.
const STEADY: Duration = Duration::from_secs(2);

/// How long a sink may take to see that there is nothing more.
const FAREWELL: Duration = Duration::from_millis(500);

/// Gives a sink its lines: first those of the spool, then those of the memory, which are younger.
pub(crate) struct Runner {
    pub(crate) name: String,
    pub(crate) queue: Arc<Queue>,
    pub(crate) spool: Option<Spool>,
    pub(crate) sink: Box<dyn Sink>,
    /// A try that takes longer has failed.
    pub(crate) patience: Duration,
    /// Told when what is left is given up.
    pub(crate) give_up: Shutdown,
    pub(crate) in_hand: Option<InHand>,
    pub(crate) pauses: Pauses,
}

/// How long a sink that fails is left alone.
#[derive(Debug)]
pub(crate) struct Pauses {
    backoff: Backoff,
    failed: Option<Instant>,
}

impl Pauses {
    pub(crate) fn new() -> Self {
        Self {
            backoff: Backoff::watch(),
            failed: None,
        }
    }

    /// After a failure: the next pause.
    fn next(&mut self) -> Duration {
        self.failed = Some(Instant::now());
        self.backoff.next_delay()
    }

    /// After a success; says whether the sink works steadily.
    fn succeeded(&mut self) -> bool {
        let steady = self.failed.is_none_or(|failed| failed.elapsed() >= STEADY);
        if steady {
            self.failed = None;
            self.backoff.reset();
        }
        steady
    }
}

/// What there is to do.
enum Next {
    /// Something is in hand.
    Deliver,
    /// The sink has failed by itself.
    Failed(Failure),
    /// Nothing waits, and nothing more comes.
    End,
}

/// What the sink was given.
pub(crate) struct InHand {
    batch: Batch,
    is_spooled: bool,
}

impl Runner {
    /// Works until the queue is closed and nothing waits, or what is left is given up.
    pub(crate) async fn run(mut self) {
        if let Some(spool) = &self.spool {
            let left = spool.lines();
            self.queue.count(|counters| counters.received += left);
        }
        self.note_spool();
        let give_up = self.give_up.clone();
        tokio::select! {
            () = give_up.wait() => {}
            () = self.work() => {}
        }
        // One that does not understand the end is left.
        let _ = timeout(FAREWELL, self.sink.finish()).await;
        self.settle();
        self.take_back();
        if let Some(spool) = &mut self.spool {
            spill(&self.queue, spool, &self.name);
            if let Err(error) = spool.sync() {
                tracing::warn!(sink = self.name, %error, "the log spool cannot be written");
            }
        }
        self.note_spool();
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
                    if let Some(spool) = &mut self.spool {
                        spill(&self.queue, spool, &self.name);
                    }
                    self.note_spool();
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
                () = self.queue.changed.notified(), if self.spool.is_some() => {
                    if let Some(spool) = self.spool.as_mut().filter(|_| self.queue.is_half_full()) {
                        spill(&self.queue, spool, &self.name);
                        note_spool(&self.queue, spool);
                    }
                }
            }
        }
    }

    /// Takes the lines that come next in hand.
    async fn next(&mut self) -> Next {
        let (lines, bytes) = self.sink.most();
        loop {
            if self.take_spooled(lines, bytes) {
                return Next::Deliver;
            }
            if let Some(batch) = self.queue.take(lines, bytes) {
                let is_spooled = false;
                self.in_hand = Some(InHand { batch, is_spooled });
                return Next::Deliver;
            }
            if self.queue.is_closed() {
                return Next::End;
            }
            tokio::select! {
                () = self.queue.changed.notified() => {}
                failure = self.sink.watch() => return Next::Failed(failure),
            }
            if !self.queue.is_closed() {
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    fn take_spooled(&mut self, lines: usize, bytes: usize) -> bool {
        let Some(spool) = &mut self.spool else {
            return false;
        };
        if spool.is_empty() {
            return false;
        }
        match spool.take(lines, bytes) {
            Ok(parts) if !parts.is_empty() => {
                self.in_hand = Some(InHand {
                    batch: Batch::new(parts),
                    is_spooled: true,
                });
                true
            }
            Ok(_) => false,
            Err(error) => {
                tracing::warn!(sink = self.name, %error, "the log spool cannot be read");
                false
            }
        }
    }

    /// Lets the sink have what is in hand; meanwhile lines that fill half of the memory go to the spool.
    async fn deliver(&mut self, report: &mut Report) -> Result<(), Failure> {
        let Some(in_hand) = &mut self.in_hand else {
            return Ok(());
        };
        let parts = match &self.spool {
            Some(_) => in_hand.batch.parts.clone(),
            None => Vec::new(),
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
                () = self.queue.changed.notified(), if self.spool.is_some() => {
                    let Some(spool) = self.spool.as_mut().filter(|_| self.queue.is_half_full()) else {
                        continue;
                    };
                    if !in_hand.is_spooled {
                        // It is older than the rest of the memory and must come before it.
                        in_hand.is_spooled = spooled_first(spool, &parts, &self.name);
                    }
                    if in_hand.is_spooled {
                        spill(&self.queue, spool, &self.name);
                        note_spool(&self.queue, spool);
                    }
                }
            }
        }
    }

    /// Ends what is in hand: what is not delivered waits again, as the oldest.
    fn settle(&mut self) {
        let Some(InHand { batch, is_spooled }) = self.in_hand.take() else {
            return;
        };
        match &mut self.spool {
            Some(spool) if is_spooled => {
                self.queue.settle_spooled(&batch);
                spool.put_back(batch.into_open());
                if let Err(error) = spool.commit() {
                    tracing::warn!(sink = self.name, %error, "the log spool cannot note what is delivered");
                }
                note_spool(&self.queue, spool);
            }
            _ => self.queue.settle(batch),
        }
    }

    /// What the sink had taken and has to get again waits before everything else.
    fn take_back(&mut self) {
        let parts = self.sink.take_back();
        let lines: usize = parts.iter().map(Part::lines).sum();
        if lines == 0 {
            return;
        }
        self.queue.count(|counters| counters.resent += lines as u64);
        match &mut self.spool {
            Some(spool) => {
                spool.put_back(parts);
                note_spool(&self.queue, spool);
            }
            None => self.queue.put_first(parts),
        }
    }

    fn note_spool(&mut self) {
        if let Some(spool) = &mut self.spool {
            note_spool(&self.queue, spool);
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

/// Puts lines that are in hand into an empty spool, and takes them out again without giving them up; says whether it could.
fn spooled_first(spool: &mut Spool, parts: &[Part], name: &str) -> bool {
    let mut left: usize = parts.iter().map(Part::lines).sum();
    if let Err((_, error)) = spool.append(parts.to_vec()) {
        tracing::warn!(sink = name, %error, "the log spool cannot be written");
        return false;
    }
    while left > 0 {
        match spool.take(left, usize::MAX) {
            Ok(taken) if !taken.is_empty() => left -= taken.iter().map(Part::lines).sum::<usize>(),
            Ok(_) => break,
            Err(error) => {
                tracing::warn!(sink = name, %error, "the log spool cannot be read");
                break;
            }
        }
    }
    true
}

/// What waits in memory goes to the spool; where that fails it stays in memory, within its bound.
fn spill(queue: &Queue, spool: &mut Spool, name: &str) {
    if let Err((parts, error)) = spool.append(queue.drain()) {
        tracing::warn!(sink = name, %error, "the log spool cannot be written");
        queue.put_first(parts);
    }
}

fn note_spool(queue: &Queue, spool: &mut Spool) {
    let (lines, bytes, lost) = (spool.lines(), spool.bytes(), spool.take_lost());
    queue.count(|counters| {
        counters.spooled_lines = lines;
        counters.spooled_bytes = bytes;
        counters.dropped += lost;
    });
}
