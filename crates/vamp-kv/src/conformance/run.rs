//! Playing the cases.

use std::time::Duration;

use futures::StreamExt as _;

use super::cases::{Case, Needs, all};
use super::{Claims, Failure, Outcome, Violations};
use crate::{Key, KeyValueStore};

/// The environment variable that names the only case to be played, for whoever looks into a failure.
pub const CASE: &str = "VAMP_CONFORMANCE_CASE";

/// The limit of one case. Stores take up to a minute to end a lease, and machines are slow.
const LIMIT: Duration = Duration::from_secs(180);

/// How many cases are played side by side.
const AT_ONCE: usize = 16;

/// Plays the cases of what the store can, side by side, each below a key of its own under `base`. What is there before is removed;
/// nothing else may write below `base` meanwhile.
///
/// # Errors
/// The cases that failed, all of them, and where the store is not as it is said to be.
pub async fn run_all(store: &dyn KeyValueStore, base: &Key, claims: Claims) -> Result<(), Violations> {
    let can = store.capabilities();
    let mut violations = claims.violated_by(can);
    let only = only()?;
    let cases = all().into_iter().filter(|case| {
        let possible = match case.needs {
            Needs::Nothing => true,
            Needs::Guard => can.guard,
            Needs::Lease | Needs::LeaseOnTime => can.lease,
            Needs::GuardAndLease => can.guard && can.lease,
        };
        possible && only.as_deref().is_none_or(|only| only == case.name)
    });
    // A lease that has to be kept in time is not for a store that is busy with everything else.
    let (on_time, others): (Vec<_>, Vec<_>) =
        cases.partition(|case| matches!(case.needs, Needs::LeaseOnTime));
    for cases in [on_time, others] {
        let played = cases.into_iter().map(|case| async move {
            let outcome = tokio::time::timeout(LIMIT, play(store, base, &case)).await;
            let outcome =
                outcome.unwrap_or_else(|_| Err(Failure::new(format!("not at its end after {LIMIT:?}"))));
            outcome.err().map(|failure| (case.name, failure))
        });
        let played = futures::stream::iter(played).buffer_unordered(AT_ONCE);
        // All cases are one task: the budget that tokio gives a task would run out at the same watches each time.
        let failed: Vec<_> = tokio::task::unconstrained(played.collect()).await;
        violations.extend(failed.into_iter().flatten());
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Violations(violations))
    }
}

async fn play(store: &dyn KeyValueStore, base: &Key, case: &Case) -> Outcome {
    let place = base.join(case.name)?;
    for entry in store.list(&place).await? {
        store.delete(&entry.key).await?;
    }
    // A store in memory never waits, so that cases could end one after the other before the watch of another is read.
    tokio::task::yield_now().await;
    (case.play)(store, &place).await
}

/// The only case to be played, if there is one.
pub(super) fn only() -> Result<Option<String>, Violations> {
    let Some(only) = std::env::var(CASE).ok().filter(|only| !only.is_empty()) else {
        return Ok(None);
    };
    if super::names().any(|name| name == only) {
        Ok(Some(only))
    } else {
        let failure = Failure::new(format!("there is no case '{only}'"));
        Err(Violations(vec![(CASE, failure)]))
    }
}
