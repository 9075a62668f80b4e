//! The list of cases.

use futures::future::BoxFuture;

use super::{
    Outcome, basics, bindings, changes, conditions, guards, keys, leases, limits, listings, outages, rounds,
    together, values, watches,
};
use crate::{Key, KeyValueStore};

type Play = for<'a> fn(&'a dyn KeyValueStore, &'a Key) -> BoxFuture<'a, Outcome>;

/// What a store must be able to do for a case to be played.
#[derive(Debug, Clone, Copy)]
pub(super) enum Needs {
    Nothing,
    Guard,
    Lease,
    /// Leases that are kept in time, or whose end is waited for.
    LeaseOnTime,
    GuardAndLease,
}

/// One case.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) needs: Needs,
    pub(super) play: Play,
}

macro_rules! cases {
    ($($needs:ident { $($module:ident: [$($case:ident),+ $(,)?]),+ $(,)? })+) => {
        vec![$($($(Case {
            name: stringify!($case),
            needs: Needs::$needs,
            play: |store, base| Box::pin($module::$case(store, base)),
        }),+),+),+]
    };
}

/// The names of all cases: those of [`run_all`](super::run_all), then those of [`outages::run_all`].
pub fn names() -> impl Iterator<Item = &'static str> {
    let cases = all().into_iter().map(|case| case.name);
    cases.chain(outages::names())
}

/// All that [`run_all`](super::run_all) plays, by what they need.
pub(super) fn all() -> Vec<Case> {
    cases! {
        LeaseOnTime {
            leases: [
                a_lease_that_is_not_kept_takes_its_keys_away,
                a_lease_that_is_kept_goes_on,
                a_revoked_lease_is_gone_at_once,
                a_write_without_lease_sets_a_key_free,
            ],
        }
        Lease {
            bindings: [
                leases_are_never_the_same,
                a_lease_that_never_was_is_told,
                a_lease_takes_its_own_keys_only,
                many_keys_go_with_one_lease,
                a_key_written_again_under_its_lease_goes_with_it,
                a_key_bound_to_another_lease_goes_with_that,
                a_free_key_can_be_bound_to_a_lease,
                a_key_made_again_is_free_of_its_old_lease,
                a_bound_key_takes_conditions_as_every_other,
                a_watch_tells_which_keys_went_with_a_lease,
            ],
        }
        Nothing {
            basics: [
                absent_is_an_answer,
                a_value_comes_back_as_it_was_written,
                a_key_can_have_a_value_and_keys_below_it,
                a_listing_is_ordered_and_ends_with_its_segment,
                a_listing_can_be_larger_than_one_value,
                segments_of_any_characters_are_kept_apart,
                values_over_the_limit_are_refused_before_they_are_sent,
            ],
            values: [
                an_empty_value_is_a_value,
                values_of_zero_bytes_are_kept,
                a_value_that_is_no_text_is_kept,
                a_value_that_looks_encoded_is_kept,
                an_equal_value_written_again_has_a_new_version,
                a_key_made_again_never_has_an_old_version,
                writes_to_different_keys_at_once_all_arrive,
                of_writes_to_one_key_at_once_one_is_left,
                of_deletes_at_once_one_finds_the_key,
            ],
            limits: [
                a_value_at_the_limit_is_kept,
                no_write_takes_a_value_over_the_limit,
                a_long_segment_is_kept,
                a_deep_key_is_kept,
                a_listing_of_many_keys_is_whole,
            ],
            keys: [
                a_name_that_looks_encoded_is_not_decoded,
                letters_of_either_case_are_different,
                letters_outside_of_ascii_are_kept_as_they_are,
                a_name_that_stores_may_refuse_is_kept_or_told,
                spaces_around_a_name_belong_to_it,
                dots_in_a_name_mean_nothing,
                signs_of_urls_and_shells_mean_nothing,
                names_that_stores_use_themselves_are_ordinary,
                names_that_begin_alike_are_different,
                a_key_above_a_written_one_is_absent,
                a_key_stays_when_the_last_below_it_goes,
                keys_can_be_made_again_below_a_deleted_one,
            ],
            listings: [
                a_listing_of_nothing_beside_names_that_begin_alike_is_empty,
                a_listing_of_a_key_with_nothing_below_it_is_that_key,
                a_listing_has_no_deleted_keys,
                a_listing_has_the_versions_that_reads_have,
                a_listing_while_others_write_has_every_key_that_stays,
                a_listing_is_of_one_moment,
            ],
            conditions: [
                only_the_first_of_many_writes_an_absent_key,
                a_version_is_good_for_one_write,
                no_increment_is_lost,
                values_that_belong_together_come_in_their_order,
            ],
            rounds: [
                a_conditional_write_gives_the_version_that_is_read,
                a_version_of_an_absent_key_holds_never,
                absence_holds_again_after_a_delete,
                a_refused_write_changes_neither_value_nor_version,
                a_plain_write_makes_the_version_before_stale,
                of_sixteen_writers_one_wins_each_round,
                a_delete_ends_the_version_that_a_writer_holds,
            ],
            together: [
                many_values_written_together_are_all_there,
                values_written_together_can_be_larger_than_one_value,
                what_is_there_is_not_written_over_by_values_together,
                values_together_that_are_refused_leave_the_last_as_it_was,
                values_together_with_nothing_beside_are_a_conditional_write,
            ],
            watches: [
                a_watch_begins_with_a_listing_and_goes_on_with_changes,
                a_watch_tells_of_its_own_keys_only,
                nothing_falls_between_listing_and_changes,
                a_slow_reader_gets_the_last_value,
            ],
            changes: [
                a_watch_of_one_key_begins_with_its_value,
                a_watch_of_nothing_begins_with_an_empty_listing,
                a_watch_begins_when_it_is_read,
                a_watch_tells_a_key_that_goes_and_comes_again,
                a_watch_tells_versions_that_hold,
                a_watch_tells_an_equal_value_that_was_written_again,
                a_watch_does_not_tell_a_write_that_was_refused,
                a_watch_tells_values_of_any_bytes,
                a_watch_tells_the_largest_value,
                a_watch_tells_names_of_any_characters,
                a_thousand_changes_at_once_end_in_the_exact_state,
                several_watches_end_in_the_same_state,
                a_watch_that_is_opened_again_lists_what_is_there,
                a_watch_of_many_keys_lists_them_all,
                a_watch_that_is_read_tells_each_change_of_all_keys_in_order,
            ],
        }
        Guard {
            conditions: [
                a_guard_that_does_not_hold_stops_the_write,
            ],
            guards: [
                a_guard_that_holds_lets_every_write_pass,
                a_guard_with_another_value_stops_a_write,
                a_guard_that_was_written_again_with_its_value_stops_a_write,
                a_guard_that_was_deleted_and_made_again_stops_a_write,
                a_guard_that_never_was_stops_a_write,
                a_guard_counts_for_values_written_together,
            ],
        }
        GuardAndLease {
            guards: [
                a_guard_ends_with_its_lease,
            ],
        }
    }
}
