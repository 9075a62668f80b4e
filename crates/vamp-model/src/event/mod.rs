//! Events: what has happened, and questions for it.

mod aggregator;
mod event_type;
mod query;
mod tags;
mod time_expression;

use indexmap::IndexSet;
use serde_json::Value;

pub use aggregator::{Aggregation, Aggregator, InvalidAggregation};
pub use event_type::{EventType, InvalidEventType};
pub use query::{EventQuery, TimeRange};
pub use tags::expand_tags;
pub use time_expression::{InvalidTimeExpression, TimeExpression};

use crate::OffsetDateTime;

/// Something that has happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Names the event among all. The store gives it; what is read has none.
    pub id: Option<String>,
    /// The version of the form of [`value`](Self::value).
    pub version: Option<String>,
    /// What it is about, at least one tag, in the order written.
    pub tags: IndexSet<String>,
    /// What it says; null is absent.
    pub value: Option<Value>,
    /// When it happened; where absent, whoever takes the event says when that is.
    pub timestamp: Option<OffsetDateTime>,
    /// The sort of event.
    pub kind: EventType,
    /// A checksum that some producers store with the event; what is read has none.
    pub digest: Option<String>,
}

impl Event {
    /// An event of the usual type that says nothing but its tags, of which there is at least one.
    #[must_use]
    pub fn tagged<T: Into<String>>(tags: impl IntoIterator<Item = T>) -> Self {
        Self {
            id: None,
            version: None,
            tags: tags.into_iter().map(Into::into).collect(),
            value: None,
            timestamp: None,
            kind: EventType::default(),
            digest: None,
        }
    }
}
