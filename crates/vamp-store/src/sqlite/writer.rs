//! The thread that writes.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};
use vamp_io::clock::Clock;

use super::artifacts::{self, NewRevision, signed, unsigned};
use super::checkpoint::Checkpoints;
use super::{events, failure};
use crate::artifact::{Step, check, step};
use crate::event::prepare;
use crate::subscription::Subscribers;
use crate::{Batch, Committed, Error, ErrorKind, Outcome, Result, StoreOptions, Write, time};

/// Batches that may wait for the writer; whoever brings one more waits for a place.
pub(super) const QUEUE: usize = 256;

/// The most batches that share a transaction, and with it a flush to disk.
const GROUP: usize = 256;

/// A batch, and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) batch: Batch,
    pub(super) reply: oneshot::Sender<Result<Committed>>,
}

/// Everything that the thread works with.
#[derive(Debug)]
pub(super) struct Writer {
    connection: Connection,
    options: StoreOptions,
    clock: Arc<dyn Clock>,
    subscribers: Arc<Subscribers>,
    checkpoints: Checkpoints,
    counters: Counters,
}

/// The rows of the table `counter`, as the last commit left them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counters {
    /// The last place in the order of everything.
    sequence: u64,
    /// How many events are stored.
    events: u64,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        subscribers: Arc<Subscribers>,
        checkpoints: Checkpoints,
    ) -> rusqlite::Result<Self> {
        let counter = |name: &str| {
            connection.query_row("SELECT value FROM counter WHERE name = ?1", [name], |row| {
                unsigned(row, 0)
            })
        };
        let counters = Counters {
            sequence: counter("sequence")?,
            events: counter("events")?,
        };
        Ok(Self {
            connection,
            options,
            clock,
            subscribers,
            checkpoints,
            counters,
        })
    }

    /// Writes until nobody can bring anything any more and everything that was brought is written.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            let mut group = vec![first];
            while let Some(job) = (group.len() < GROUP).then(|| jobs.try_recv().ok()).flatten() {
                group.push(job);
            }
            self.write(group);
            self.checkpoints.restart_long_log(&self.connection);
        }
    }

    /// Writes a group in one transaction. A batch that is refused leaves the others alone; when the file cannot be written, all fail.
    fn write(&mut self, group: Vec<Job>) {
        let (batches, replies): (Vec<_>, Vec<_>) =
            group.into_iter().map(|job| (job.batch, job.reply)).unzip();
        let results = match self.commit(batches) {
            Ok(results) => results,
            Err(error) => {
                tracing::error!(%error, "the store could not write");
                replies.iter().map(|_| Err(again(&error))).collect()
            }
        };
        for committed in results.iter().flatten() {
            self.subscribers.announce(&committed.events);
        }
        for (result, reply) in results.into_iter().zip(replies) {
            // Whoever brought it may have gone; it is written all the same.
            let _ = reply.send(result);
        }
    }

    fn commit(&mut self, batches: Vec<Batch>) -> Result<Vec<Result<Committed>>> {
        let mut counters = self.counters;
        let mut transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(could_not_write)?;
        let mut written = 0;
        let mut results = Vec::with_capacity(batches.len());
        for batch in batches {
            let bytes = size(&batch);
            let before = counters;
            let now = self.clock.now();
            let result = carry_out(&mut transaction, &mut counters, batch, now, &self.options);
            match &result {
                Ok(_) => written += bytes,
                Err(error) if is_refusal(error.kind()) => counters = before,
                Err(error) => return Err(again(error)),
            }
            results.push(result);
        }
        counters
            .save(&transaction, self.counters)
            .and_then(|()| transaction.commit())
            .map_err(could_not_write)?;
        self.counters = counters;
        self.checkpoints.committed(written);
        Ok(results)
    }
}

/// Carries out one batch as a whole, or not at all.
fn carry_out(
    transaction: &mut Transaction<'_>,
    counters: &mut Counters,
    batch: Batch,
    now: jiff::Timestamp,
    options: &StoreOptions,
) -> Result<Committed> {
    // It is rolled back when it is dropped before it is committed.
    let savepoint = transaction.savepoint().map_err(could_not_write)?;
    let mut outcomes = Vec::with_capacity(batch.writes.len());
    for (index, write) in batch.writes.iter().enumerate() {
        outcomes.push(carry_out_write(&savepoint, counters, index, write, now, options)?);
    }
    let mut stored = Vec::with_capacity(batch.events.len());
    for event in batch.events {
        let (event, value) = prepare(event, counters.next(), now)?;
        events::insert(&savepoint, &event, &value).map_err(could_not_write)?;
        stored.push(Arc::new(event));
    }
    counters.events += stored.len() as u64;
    let kinds: BTreeSet<String> = stored.iter().map(|event| event.kind.clone()).collect();
    let forgotten = events::prune(&savepoint, &kinds, counters.events, options).map_err(could_not_write)?;
    counters.events -= forgotten;
    savepoint.commit().map_err(could_not_write)?;
    Ok(Committed {
        outcomes,
        events: stored,
        sequence: counters.sequence,
    })
}

