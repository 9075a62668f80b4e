//! Pauses between tries: they double up to a limit, and each is drawn at random below its bound, so that many who lost the
//! same server do not come back at the same moment.

use std::time::Duration;

/// The pauses of one series of tries.
#[derive(Debug, Clone)]
pub struct Backoff {
    initial: Duration,
    limit: Duration,
    bound: Duration,
}

impl Backoff {
    /// Pauses from `initial` up to `limit`.
    #[must_use]
    pub fn new(initial: Duration, limit: Duration) -> Self {
        Self {
            initial,
            limit,
            bound: initial.min(limit),
        }
    }

    /// 0.1 s to 30 s: for whatever nobody waits for at this moment.
    #[must_use]
    pub fn standard() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(30))
    }

    /// 0.1 s to 1 s: for watches and sinks, whose recovery shall be quick.
    #[must_use]
    pub fn watch() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(1))
    }

    /// The next pause: between half of the bound and the bound, which then doubles.
    pub fn next_delay(&mut self) -> Duration {
        let delay = self.bound.mul_f64(rand::random_range(0.5..=1.0));
        self.bound = (self.bound * 2).min(self.limit);
        delay
    }

    /// Begins anew, after a success.
    pub fn reset(&mut self) {
        self.bound = self.initial.min(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_limit_and_start_anew_after_a_success() {
        let mut backoff = Backoff::watch();
        let delays: Vec<Duration> = (0..10).map(|_| backoff.next_delay()).collect();
        assert!(delays[0] <= Duration::from_millis(100));
        assert!(
            delays[9] >= Duration::from_millis(500) && delays[9] <= Duration::from_secs(1),
            "{delays:?}"
        );
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_millis(100));
    }
}
