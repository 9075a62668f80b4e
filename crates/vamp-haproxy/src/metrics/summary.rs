use std::time::Duration;

use super::Histogram;
use crate::log::LogRecord;

/// What a number of records amounts to. Summaries are merged in any order with the same result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Records: requests of HTTP, connections of TCP.
    pub requests: u64,
    /// Those that were answered with a status of 500 or more.
    pub server_errors: u64,
    /// Records that have a total time. Only these count for mean, maximum and quantiles.
    pub timed: u64,
    /// Sum of the total times, in milliseconds.
    pub total_time: u64,
    /// The longest total time, in milliseconds.
    pub longest: u32,
    /// The total times.
    pub latencies: Histogram,
}

impl Summary {
    /// Counts one record.
    pub fn add(&mut self, record: &LogRecord<'_>) {
        self.requests = self.requests.saturating_add(1);
        if record.status().is_some_and(|status| status >= 500) {
            self.server_errors = self.server_errors.saturating_add(1);
        }
        if let Some(total) = record.total_time {
            self.timed = self.timed.saturating_add(1);
            self.total_time = self.total_time.saturating_add(u64::from(total));
            self.longest = self.longest.max(total);
            self.latencies.add(total);
        }
    }

    /// Adds what others counted.
    pub fn merge(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.server_errors = self.server_errors.saturating_add(other.server_errors);
        self.timed = self.timed.saturating_add(other.timed);
        self.total_time = self.total_time.saturating_add(other.total_time);
        self.longest = self.longest.max(other.longest);
        self.latencies.merge(&other.latencies);
    }

    /// Requests a second over a window of this length, rounded to two decimals; 0 over no time.
    #[must_use]
    pub fn rate(&self, window: Duration) -> f64 {
        if window.is_zero() {
            return 0.0;
        }
        (self.requests as f64 / window.as_secs_f64() * 100.0).round() / 100.0
    }

    /// The mean of the total times in milliseconds, rounded to one decimal; 0 without any.
    #[must_use]
    pub fn mean_response_time(&self) -> f64 {
        if self.timed == 0 {
            return 0.0;
        }
        (self.total_time as f64 / self.timed as f64 * 10.0).round() / 10.0
    }

    /// 0 when at least one status was 500 or more, else 1: who has nothing to do is healthy.
    #[must_use]
    pub fn health(&self) -> u8 {
        u8::from(self.server_errors == 0)
    }

    /// The total time in milliseconds that this share of the records (0.0–1.0) does not exceed; `None` without any. See
    /// [`Histogram::quantile`].
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<u32> {
        self.latencies
            .quantile(share)
            .map(|value| value.min(self.longest))
    }
}
