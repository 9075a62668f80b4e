//! Asking again beside a question that is silent.
//!
//! Of a connection that loses its packets nobody hears anything, also when packets arrive again: the kernel sends what was lost after 0.2 s,
//! 0.4 s and so on, the first packet of a connection after 1 s, then 2 s. A question that is asked then is answered at once.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// The first good outcome of what is tried again and again, each time so much later, beside the tries that are silent, so many at once at most; or
/// else what has become of the last of them.
pub(crate) async fn first_good<T, E, Attempt>(
    later: Duration,
    most: usize,
    attempt: impl Fn() -> Attempt,
) -> Result<T, E>
where
    Attempt: Future<Output = Result<T, E>>,
{
    let mut tries = FuturesUnordered::from_iter([attempt()]);
    let mut beside = interval_at(Instant::now() + later, later);
    // A process that stood still does not make up for it.
    beside.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some(outcome) = tries.next() => if outcome.is_ok() || tries.is_empty() {
                return outcome;
            },
            _ = beside.tick(), if tries.len() < most => tries.push(attempt()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::time::{sleep, timeout};

    use super::*;

    const LATER: Duration = Duration::from_millis(500);
    const MOST: usize = 6;

    /// How long a try is silent before it fails.
    const SILENCE: Duration = Duration::from_millis(2600);

    #[tokio::test(start_paused = true)]
    async fn whenever_the_network_comes_back_a_try_succeeds_soon_after() {
        for away in (0..=45).map(|tenth| Duration::from_millis(tenth * 100 + 50)) {
            let back = Instant::now() + away;
            let (now, most) = (Cell::new(0), Cell::new(0));
            let attempt = || async {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                let arrives = Instant::now() >= back;
                if !arrives {
                    sleep(SILENCE).await;
                }
                now.set(now.get() - 1);
                arrives.then_some(()).ok_or("silent")
            };
            let found = timeout(Duration::from_secs(60), first_good(LATER, MOST, attempt)).await;
            found.unwrap().unwrap();
            let late = back.elapsed();
            assert!(late <= LATER, "away for {away:?}, there after another {late:?}");
            // Those that are silent end by themselves.
            assert!(most.get() <= MOST, "{} at once", most.get());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_told_at_once() {
        let begun = Instant::now();
        let refused = || async { Err::<(), _>("refused") };
        assert_eq!(first_good(LATER, MOST, refused).await, Err("refused"));
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_that_fails_waits_for_those_beside_it() {
        let tries = Cell::new(0);
        let attempt = || {
            tries.set(tries.get() + 1);
            let number = tries.get();
            async move {
                sleep(3 * LATER / 2).await;
                if number == 1 { Err("silent") } else { Ok(number) }
            }
        };
        assert_eq!(first_good(LATER, MOST, attempt).await, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn tries_are_bounded_however_long_it_takes_and_after_a_standstill() {
        let tries = Cell::new(0);
        let attempt = || {
            tries.set(tries.get() + 1);
            std::future::pending::<Result<(), ()>>()
        };
        let trying = first_good(LATER, MOST, attempt);
        tokio::pin!(trying);
        assert!(timeout(LATER / 2, &mut trying).await.is_err());
        // As when the machine slept.
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(timeout(LATER / 2, &mut trying).await.is_err());
        assert_eq!(tries.get(), 2);
        assert!(timeout(Duration::from_secs(3600), &mut trying).await.is_err());
        assert_eq!(tries.get(), MOST);
    }
}
