//! What the records of a log amount to, for each frontend and each server, in buckets of ten seconds.
//!
//! [`Metrics`] is a plain value: it holds counts, not a clock. Those of several HAProxys, or of several threads, are merged in any order with the
//! same result. Nothing is sampled; only latencies lose precision, at most [`Histogram::RELATIVE_ERROR`].
//!
//! ```
//! use std::time::Duration;
//! use vamp_haproxy::{log::LogLine, metrics::Metrics};
//!
//! let line = r#"{"ci":"192.0.2.7","cp":55604,"t":"23/Nov/2026:06:18:09.450","ft":"shop","b":"shop","s":"one","Tw":0,"Tc":0,"Tt":25,"B":90,"ts":"--","ac":5,"fc":1,"bc":0,"sc":0,"rc":0,"sq":0,"bq":0}"#;
//! let mut metrics = Metrics::default();
//! if let LogLine::Record(record) = LogLine::read(line.as_bytes()) {
//!     let second = record.accepted_at(0).unwrap_or_default() / 1000;
//!     metrics.add(second, &record);
//! }
//! let window = metrics.of_frontend("shop", 1_795_414_200..1_795_414_700);
//! assert_eq!(window.requests, 1);
//! assert_eq!(window.rate(Duration::from_secs(500)), 0.0);
//! assert_eq!(window.mean_response_time(), 25.0);
//! assert_eq!(window.health(), 1);
//! ```

mod histogram;
mod measurement;
mod summary;

pub use histogram::Histogram;
pub use measurement::Measurement;
pub use summary::Summary;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::log::LogRecord;

/// How long a bucket is, in seconds. Buckets begin at multiples of it since 1970-01-01 00:00 UTC.
pub const BUCKET_SECONDS: i64 = 10;

/// Summaries of frontends and servers, by time.
///
/// What it takes of memory grows with names × buckets: [`Self::forget_before`] lets go of old ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metrics {
    /// By the second in which a bucket begins.
    buckets: BTreeMap<i64, Bucket>,
}

/// The summaries of ten seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bucket {
    frontends: BTreeMap<Box<str>, Summary>,
    /// By backend, then by server.
    servers: BTreeMap<Box<str>, BTreeMap<Box<str>, Summary>>,
    /// How many servers there are.
    server_count: usize,
}

/// How many names may have summaries in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MostNames {
    /// Frontends.
    pub frontends: usize,
    /// Servers, those of all backends together.
    pub servers: usize,
}

impl Metrics {
    /// Counts a record that was written, or whose connection was accepted, in this second since 1970-01-01 00:00 UTC.
    ///
    /// Which of the two is the caller's choice; see [`LogRecord::accepted_at`]. A record without a server counts for its frontend alone.
    pub fn add(&mut self, second: i64, record: &LogRecord<'_>) {
        let any = MostNames {
            frontends: usize::MAX,
            servers: usize::MAX,
        };
        self.add_within(second, record, any);
    }

    /// As [`Self::add`], where a bucket has no more than so many names. Says whether the record counts in all of its summaries: without room
    /// for its frontend it counts in none, without room for its server in that of its frontend alone.
    pub fn add_within(&mut self, second: i64, record: &LogRecord<'_>, most: MostNames) -> bool {
        let bucket = self.buckets.entry(bucket_of(second)).or_default();
        if !bucket.add_to_frontend(record, most.frontends) {
            return false;
        }
        match record.server_name() {
            Some(server) => bucket.add_to_server(server, record, most.servers),
            None => true,
        }
    }

    /// Adds what others counted.
    pub fn merge(&mut self, other: &Self) {
        for (start, theirs) in &other.buckets {
            self.buckets.entry(*start).or_default().merge(theirs);
        }
    }

    /// The summary of one frontend in the buckets that begin in these seconds; empty when there was none.
    #[must_use]
    pub fn of_frontend(&self, name: &str, seconds: Range<i64>) -> Summary {
        sum(self
            .buckets(seconds)
            .filter_map(|(_, bucket)| bucket.frontends.get(name)))
    }

    /// The summary of one server of a backend in the buckets that begin in these seconds; empty when there was none.
    #[must_use]
    pub fn of_server(&self, backend: &str, server: &str, seconds: Range<i64>) -> Summary {
        sum(self
            .buckets(seconds)
            .filter_map(|(_, bucket)| bucket.servers.get(backend)?.get(server)))
    }

    /// The buckets that begin in these seconds, each with its first second, in their order.
    pub fn buckets(&self, seconds: Range<i64>) -> impl Iterator<Item = (i64, &Bucket)> {
        // A range that ends before it begins holds nothing, where the map would panic.
        let end = seconds.end.max(seconds.start);
        self.buckets
            .range(seconds.start..end)
            .map(|(start, bucket)| (*start, bucket))
    }

    /// Lets go of buckets that begin before this second, and returns them.
    pub fn forget_before(&mut self, second: i64) -> Self {
        let kept = self.buckets.split_off(&second);
        Self {
            buckets: std::mem::replace(&mut self.buckets, kept),
        }
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }
}

impl Bucket {
    /// The frontends that had records, by name.
    pub fn frontends(&self) -> impl Iterator<Item = (&str, &Summary)> {
        self.frontends.iter().map(|(name, summary)| (&**name, summary))
    }

    /// The servers that had records: backend, server.
    pub fn servers(&self) -> impl Iterator<Item = (&str, &str, &Summary)> {
        self.servers.iter().flat_map(|(backend, servers)| {
            servers
                .iter()
                .map(move |(server, summary)| (&**backend, &**server, summary))
        })
    }

    fn add_to_frontend(&mut self, record: &LogRecord<'_>, most: usize) -> bool {
        let name = record.frontend_name();
        let has_room = self.frontends.len() < most || self.frontends.contains_key(name);
        if has_room {
            with(&mut self.frontends, name, |frontend| frontend.add(record));
        }
        has_room
    }

    fn add_to_server(&mut self, name: &str, record: &LogRecord<'_>, most: usize) -> bool {
        let backend = &*record.backend;
        let known = self
            .servers
            .get_mut(backend)
            .and_then(|servers| servers.get_mut(name));
        if let Some(server) = known {
            server.add(record);
            return true;
        }
        if self.server_count >= most {
            return false;
        }
        self.server_count += 1;
        with(&mut self.servers, backend, |servers| {
            with(servers, name, |server| server.add(record));
        });
        true
    }

    fn merge(&mut self, other: &Self) {
        for (name, theirs) in &other.frontends {
            with(&mut self.frontends, name, |ours| ours.merge(theirs));
        }
        for (backend, servers) in &other.servers {
            with(&mut self.servers, backend, |ours| {
                for (name, theirs) in servers {
                    with(ours, name, |ours| ours.merge(theirs));
                }
            });
        }
        self.server_count = self.servers.values().map(BTreeMap::len).sum();
    }
}

fn bucket_of(second: i64) -> i64 {
    second.saturating_sub(second.rem_euclid(BUCKET_SECONDS))
}

fn sum<'a>(parts: impl Iterator<Item = &'a Summary>) -> Summary {
    let mut whole = Summary::default();
    parts.for_each(|part| whole.merge(part));
    whole
}

/// Changes the value of a name; only a new name is copied.
fn with<V: Default>(map: &mut BTreeMap<Box<str>, V>, name: &str, change: impl FnOnce(&mut V)) {
    match map.get_mut(name) {
        Some(value) => change(value),
        None => change(map.entry(name.into()).or_default()),
    }
}
