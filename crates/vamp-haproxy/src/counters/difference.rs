use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::{Counts, Row, Statistics};

/// The statistics of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// When, on any clock that only goes forward and is the same for all snapshots.
    pub at: Duration,
    /// Which process answered: where it is known, a reload is never overlooked. See [`Info::pid`](super::Info::pid).
    pub pid: Option<u32>,
    /// What it said.
    pub statistics: Statistics,
}

/// What was counted between two moments.
///
/// Differences are merged in any order with the same result: one after the other to a longer time, and those of several HAProxys to a sum
/// over all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// From when to when.
    span: Option<(Duration, Duration)>,
    /// By proxy, then by name.
    counts: BTreeMap<Box<str>, BTreeMap<Box<str>, Counts>>,
}

impl Snapshot {
    /// The statistics of a moment, of a process that is not known.
    #[must_use]
    pub fn new(at: Duration, statistics: Statistics) -> Self {
        Self {
            at,
            pid: None,
            statistics,
        }
    }

    /// The same, known to be of this process.
    #[must_use]
    pub fn of_process(mut self, pid: u32) -> Self {
        self.pid = Some(pid);
        self
    }
}

impl Difference {
    /// What was counted between two snapshots.
    ///
    /// A process counts from zero: after a reload, all that the new one has counted was counted since. What the old one counted after the first
    /// snapshot is not known to anybody. Without process ids a row shows a reload by any of its counts that has become less. Rows that are new
    /// count from zero, rows that are gone count no more.
    #[must_use]
    pub fn between(before: &Snapshot, after: &Snapshot) -> Self {
        let other_process = matches!((before.pid, after.pid), (Some(before), Some(after)) if before != after);
        let earlier: HashMap<(&str, &str), &Row> = if other_process {
            HashMap::new()
        } else {
            let rows = before.statistics.rows().iter();
            rows.map(|row| ((&*row.proxy, &*row.name), row)).collect()
        };
        let mut difference = Self {
            span: Some((before.at.min(after.at), before.at.max(after.at))),
            counts: BTreeMap::new(),
        };
        for row in after.statistics.rows() {
            let counted = match earlier.get(&(&*row.proxy, &*row.name)) {
                Some(earlier) => row.counts.since(&earlier.counts),
                None => row.counts,
            };
            difference.add(&row.proxy, &row.name, &counted);
        }
        difference
    }

    /// Adds another difference: counts are added, and the time is that from the earliest beginning to the latest end.
    pub fn merge(&mut self, other: &Self) {
        self.span = match (self.span, other.span) {
            (Some((from, to)), Some((start, end))) => Some((from.min(start), to.max(end))),
            (one, other) => one.or(other),
        };
        for (proxy, name, counts) in other.counts() {
            self.add(proxy, name, counts);
        }
    }

    /// The counts of this proxy's `FRONTEND`, `BACKEND`, or server.
    #[must_use]
    pub fn get(&self, proxy: &str, name: &str) -> Option<&Counts> {
        self.counts.get(proxy)?.get(name)
    }

    /// All counts: proxy, name, counts.
    pub fn counts(&self) -> impl Iterator<Item = (&str, &str, &Counts)> {
        self.counts.iter().flat_map(|(proxy, names)| {
            names
                .iter()
                .map(move |(name, counts)| (&**proxy, &**name, counts))
        })
    }

    /// How long it was.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.span
            .map_or(Duration::ZERO, |(from, to)| to.saturating_sub(from))
    }

    /// So many over this time, a second; `None` without a count and over no time.
    #[must_use]
    pub fn rate(&self, count: Option<u64>) -> Option<f64> {
        let elapsed = self.elapsed();
        (!elapsed.is_zero()).then(|| count.map(|count| count as f64 / elapsed.as_secs_f64()))?
    }

    fn add(&mut self, proxy: &str, name: &str, counts: &Counts) {
        match self.counts.get_mut(proxy) {
            Some(names) => add_to(names, name, counts),
            None => add_to(self.counts.entry(proxy.into()).or_default(), name, counts),
        }
    }
}

fn add_to(names: &mut BTreeMap<Box<str>, Counts>, name: &str, counts: &Counts) {
    match names.get_mut(name) {
        Some(ours) => *ours = ours.plus(counts),
        None => {
            names.insert(name.into(), *counts);
        }
    }
}
