//! Pauses between tries, with jitter: the bound doubles up to a limit, and each pause is drawn at random from nothing up to the
//! bound, so that many who lost the same server spread over the whole time and do not come back at the same moment. Where a try
//! costs much by itself, such as the start of a program that keeps ending, no pause is shorter than [half its
//! bound](Backoff::at_least_half).

use std::time::Duration;

/// The pauses of one series of tries.
#[derive(Debug, Clone)]
pub struct Backoff {
    initial: Duration,
    limit: Duration,
    bound: Duration,
    /// The least part of the bound that a pause takes.
    least: f64,
}

impl Backoff {
    /// Pauses from `initial` up to `limit`.
    #[must_use]
    pub fn new(initial: Duration, limit: Duration) -> Self {
        Self {
            initial,
            limit,
            bound: initial.min(limit),
            least: 0.0,
        }
    }

    /// The same with pauses of at least half their bound: chance does not make two tries follow each other at once.
    #[must_use]
    pub fn at_least_half(self) -> Self {
        Self { least: 0.5, ..self }
    }

    /// 0.1 s to 30 s: for whatever nobody waits for at this moment.
    #[must_use]
    pub fn standard() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(30))
    }

    /// 0.1 s to 0.5 s: for watches and sinks, whose recovery shall be quick. What a server writes after an outage and an agent reads goes
    /// through two of them, and is to be there within two seconds.
    #[must_use]
    pub fn watch() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_millis(500))
    }

    /// The next pause: anything from the least up to the bound, which then doubles.
    pub fn next_delay(&mut self) -> Duration {
        let delay = self.bound.mul_f64(rand::random_range(self.least..=1.0));
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

    /// The longest of many series' pauses at one place in the series.
    fn longest(place: usize) -> Duration {
        let pause = |_| {
            let mut backoff = Backoff::watch();
            (0..place).for_each(|_| {
                backoff.next_delay();
            });
            backoff.next_delay()
        };
        (0..200).map(pause).max().unwrap_or_default()
    }

    #[test]
    fn pauses_spread_below_a_bound_that_doubles_up_to_the_limit() {
        let bounds = [100, 200, 400, 500, 500].map(Duration::from_millis);
        for (place, bound) in bounds.into_iter().enumerate() {
            let longest = longest(place);
            // That 200 draws all stay in the lower half happens once in 2^200.
            assert!(
                longest <= bound && longest > bound / 2,
                "{place}: {longest:?} of {bound:?}"
            );
        }
    }

    #[test]
    fn pauses_of_at_least_half_their_bound_never_follow_each_other_at_once() {
        let bounds = [100, 200, 400, 500, 500].map(Duration::from_millis);
        for _ in 0..200 {
            let mut backoff = Backoff::watch().at_least_half();
            for bound in bounds {
                let pause = backoff.next_delay();
                assert!((bound / 2..=bound).contains(&pause), "{pause:?} of {bound:?}");
            }
        }
    }

    #[test]
    fn a_series_begins_anew_after_a_success() {
        let mut backoff = Backoff::standard();
        (0..20).for_each(|_| {
            backoff.next_delay();
        });
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_millis(100));
    }

    #[test]
    fn a_limit_below_the_first_pause_holds_from_the_start() {
        let mut backoff = Backoff::new(Duration::from_secs(5), Duration::from_millis(10));
        assert!((0..20).all(|_| backoff.next_delay() <= Duration::from_millis(10)));
    }
}
