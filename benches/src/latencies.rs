//! How long single calls took.

use std::fmt;
use std::time::Duration;

/// Durations of calls; displayed as percentiles.
#[derive(Debug, Clone, Default)]
pub struct Latencies {
    all: Vec<Duration>,
}

impl Latencies {
    /// The duration that so many of a hundred calls did not exceed; zero where there are none.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.all.clone();
        sorted.sort_unstable();
        let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(index).copied().unwrap_or_default()
    }
}

impl Extend<Duration> for Latencies {
    fn extend<I: IntoIterator<Item = Duration>>(&mut self, durations: I) {
        self.all.extend(durations);
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} calls: p50 {:?}, p90 {:?}, p99 {:?}, longest {:?}",
            self.all.len(),
            self.percentile(50),
            self.percentile(90),
            self.percentile(99),
            self.percentile(100)
        )
    }
}
