//! Trying again what failed for a moment only.

use std::time::Duration;

use tokio::time::Instant;

use crate::backoff::Backoff;

/// An error that knows whether the same call may succeed later.
pub trait Temporary {
    /// Whether trying again can help.
    fn is_temporary(&self) -> bool;
}

/// How long, and with which pauses, something is tried.
#[derive(Debug, Clone)]
pub struct Retry {
    within: Duration,
    backoff: Backoff,
}

impl Retry {
    /// Tries that begin within this time, with the pauses of [`Backoff::standard`].
    #[must_use]
    pub fn within(within: Duration) -> Self {
        Self {
            within,
            backoff: Backoff::standard(),
        }
    }

    /// The same time with other pauses.
    #[must_use]
    pub fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }
}

/// Calls until it succeeds, fails for good, or the next try would begin after the time of `retry`. One try is always made.
///
/// The time limit of a single try is the call's own.
///
/// ```
/// # use std::time::Duration;
/// # use vamp_io::retry::{Retry, Temporary, retry};
/// #[derive(Debug, PartialEq)]
/// struct Busy;
///
/// impl Temporary for Busy {
///     fn is_temporary(&self) -> bool {
///         true
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let mut tries = 0;
/// let third = retry(Retry::within(Duration::from_secs(10)), || {
///     tries += 1;
///     std::future::ready(if tries < 3 { Err(Busy) } else { Ok(tries) })
/// });
/// assert_eq!(third.await, Ok(3));
/// # }
/// ```
///
/// # Errors
/// The error of the last try.
pub async fn retry<T, E, Call, Answer>(mut retry: Retry, mut call: Call) -> Result<T, E>
where
    E: Temporary,
    Call: FnMut() -> Answer,
    Answer: Future<Output = Result<T, E>>,
{
    // A time that no clock can count is no limit.
    let end = Instant::now().checked_add(retry.within);
    loop {
        let error = match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let next = Instant::now() + retry.backoff.next_delay();
        if !error.is_temporary() || end.is_some_and(|end| next > end) {
            return Err(error);
        }
        tokio::time::sleep_until(next).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[derive(Debug, PartialEq)]
    enum Failure {
        Passing,
        Lasting,
    }

    impl Temporary for Failure {
        fn is_temporary(&self) -> bool {
            *self == Self::Passing
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_lasting_failure_is_not_tried_again() {
        let tries = Cell::new(0);
        let answer: Result<(), _> = retry(Retry::within(Duration::from_secs(60)), || async {
            tries.set(tries.get() + 1);
            Err(Failure::Lasting)
        })
        .await;
        assert_eq!((answer, tries.get()), (Err(Failure::Lasting), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_without_end_is_no_panic() {
        let tries = Cell::new(0);
        let answer = retry(Retry::within(Duration::MAX), || async {
            tries.set(tries.get() + 1);
            if tries.get() < 20 {
                Err(Failure::Passing)
            } else {
                Ok(())
            }
        });
        assert_eq!(answer.await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn tries_end_with_the_time_and_their_number_is_bounded_by_the_pauses() {
        let tries = Cell::new(0_u32);
        let began = Instant::now();
        let limit = Duration::from_secs(60);
        let answer: Result<(), _> = retry(Retry::within(limit), || async {
            tries.set(tries.get() + 1);
            Err(Failure::Passing)
        })
        .await;
        assert_eq!(answer, Err(Failure::Passing));
        assert!(began.elapsed() <= limit, "no pause goes beyond the limit");
        assert!(
            (3..60).contains(&tries.get()),
            "{} tries in a minute",
            tries.get()
        );
    }
}
