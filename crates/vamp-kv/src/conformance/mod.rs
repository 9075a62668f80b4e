//! What every backend is held to, for backends written elsewhere too.
//!
//! [`run_all`] plays each case below a key of its own. [`outages::run_all`] does so while the server behind the store is
//! killed, frozen and started again; whoever calls it hands in a [`Server`](outages::Server) that can do that.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use vamp_kv::conformance::{Claims, run_all};
//! use vamp_kv::memory::MemoryStore;
//!
//! let claims = Claims { guard: true, lease: true, ..Claims::default() };
//! run_all(&MemoryStore::new(), &"/conformance".parse()?, claims).await?;
//! # Ok(()) }
//! ```

/// Returns a failure of the case unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($said:tt)+) => {
        if !$condition {
            return Err($crate::conformance::Failure::new(format!($($said)+)));
        }
    };
}

mod basics;
mod conditions;
mod leases;
pub mod outages;
mod watches;
mod watching;

use futures::future::BoxFuture;
pub use watching::Watcher;

use crate::{Key, KeyValueStore};

/// What a backend has to be able to do at the least, so that a capability that gets lost does not silence its cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claims {
    /// [`Capabilities::guard`](crate::Capabilities::guard).
    pub guard: bool,
    /// [`Capabilities::lease`](crate::Capabilities::lease).
    pub lease: bool,
    /// [`Capabilities::durable`](crate::Capabilities::durable).
    pub durable: bool,
    /// [`Capabilities::every_change`](crate::Capabilities::every_change).
    pub every_change: bool,
    /// The least that [`Capabilities::max_value`](crate::Capabilities::max_value) may be, in bytes.
    pub max_value: usize,
}

/// Why a backend failed a case.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    /// A failure in these words.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<crate::InvalidKey> for Failure {
    fn from(error: crate::InvalidKey) -> Self {
        Self(error.to_string())
    }
}

/// What a case returns.
pub type Outcome = Result<(), Failure>;

/// The cases that a backend failed, with the reasons.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(|(case, failure)| format!("{case}: {failure}")).collect::<Vec<_>>().join("\n"))]
pub struct Violations(pub Vec<(&'static str, Failure)>);

type Case = for<'a> fn(&'a dyn KeyValueStore, &'a Key) -> BoxFuture<'a, Outcome>;

macro_rules! cases {
    ($($module:ident :: $case:ident),+ $(,)?) => {
        [$((stringify!($case), (|store, base| Box::pin($module::$case(store, base))) as Case)),+]
    };
}

/// Plays every case, side by side, each below a key of its own under `base`. What is there before does not matter, except that
/// nothing else may write below `base` meanwhile.
///
/// # Errors
/// The cases that failed, all of them.
pub async fn run_all(store: &dyn KeyValueStore, base: &Key, claims: Claims) -> Result<(), Violations> {
    let can = store.capabilities();
    let mut cases: Vec<(&'static str, Case)> = Vec::new();
    cases.extend(cases![
        basics::absent_is_an_answer,
        basics::a_value_comes_back_as_it_was_written,
        basics::a_key_can_have_a_value_and_keys_below_it,
        basics::a_listing_is_ordered_and_ends_with_its_segment,
        basics::a_listing_can_be_larger_than_one_value,
        basics::segments_of_any_characters_are_kept_apart,
        basics::values_over_the_limit_are_refused_before_they_are_sent,
        conditions::only_the_first_of_many_writes_an_absent_key,
        conditions::a_version_is_good_for_one_write,
        conditions::no_increment_is_lost,
        conditions::values_that_belong_together_come_in_their_order,
        watches::a_watch_begins_with_a_listing_and_goes_on_with_changes,
        watches::a_watch_tells_of_its_own_keys_only,
        watches::nothing_falls_between_listing_and_changes,
        watches::a_slow_reader_gets_the_last_value,
    ]);
    if can.guard {
        cases.extend(cases![conditions::a_guard_that_does_not_hold_stops_the_write]);
    }
    if can.lease {
        cases.extend(cases![
            leases::a_lease_that_is_not_kept_takes_its_keys_away,
            leases::a_lease_that_is_kept_goes_on,
            leases::a_revoked_lease_is_gone_at_once,
            leases::a_write_without_lease_sets_a_key_free,
        ]);
    }
    let played = cases.into_iter().map(|(name, case)| async move {
        let outcome = match base.join(name) {
            Ok(place) => case(store, &place).await,
            Err(error) => Err(error.into()),
        };
        outcome.err().map(|failure| (name, failure))
    });
    let mut violations: Vec<_> = futures::future::join_all(played)
        .await
        .into_iter()
        .flatten()
        .collect();
    violations.extend(claims.missing_in(can));
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Violations(violations))
    }
}

impl Claims {
    fn missing_in(self, can: crate::Capabilities) -> Option<(&'static str, Failure)> {
        let holds = can.guard >= self.guard
            && can.lease >= self.lease
            && can.durable >= self.durable
            && can.every_change >= self.every_change
            && can.max_value.is_none_or(|limit| limit >= self.max_value);
        (!holds).then(|| {
            (
                "claims",
                Failure::new(format!("{self:?} is claimed, {can:?} is there")),
            )
        })
    }
}
