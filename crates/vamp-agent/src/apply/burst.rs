//! When a burst of changes has settled.

use std::time::Duration;

use tokio::time::Instant;

/// The changes that arrived and are not applied yet.
///
/// The first change after a quiet time is *leading*: it is due at once. The ones that follow are due when no change
/// came for [`quiet`](Self::due_at), or when the oldest of them has waited for the limit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Burst {
    last_change: Option<Instant>,
    pending: Option<Pending>,
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    since: Instant,
    leading: bool,
}

impl Burst {
    /// A value arrived that differs from the one before.
    pub(crate) fn arrived(&mut self, now: Instant, quiet: Duration) {
        let after_quiet = self
            .last_change
            .is_none_or(|last| now.duration_since(last) >= quiet);
        match &mut self.pending {
            Some(pending) => pending.leading = false,
            None => {
                self.pending = Some(Pending {
                    since: now,
                    leading: after_quiet,
                });
            }
        }
        self.last_change = Some(now);
    }

    /// What arrived has been applied, or refused.
    pub(crate) fn settled(&mut self) {
        self.pending = None;
    }

    /// The moment from which what is pending may be reloaded; `None` when it may be at once.
    pub(crate) fn due_at(&self, quiet: Duration, limit: Duration) -> Option<Instant> {
        let (pending, last_change) = (self.pending?, self.last_change?);
        if pending.leading {
            None
        } else {
            Some((last_change + quiet).min(pending.since + limit))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_millis(50);
    const LIMIT: Duration = Duration::from_secs(1);

    fn after(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    #[test]
    fn the_first_change_is_due_at_once() {
        let mut burst = Burst::default();
        burst.arrived(Instant::now(), QUIET);
        assert_eq!(burst.due_at(QUIET, LIMIT), None);
    }

    #[test]
    fn a_change_soon_after_another_waits_for_quiet() {
        let start = Instant::now();
        let mut burst = Burst::default();
        burst.arrived(start, QUIET);
        burst.settled();
        burst.arrived(after(start, 10), QUIET);
        assert_eq!(burst.due_at(QUIET, LIMIT), Some(after(start, 60)));
        burst.arrived(after(start, 40), QUIET);
        assert_eq!(burst.due_at(QUIET, LIMIT), Some(after(start, 90)));
    }

    #[test]
    fn a_change_after_quiet_leads_again() {
        let start = Instant::now();
        let mut burst = Burst::default();
        burst.arrived(start, QUIET);
        burst.settled();
        burst.arrived(after(start, 50), QUIET);
        assert_eq!(burst.due_at(QUIET, LIMIT), None);
    }

    #[test]
    fn changes_without_end_are_not_put_off_for_ever() {
        let start = Instant::now();
        let mut burst = Burst::default();
        burst.arrived(start, QUIET);
        burst.settled();
        for step in 1..100 {
            burst.arrived(after(start, step * 20), QUIET);
        }
        assert_eq!(burst.due_at(QUIET, LIMIT), Some(after(start, 20) + LIMIT));
    }
}
