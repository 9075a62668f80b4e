use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::Failure;

/// What went wrong with a service lately, and until when nothing new is started because of it.
#[derive(Debug, Default)]
pub(crate) struct Setbacks {
    last: Option<Failure>,
    not_before: Option<Instant>,
    settled_since: Option<Instant>,
}

impl Setbacks {
    /// One more failure. `pause` says how long to wait after the failure with this number in the row.
    pub(crate) fn add(
        &mut self,
        reason: String,
        log_tail: Vec<String>,
        at: Timestamp,
        now: Instant,
        pause: impl FnOnce(u32) -> Duration,
    ) {
        let count = self
            .last
            .as_ref()
            .map_or(0, |failure| failure.count)
            .saturating_add(1);
        let until = now + pause(count);
        self.last = Some(Failure {
            reason,
            log_tail,
            at,
            count,
        });
        // A pause that goes on already is not cut short.
        self.not_before = self.not_before.max(Some(until));
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

    /// When to look again: the end of the pause, or the moment when the past can be forgotten.
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

    fn fail(setbacks: &mut Setbacks, now: Instant, pause: Duration) {
        setbacks.add("ended".to_owned(), Vec::new(), Timestamp::UNIX_EPOCH, now, |_| {
            pause
        });
    }

    #[test]
    fn failures_are_counted_and_hold_back_the_next_start() {
        let now = Instant::now();
        let mut setbacks = Setbacks::default();
        assert!(setbacks.allow_start(now));
        fail(&mut setbacks, now, Duration::ZERO);
        assert!(setbacks.allow_start(now), "the first is replaced at once");
        fail(&mut setbacks, now, seconds(5));
        fail(&mut setbacks, now, seconds(2));
        assert_eq!(setbacks.last().map(|failure| failure.count), Some(3));
        assert!(!setbacks.allow_start(now + seconds(4)));
        assert_eq!(setbacks.next_look(now, STABLE), Some(now + seconds(5)));
        assert!(setbacks.allow_start(now + seconds(5)));
    }

    #[test]
    fn the_past_is_forgotten_after_a_stable_time_without_a_break() {
        let now = Instant::now();
        let mut setbacks = Setbacks::default();
        fail(&mut setbacks, now, Duration::ZERO);
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
        fail(&mut setbacks, now, seconds(30));
        setbacks.forget();
        assert!(setbacks.allow_start(now));
        fail(&mut setbacks, now, Duration::ZERO);
        assert_eq!(setbacks.last().map(|failure| failure.count), Some(1));
    }
}
