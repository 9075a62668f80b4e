//! What every backend is held to, for backends written elsewhere too.
//!
//! [`run_all`] plays each case in a store of its own, which whoever calls it opens in a [`Place`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use vamp_io::clock::Clock;
//! use vamp_store::conformance::{Claims, Place, run_all};
//! use vamp_store::memory::MemoryStore;
//! use vamp_store::{Store, StoreOptions};
//!
//! #[derive(Debug)]
//! struct Memory;
//!
//! #[async_trait::async_trait]
//! impl Place for Memory {
//!     async fn open(&self, _name: &str, options: StoreOptions, clock: Arc<dyn Clock>) -> vamp_store::Result<Box<dyn Store>> {
//!         Ok(Box::new(MemoryStore::with_options(options, clock)))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let claims = Claims { transactions: true, history: true, ..Claims::default() };
//! run_all(&Memory, claims).await?;
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

mod artifacts;
mod batches;
mod durability;
mod events;
mod limits;
mod queries;
mod revisions;
mod room;
mod subscriptions;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use vamp_io::clock::Clock;

use self::room::Room;
use crate::{Capabilities, Store, StoreOptions};

/// Where stores of a backend are opened.
#[async_trait]
pub trait Place: Debug + Send + Sync {
    /// Opens the store of this name with these limits. It is empty when it is opened for the first time. When it was opened
    /// before, and dropped, it has what it had, if the backend is durable.
    async fn open(
        &self,
        name: &str,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
    ) -> crate::Result<Box<dyn Store>>;
}

/// What a backend has to be able to do at the least, so that a capability that gets lost does not silence its cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claims {
    /// [`Capabilities::durable`].
    pub durable: bool,
    /// [`Capabilities::transactions`].
    pub transactions: bool,
    /// [`Capabilities::history`].
    pub history: bool,
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

/// What a case returns.
pub type Outcome = Result<(), Failure>;

/// The cases that a backend failed, with the reasons.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(|(case, failure)| format!("{case}: {failure}")).collect::<Vec<_>>().join("\n"))]
pub struct Violations(pub Vec<(&'static str, Failure)>);

type Case = for<'a> fn(Room<'a>) -> BoxFuture<'a, Outcome>;

macro_rules! cases {
    ($($module:ident :: $case:ident),+ $(,)?) => {
        [$((stringify!($case), (|room| Box::pin($module::$case(room))) as Case)),+]
    };
}

/// Plays every case, side by side, each in a store of its own.
///
/// # Errors
/// The cases that failed, all of them.
pub async fn run_all(place: &dyn Place, claims: Claims) -> Result<(), Violations> {
    let can = match Room::new(place, "capabilities").open().await {
        Ok(store) => store.capabilities(),
        Err(failure) => return Err(Violations(vec![("capabilities", failure)])),
    };
    let mut cases: Vec<(&'static str, Case)> = Vec::new();
    cases.extend(cases![
        artifacts::absent_is_an_answer,
        artifacts::an_artifact_comes_back_as_it_was_written,
        artifacts::kinds_and_names_of_any_characters_are_kept_apart,
        artifacts::a_listing_is_ordered_by_the_bytes_of_the_names,
        artifacts::a_page_is_a_part_of_the_listing,
        artifacts::artifacts_are_counted_by_kind,
        revisions::revisions_count_per_artifact_and_the_sequence_counts_all,
        revisions::the_same_content_makes_no_revision,
        revisions::a_deleted_artifact_takes_no_revision_into_its_next_life,
        revisions::what_is_expected_must_hold,
        revisions::only_the_first_of_many_makes_an_artifact,
        revisions::no_increment_is_lost,
        events::tags_are_expanded_at_their_first_colon,
        events::an_event_comes_back_as_it_was_published,
        events::an_event_without_tags_is_refused,
        events::the_characters_of_a_kind_are_limited,
        events::every_event_has_an_id_of_its_own,
        events::events_of_one_call_are_stored_all_or_none,
        queries::all_tags_must_be_there_letter_by_letter,
        queries::only_events_of_the_kind_are_found,
        queries::the_newest_come_first_and_of_equal_times_the_last_stored,
        queries::both_ends_of_a_range_are_taken_at_their_word,
        queries::a_page_past_the_end_is_empty_and_knows_the_total,
        queries::what_was_missed_comes_in_the_order_of_the_store,
        queries::every_combination_of_filters_agrees_with_a_plain_look,
        subscriptions::subscribers_are_told_what_they_asked_for_in_order,
        subscriptions::nothing_before_the_subscription_is_told,
        subscriptions::a_slow_subscriber_is_told_how_much_it_missed,
        subscriptions::refused_events_are_not_told,
        subscriptions::a_subscription_ends_with_its_store,
        limits::the_oldest_events_of_a_kind_go_first,
        limits::the_oldest_of_all_events_go_first,
        limits::what_is_too_large_is_refused,
    ]);
    if can.transactions {
        cases.extend(cases![
            batches::a_batch_happens_as_a_whole,
            batches::nothing_of_a_batch_happens_when_one_write_is_refused,
            batches::nothing_of_a_batch_happens_when_one_event_is_refused,
            batches::a_write_sees_those_before_it_in_its_batch,
            batches::the_events_of_a_batch_that_changes_nothing_are_stored,
            batches::readers_see_whole_batches,
        ]);
    }
    if can.history {
        cases.extend(cases![
            revisions::the_history_has_every_revision_and_deletion,
            limits::the_oldest_revisions_go_first_and_the_present_stays,
            limits::a_write_can_do_without_history,
        ]);
    }
    if can.durable {
        cases.extend(cases![
            durability::everything_is_there_after_a_restart,
            durability::revisions_and_sequence_go_on_after_a_restart,
            durability::limits_hold_after_a_restart,
        ]);
    }
    let played = cases
        .into_iter()
        .map(|(name, case)| async move { Some((name, case(Room::new(place, name)).await.err()?)) });
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
    fn missing_in(self, can: Capabilities) -> Option<(&'static str, Failure)> {
        let holds = can.durable >= self.durable
            && can.transactions >= self.transactions
            && can.history >= self.history;
        let missing = || Failure::new(format!("{self:?} is claimed, {can:?} is there"));
        (!holds).then(|| ("claims", missing()))
    }
}
