use std::ops::Bound;

use indexmap::IndexSet;
use jiff::Timestamp;

use super::{Aggregator, InvalidTimeExpression, TimeExpression};

/// A question for events: those that meet everything given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventQuery {
    /// Tags that an event must have, all of them. Empty for every event.
    pub tags: IndexSet<String>,
    /// The type that an event must have. A text that no event can have as its type finds none.
    pub kind: Option<String>,
    /// When an event must have happened.
    pub time: TimeRange,
    /// The number that is wanted in place of the events.
    pub aggregator: Option<Aggregator>,
}

/// A range of time in words; unbounded on both sides unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeRange {
    /// Where it begins: `gte` (included) or `gt`.
    pub from: Bound<TimeExpression>,
    /// Where it ends: `lte` (included) or `lt`.
    pub to: Bound<TimeExpression>,
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
    /// Whether every moment is in the range.
    #[must_use]
    pub fn is_unbounded(&self) -> bool {
        *self == Self::default()
    }

    /// The moments of the range, now being `now`.
    ///
    /// A bound may mean a stretch of time, such as a day: `gte` and `lt` mean its beginning, `gt` and `lte` its end.
    ///
    /// ```
    /// use std::ops::RangeBounds as _;
    /// use vamp_model::{EventQuery, Format, read};
    ///
    /// let query: EventQuery = read("{tags: a, timestamp: {lte: 2031-04-05}}", Format::Yaml)?;
    /// let range = query.time.resolve("2031-06-01T00:00:00Z".parse()?)?;
    /// assert!(range.contains(&"2031-04-05T23:59:59.999Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A bound that is no time.
    pub fn resolve(
        &self,
        now: Timestamp,
    ) -> Result<(Bound<Timestamp>, Bound<Timestamp>), InvalidTimeExpression> {
        let from = match &self.from {
            Bound::Included(from) => Bound::Included(from.resolve(now)?.0),
            Bound::Excluded(from) => match from.resolve(now)? {
                (moment, None) => Bound::Excluded(moment),
                (_, Some(end)) => Bound::Included(end),
            },
            Bound::Unbounded => Bound::Unbounded,
        };
        let to = match &self.to {
            Bound::Included(to) => match to.resolve(now)? {
                (moment, None) => Bound::Included(moment),
                (_, Some(end)) => Bound::Excluded(end),
            },
            Bound::Excluded(to) => Bound::Excluded(to.resolve(now)?.0),
            Bound::Unbounded => Bound::Unbounded,
        };
        Ok((from, to))
    }
}
