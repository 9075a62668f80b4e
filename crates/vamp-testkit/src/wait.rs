//! Watching for a state, with a limit: what tests do in place of sleeping.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{Error, probe};

/// The pause between two looks: short at first, because most states come at once; then longer, to leave the processor to those
/// who bring the state about.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(1),
    Duration::from_millis(2),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(20),
];

/// Looks again and again until `condition` holds, at most for `limit`.
///
/// # Errors
/// [`Error::TimedOut`] when it does not hold within `limit`.
pub async fn until<F, Fut>(limit: Duration, mut condition: F) -> Result<(), Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    until_some(limit, || {
        let holds = condition();
        async move { holds.await.then_some(()) }
    })
    .await
}

/// Looks again and again until `find` finds something, at most for `limit`, and returns it.
///
/// # Errors
/// [`Error::TimedOut`] when nothing is found within `limit`, also when a single look takes longer.
pub async fn until_some<T, F, Fut>(limit: Duration, mut find: F) -> Result<T, Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let end = Instant::now() + limit;
    let mut pauses = PAUSES.iter().chain(std::iter::repeat(&PAUSES[PAUSES.len() - 1]));
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match tokio::time::timeout(left, find()).await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) if !left.is_zero() => {}
            Ok(None) | Err(_) => return Err(Error::TimedOut(limit)),
        }
        let pause = pauses.next().copied().unwrap_or(PAUSES[0]);
        tokio::time::sleep(pause.min(left)).await;
    }
}

/// Waits until `GET path` is answered with the status 200 at this address, [`IN_A_ROW`] times one after the other, at most for `limit`.
///
/// # Errors
/// [`Error::TimedOut`] when it is not.
pub async fn until_answered(limit: Duration, address: SocketAddr, path: &str) -> Result<(), Error> {
    until(limit, || async move {
        for _ in 0..IN_A_ROW {
            let answer = probe::get(address, path).await;
            let first = answer.as_deref().and_then(|answer| answer.lines().next());
            if !first.is_some_and(|line| line.contains(" 200 ")) {
                return false;
            }
        }
        true
    })
    .await
}

/// For a moment after a reload, HAProxy's old worker takes connections of the same port: one answer may come from the new one by chance.
pub const IN_A_ROW: usize = 20;

/// True while the process of this id runs: it exists and has not ended, be it a child of this process or not.
#[must_use]
pub fn is_running(pid: u32) -> bool {
    vamp_io::process::ProcessIdentity::of(pid).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn what_is_found_is_returned() {
        let looks = Cell::new(0);
        let found = until_some(Duration::from_secs(5), || async {
            looks.set(looks.get() + 1);
            (looks.get() == 3).then_some("here")
        });
        assert_eq!(found.await.unwrap(), "here");
        assert_eq!(looks.get(), 3);
    }

    #[tokio::test]
    async fn a_state_that_does_not_come_is_an_error_after_the_limit() {
        let never = until(Duration::from_millis(30), || async { false }).await;
        assert!(matches!(never, Err(Error::TimedOut(_))));
    }

    #[tokio::test]
    async fn a_look_that_hangs_is_cut_at_the_limit() {
        let hangs = until(Duration::from_millis(30), std::future::pending).await;
        assert!(matches!(hangs, Err(Error::TimedOut(_))));
    }
}
