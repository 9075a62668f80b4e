//! What an agent counts since it was started.

use std::time::Duration;

use serde::Serialize;
use vamp_kv::handover::{FailureKind, How};

/// What an agent has counted since it was started. Each only grows.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Counters {
    /// Values that run since HAProxy was started or found.
    pub applied_at_start: u64,
    /// Values that were applied by commands to the running worker.
    pub applied_at_runtime: u64,
    /// Values that were applied by a new worker.
    pub applied_by_reload: u64,
    /// Values that mean the same as what ran.
    pub unchanged: u64,
    /// Values that HAProxy called invalid.
    pub refused: u64,
    /// Valid values that could not be loaded, each once as long as the reason stays the same.
    pub failed: u64,
    /// Values that were held back.
    pub held_back: u64,
    /// How often HAProxy ended without having been told to.
    pub haproxy_restarts: u64,
    /// How often the store went away.
    pub store_outages: u64,
    /// From the arrival of a value to a new worker that serves it, in seconds.
    pub reload_seconds: Latencies,
    /// From the arrival of a value to its being in effect by commands, in seconds.
    pub runtime_seconds: Latencies,
}

/// How often something took how long.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Latencies {
    /// How many were measured.
    pub count: u64,
    /// How long all of them took, in seconds.
    pub sum: f64,
    /// How many took at most as long as the entry of [`Latencies::BOUNDS`], and longer than the one before; the last counts those
    /// above all of them.
    pub buckets: [u64; Latencies::BOUNDS.len() + 1],
}

impl Latencies {
    /// The upper bounds of all buckets but the last, in seconds.
    pub const BOUNDS: [f64; 12] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
    ];

    fn add(&mut self, taken: Duration) {
        let seconds = taken.as_secs_f64();
        self.count += 1;
        self.sum += seconds;
        let place = Self::BOUNDS.partition_point(|bound| *bound < seconds);
        if let Some(bucket) = self.buckets.get_mut(place) {
            *bucket += 1;
        }
    }
}

impl Counters {
    pub(crate) fn applied(&mut self, how: How, taken: Duration) {
        match how {
            How::Start => self.applied_at_start += 1,
            How::Runtime => {
                self.applied_at_runtime += 1;
                self.runtime_seconds.add(taken);
            }
            How::Reload => {
                self.applied_by_reload += 1;
                self.reload_seconds.add(taken);
            }
            How::Unchanged => self.unchanged += 1,
        }
    }

    pub(crate) fn failure(&mut self, kind: FailureKind) {
        match kind {
            FailureKind::Refused => self.refused += 1,
            FailureKind::HeldBack => self.held_back += 1,
            FailureKind::Failed => self.failed += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_in_the_bucket_that_ends_at_or_after_them() {
        let mut latencies = Latencies::default();
        for millis in [1, 2, 60_000] {
            latencies.add(Duration::from_millis(millis));
        }
        assert_eq!((latencies.count, latencies.buckets.iter().sum::<u64>()), (3, 3));
        assert_eq!(latencies.buckets[0], 1, "a bound belongs to its bucket");
        assert_eq!(latencies.buckets[1], 1);
        assert_eq!(
            latencies.buckets[Latencies::BOUNDS.len()],
            1,
            "longer than all bounds"
        );
    }
}
