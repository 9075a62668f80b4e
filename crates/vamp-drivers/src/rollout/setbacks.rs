use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::Failure;

/// A failure that has just been seen.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) reason: String,
    pub(crate) log_tail: Vec<String>,
    pub(crate) at: Timestamp,
}

/// What went wrong with a service lately, and until when nothing new is started because of it.
#[derive(Debug, Default)]
pub(crate) struct Setbacks {
    last: Option<Failure>,
    last_seen: Option<Instant>,
    not_before: Option<Instant>,
    settled_since: Option<Instant>,
}

impl Setbacks {
    /// One more failure. What failed began at `began`, if that is known: only when it did so after the failure before does
    /// starting again not help, and `pause` says how long to wait. So one blow that ends many at once costs no time.
    pub(crate) fn add(
        &mut self,
        failure: Seen,
        now: Instant,
        began: Option<Instant>,
        pause: impl FnOnce() -> Duration,
    ) {
        let count = self.last.as_ref().map_or(0, |failure| failure.count);
        let again = self
            .last_seen
            .zip(began)
            .is_some_and(|(last, began)| began >= last);
        if again {
            // A pause that goes on already is not cut short.
            self.not_before = self.not_before.max(Some(now + pause()));
        }
        self.last = Some(Failure {
            reason: failure.reason,
            log_tail: failure.log_tail,
            at: failure.at,
            count: count.saturating_add(1),
        });
        self.last_seen = Some(now);
        self.settled_since = None;
    }

    /// Notes whether everything is as it shall be; after `stable` of that without a break the past is forgotten.
    pub(crate) fn observe(&mut self, settled: bool, now: Instant, stable: Duration) {
        if !settled || self.last.is_none() {
            self.settled_since = None;
            return;
        }
        let since = *self.settled_since.get_or_insert(now);
        if now >= since + stable {
            *self = Self::default();
        }
    }

    /// Something else is wanted: what went wrong with the old holds nothing back, and says nothing of the new.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether something new may be started.
    pub(crate) fn allow_start(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|until| now >= until)
    }

    /// When to look again after a look at `now` or later: the end of the pause, or the moment when the past can be forgotten.
    pub(crate) fn next_look(&self, now: Instant, stable: Duration) -> Option<Instant> {
        let pause_ends = self.not_before.filter(|until| *until > now);
        let forgotten = self.settled_since.map(|since| since + stable);
        pause_ends.into_iter().chain(forgotten).min()
    }

    /// The last failure.
    pub(crate) fn last(&self) -> Option<&Failure> {
        self.last.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STABLE: Duration = Duration::from_secs(60);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn fail(setbacks: &mut Setbacks, now: Instant, began: Instant, pause: Duration) {
        let seen = Seen {
            reason: "ended".to_owned(),
            log_tail: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
        };
        setbacks.add(seen, now, Some(began), || pause);
    }

    #[test]
    fn failures_are_counted_and_hold_back_the_next_start() {
        let now = Instant::now();
        let mut setbacks = Setbacks::default();
        assert!(setbacks.allow_start(now));
        fail(&mut setbacks, now, now, seconds(5));
        assert!(setbacks.allow_start(now), "the first is replaced at once");
        fail(&mut setbacks, now, now, seconds(5));
        fail(&mut setbacks, now, now, seconds(2));
        assert_eq!(setbacks.last().map(|failure| failure.count), Some(3));
        assert!(!setbacks.allow_start(now + seconds(4)));
        assert_eq!(setbacks.next_look(now, STABLE), Some(now + seconds(5)));
        assert!(setbacks.allow_start(now + seconds(5)));
    }

    #[test]
    fn one_blow_that_ends_many_is_no_row_of_failures() {
        let begin = Instant::now();
        let mut setbacks = Setbacks::default();
        for step in 1..10 {
            fail(&mut setbacks, begin + seconds(step), begin, seconds(30));
        }
        assert!(setbacks.allow_start(begin + seconds(10)));
        fail(
            &mut setbacks,
            begin + seconds(11),
            begin + seconds(10),
            seconds(30),
        );
        assert!(
            !setbacks.allow_start(begin + seconds(11)),
            "a replacement ended, too"
        );
    }

    #[test]
    fn the_past_is_forgotten_after_a_stable_time_without_a_break() {
        let now = Instant::now();
        let mut setbacks = Setbacks::default();
        fail(&mut setbacks, now, now, Duration::ZERO);
        setbacks.observe(true, now, STABLE);
        setbacks.observe(false, now + seconds(59), STABLE);
        setbacks.observe(true, now + seconds(61), STABLE);
        assert_eq!(
            setbacks.next_look(now + seconds(61), STABLE),
            Some(now + seconds(121))
        );
        setbacks.observe(true, now + seconds(120), STABLE);
        assert!(setbacks.last().is_some());
        setbacks.observe(true, now + seconds(121), STABLE);
        assert!(setbacks.last().is_none());
        assert_eq!(setbacks.next_look(now + seconds(121), STABLE), None);
    }

    #[test]
    fn a_new_wish_is_not_held_back_by_the_failures_of_the_old() {
        let now = Instant::now();
        let mut setbacks = Setbacks::default();
        fail(&mut setbacks, now, now, seconds(30));
        fail(&mut setbacks, now, now, seconds(30));
        assert!(!setbacks.allow_start(now));
        setbacks.forget();
        assert!(setbacks.allow_start(now));
        fail(&mut setbacks, now, now, Duration::ZERO);
        assert_eq!(setbacks.last().map(|failure| failure.count), Some(1));
    }
}
