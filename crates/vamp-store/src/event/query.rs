//! Which events are wanted.

use std::collections::BTreeSet;
use std::ops::Bound;

use jiff::Timestamp;

use super::Event;
use crate::{Page, time};

/// Which events a subscriber wants to be told of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// Tags that an event must have, all of them, letter by letter. Without any, every event is meant.
    pub tags: BTreeSet<String>,
    /// The kind that it must have, if one is given.
    pub kind: Option<String>,
}

impl EventFilter {
    /// Events with all these tags, of every kind.
    #[must_use]
    pub fn tagged(tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            tags: tags.into_iter().map(Into::into).collect(),
            kind: None,
        }
    }

    /// Whether the event, its tags being expanded, is meant.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        self.kind.as_ref().is_none_or(|kind| *kind == event.kind) && self.tags.is_subset(&event.tags)
    }
}

/// A range of time; unbounded on both sides unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// Where it begins.
    pub from: Bound<Timestamp>,
    /// Where it ends.
    pub to: Bound<Timestamp>,
}

impl Default for TimeRange {
    fn default() -> Self {
        Self {
            from: Bound::Unbounded,
            to: Bound::Unbounded,
        }
    }
}

impl TimeRange {
    /// The first and the last microsecond that are in the range.
    pub(crate) fn microseconds(self) -> (i64, i64) {
        let first = match self.from {
            Bound::Included(from) => time::microseconds_up(from),
            Bound::Excluded(from) => time::microseconds_down(from).saturating_add(1),
            Bound::Unbounded => i64::MIN,
        };
        let last = match self.to {
            Bound::Included(to) => time::microseconds_down(to),
            Bound::Excluded(to) => time::microseconds_up(to).saturating_sub(1),
            Bound::Unbounded => i64::MAX,
        };
        (first, last)
    }
}

/// A question for stored events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuery {
    /// Tags and kind that the events must have.
    pub filter: EventFilter,
    /// When they must have happened.
    pub time: TimeRange,
    /// Which part of the answer is wanted.
    pub page: Page,
}

impl Default for EventQuery {
    /// The newest 30 events.
    fn default() -> Self {
        Self {
            filter: EventFilter::default(),
            time: TimeRange::default(),
            page: Page::first(30),
        }
    }
}

/// A part of the events that were asked for: the newest come first; of those with equal times, the one that was stored last.
pub type EventPage = crate::Listing<Event>;
