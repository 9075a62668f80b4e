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
        let so_many = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(so_many - 1).copied().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_what_so_many_calls_did_not_exceed() {
        let all = |count| {
            let mut latencies = Latencies::default();
            latencies.extend((1..=count).rev().map(Duration::from_secs));
            latencies
        };
        let told =
            |latencies: &Latencies| [0, 50, 99, 100].map(|percent| latencies.percentile(percent).as_secs());
        assert_eq!(told(&all(100)), [1, 50, 99, 100]);
        assert_eq!(told(&all(200)), [1, 100, 198, 200]);
        assert_eq!(
            told(&all(50)),
            [1, 25, 50, 50],
            "the longest, where there are few"
        );
        assert_eq!(told(&all(0)), [0; 4]);
    }
}