fn carry_out_write(
    connection: &Connection,
    counters: &mut Counters,
    index: usize,
    write: &Write,
    now: jiff::Timestamp,
    options: &StoreOptions,
) -> Result<Outcome> {
    check(write)?;
    let (kind, name) = (write.kind(), write.name());
    let (last, present) = artifacts::last(connection, kind, name).map_err(could_not_write)?;
    let step = step(index, write, present.as_deref().map(|content| (last, content)))?;
    let revision = last + 1;
    let (content, outcome) = match (step, write) {
        (Step::Nothing(outcome), _) => return Ok(outcome),
        (_, Write::Put { content, .. }) => (Some(content.as_str()), Outcome::Written { revision }),
        (_, Write::Delete { .. }) => (None, Outcome::Deleted { revision }),
    };
    let new = NewRevision {
        kind,
        name,
        revision,
        sequence: counters.next(),
        at: time::whole_microseconds(now),
        content,
    };
    artifacts::write(connection, &new, write.kept(options.revisions.get())).map_err(could_not_write)?;
    Ok(outcome)
}

impl Counters {
    fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Writes what differs from `saved`, so that a group that changed nothing writes nothing.
    fn save(self, connection: &Connection, saved: Self) -> rusqlite::Result<()> {
        if self == saved {
            return Ok(());
        }
        let mut update = connection.prepare_cached("UPDATE counter SET value = ?2 WHERE name = ?1")?;
        update.execute(("sequence", signed(self.sequence)))?;
        update.execute(("events", signed(self.events)))?;
        Ok(())
    }
}

/// How many bytes of content a batch has, about.
fn size(batch: &Batch) -> usize {
    let contents = batch.writes.iter().map(|write| match write {
        Write::Put { content, .. } => content.len(),
        Write::Delete { .. } => 0,
    });
    contents.sum()
}

/// Whether the batch is to blame, and not the file.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Conflict { .. } | ErrorKind::Invalid | ErrorKind::TooLarge { .. }
    )
}

fn could_not_write(error: rusqlite::Error) -> Error {
    failure::error(error, "write", "store")
}

/// The same failure for another one who waits.
fn again(error: &Error) -> Error {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    Error::new(error.kind(), "write", "store").because(cause.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use vamp_io::clock::ManualClock;

    use super::super::file;
    use super::*;
    use crate::NewEvent;

    fn put(name: &str, bytes: usize) -> Batch {
        Batch {
            writes: vec![Write::put("breeds", name, "x".repeat(bytes))],
            events: vec![NewEvent::new(["t"])],
        }
    }

    /// The file may not grow, as on a full disk: nothing of the group is there, and the next one finds everything in order.
    #[test]
    fn a_full_disk_loses_the_group_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vamp.db");
        let connection = file::open_for_writing(&path).unwrap();
        let (checkpoints, thread) = Checkpoints::start(file::open_for_checkpoints(&path).unwrap()).unwrap();
        let options = StoreOptions::on_disk();
        let subscribers = Arc::new(Subscribers::new(options.backlog));
        let mut told = subscribers.subscribe(crate::EventFilter::default());
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let mut writer = Writer::new(connection, options, clock, subscribers, checkpoints).unwrap();
        let play = |writer: &mut Writer, batches: Vec<Batch>| {
            let (jobs, mut replies): (Vec<_>, Vec<_>) = batches
                .into_iter()
                .map(|batch| {
                    let (reply, answer) = oneshot::channel();
                    (Job { batch, reply }, answer)
                })
                .unzip();
            writer.write(jobs);
            let answers = replies.iter_mut().map(|reply| reply.try_recv().unwrap());
            answers.collect::<Vec<_>>()
        };
        let limit = |writer: &Writer, pages: i64| {
            let set = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
            writer
                .connection
                .pragma_update_and_check(None, "max_page_count", pages, set)
                .unwrap();
        };

        limit(&writer, 40);
        let before = play(&mut writer, vec![put("first", 10)]);
        assert_eq!(before[0].as_ref().unwrap().sequence, 2);
        let full = play(
            &mut writer,
            vec![put("small", 10), put("large", 1_000_000), put("after", 10)],
        );
        for answer in full {
            let error = answer.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            assert!(error.to_string().contains("full"), "{error}");
        }
        limit(&writer, 1_000_000);
        let after = play(&mut writer, vec![put("small", 10), put("large", 1_000_000)]);
        assert_eq!(after[1].as_ref().unwrap().sequence, 6);
        assert_eq!(
            after[1].as_ref().unwrap().outcomes,
            [Outcome::Written { revision: 1 }]
        );

        use futures::{FutureExt as _, StreamExt as _};
        let mut sequences = Vec::new();
        while let Some(Some(crate::Subscribed::Event(event))) = told.next().now_or_never() {
            sequences.push(event.sequence);
        }
        assert_eq!(sequences, [2, 4, 6], "what is not stored is not told");
        drop(writer);
        thread.join().unwrap();
    }
}
