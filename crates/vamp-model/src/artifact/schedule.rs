use indexmap::IndexSet;

use crate::{OffsetDateTime, Period};

/// When a workflow runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule {
    /// Always.
    Daemon,
    /// Once for each event that has all these tags; without tags, for each event.
    Event {
        /// The tags, in the order written.
        tags: IndexSet<String>,
    },
    /// Again and again.
    Time {
        /// The time from one run to the next.
        period: Period,
        /// How many times; absent for ever.
        repeat: Option<i32>,
        /// When it begins; absent for at once.
        start: Option<OffsetDateTime>,
    },
}
