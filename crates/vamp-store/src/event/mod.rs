//! Events: what happened, with tags to find it by.

mod check;
mod query;
mod store;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

pub use check::InvalidEvent;
pub(crate) use check::prepare;
pub use query::{EventFilter, EventPage, EventQuery, TimeRange};
pub use store::{EventStore, Subscribed, Subscription};

/// The kind of an event that names none.
pub const DEFAULT_KIND: &str = "event";

/// An event to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// The tags, at least one. Each tag with a colon adds the text before its first colon as another tag when it is stored.
    pub tags: BTreeSet<String>,
    /// The kind, [`DEFAULT_KIND`] if nothing else fits: letters, digits, `-` and `_`.
    pub kind: String,
    /// Any value; `null` for none.
    pub value: Value,
    /// When it happened; the moment of storing if none is given. It is kept in whole microseconds, rounded down.
    pub at: Option<Timestamp>,
    /// The version of the form of this event, free text; events that the server makes carry `1.0`.
    pub version: Option<String>,
}

impl NewEvent {
    /// An event of the default kind, now, without value and version.
    #[must_use]
    pub fn new(tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            tags: tags.into_iter().map(Into::into).collect(),
            kind: DEFAULT_KIND.to_owned(),
            value: Value::Null,
            at: None,
            version: None,
        }
    }

    /// The same event with this kind.
    #[must_use]
    pub fn of_kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// The same event with this value.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<Value>) -> Self {
        self.value = value.into();
        self
    }

    /// The same event with this time.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// The same event with this version of its form.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }
}

/// An event that is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The place in the order of everything that was written to the store.
    pub sequence: u64,
    /// The tags, expanded.
    pub tags: BTreeSet<String>,
    /// The kind.
    pub kind: String,
    /// The value; `null` for none.
    pub value: Value,
    /// When it happened, in whole microseconds.
    pub at: Timestamp,
    /// The version of its form, if it carries one.
    pub version: Option<String>,
}

impl Event {
    /// What tells this event from every other of the store: 16 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{:016x}", self.sequence)
    }

    /// The sequence of the event with this id; none when it is no id.
    ///
    /// ```
    /// assert_eq!(vamp_store::Event::sequence_of("000000000000002a"), Some(42));
    /// assert_eq!(vamp_store::Event::sequence_of("2a"), None);
    /// ```
    #[must_use]
    pub fn sequence_of(id: &str) -> Option<u64> {
        let digits = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        u64::from_str_radix(id, 16).ok().filter(|_| digits)
    }
}
