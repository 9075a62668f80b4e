//! Counts and times of calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use tokio::time::Instant;

use super::around::{Answer, Around, Call, Operation};
use crate::{ErrorKind, Key, KeyValueStore, Result, WatchEvent, WatchStream};

/// Up to which times calls are counted together; the longer ones come after the last.
pub const BOUNDS: [Duration; 12] = [
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// Its condition or guard did not hold.
    Refused,
    /// The store could not be asked.
    Unavailable,
    /// It failed otherwise.
    Failed,
    /// Whoever called did not wait for the answer.
    Abandoned,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Done,
        Self::Refused,
        Self::Unavailable,
        Self::Failed,
        Self::Abandoned,
    ];

    /// Its name: `done`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }

    fn of<T: Answer>(answer: &Result<T>) -> Self {
        match answer {
            Ok(answer) if answer.is_refusal() => Self::Refused,
            Ok(_) => Self::Done,
            Err(error) if error.kind() == ErrorKind::Unavailable => Self::Unavailable,
            Err(_) => Self::Failed,
        }
    }
}

/// The calls of one operation with one outcome, since the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    /// Of which operation.
    pub operation: Operation,
    /// With which outcome.
    pub outcome: Outcome,
    /// How many.
    pub count: u64,
    /// How long they took together.
    pub total: Duration,
    /// How many took at most as long as each of [`BOUNDS`] and longer than the bound before it; last, those above all bounds.
    pub times: [u64; BOUNDS.len() + 1],
}

/// What watches told, since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Watches {
    /// Listings that were completed.
    pub listings: u64,
    /// Single changes.
    pub changes: u64,
    /// Outages.
    pub outages: u64,
}

#[derive(Debug, Default)]
struct Cell {
    nanoseconds: AtomicU64,
    times: [AtomicU64; BOUNDS.len() + 1],
}

/// What was measured so far. Read while calls go on, numbers of the same moment may differ by those calls.
#[derive(Debug, Default)]
pub struct Measures {
    cells: [[Cell; Outcome::ALL.len()]; Operation::ALL.len()],
    listings: AtomicU64,
    changes: AtomicU64,
    outages: AtomicU64,
}

impl Measures {
    /// The calls of one operation with one outcome.
    #[must_use]
    pub fn calls(&self, operation: Operation, outcome: Outcome) -> Calls {
        let cell = &self.cells[operation as usize][outcome as usize];
        let times = std::array::from_fn(|n| cell.times[n].load(Ordering::Relaxed));
        Calls {
            operation,
            outcome,
            count: times.iter().sum(),
            total: Duration::from_nanos(cell.nanoseconds.load(Ordering::Relaxed)),
            times,
        }
    }

    /// The calls of each operation with each outcome, those that never happened too.
    #[must_use]
    pub fn all_calls(&self) -> Vec<Calls> {
        Operation::ALL
            .into_iter()
            .flat_map(|operation| Outcome::ALL.map(|outcome| self.calls(operation, outcome)))
            .collect()
    }

    /// What watches told.
    #[must_use]
    pub fn watches(&self) -> Watches {
        Watches {
            listings: self.listings.load(Ordering::Relaxed),
            changes: self.changes.load(Ordering::Relaxed),
            outages: self.outages.load(Ordering::Relaxed),
        }
    }

    fn note_call(&self, operation: Operation, outcome: Outcome, took: Duration) {
        let cell = &self.cells[operation as usize][outcome as usize];
        let bound = BOUNDS.partition_point(|bound| *bound < took);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        cell.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        cell.times[bound].fetch_add(1, Ordering::Relaxed);
    }

    fn note_told(&self, told: &Result<WatchEvent>) {
        let counter = match told {
            Ok(WatchEvent::ListingComplete) => &self.listings,
            Ok(WatchEvent::Put(_) | WatchEvent::Deleted(_)) => &self.changes,
            Ok(WatchEvent::ListingStarted | WatchEvent::Item(_) | WatchEvent::Resumed) => return,
            Err(_) => &self.outages,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// A store whose calls are counted and timed. Nothing is registered anywhere: whoever shows the numbers asks for them.
#[derive(Debug)]
pub struct Measured {
    inner: Arc<dyn KeyValueStore>,
    measures: Arc<Measures>,
}

impl Measured {
    /// `inner`, measured.
    #[must_use]
    pub fn new(inner: Arc<dyn KeyValueStore>) -> Self {
        Self {
            inner,
            measures: Arc::default(),
        }
    }

    /// The numbers, which go on growing.
    #[must_use]
    pub fn measures(&self) -> Arc<Measures> {
        Arc::clone(&self.measures)
    }
}

/// Notes a call when it ends, also where nobody waits for its end.
struct Noting<'m> {
    measures: &'m Measures,
    operation: Operation,
    outcome: Outcome,
    began: Instant,
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        self.measures
            .note_call(self.operation, self.outcome, self.began.elapsed());
    }
}

impl Around for Measured {
    fn inner(&self) -> &dyn KeyValueStore {
        &*self.inner
    }

    async fn around<T: Answer>(
        &self,
        call: Call<'_>,
        answer: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let mut noting = Noting {
            measures: &self.measures,
            operation: call.operation,
            outcome: Outcome::Abandoned,
            began: Instant::now(),
        };
        let answer = answer.await;
        noting.outcome = Outcome::of(&answer);
        answer
    }

    fn around_watch(&self, prefix: &Key) -> WatchStream {
        let measures = self.measures();
        self.inner
            .watch(prefix)
            .inspect(move |told| measures.note_told(told))
            .boxed()
    }
}

store_around!(Measured);
