use std::fmt;
use std::str::FromStr;

use crate::text_form;

/// The sort of an event, one or more of `A`-`Z`, `a`-`z`, `0`-`9`, `-` and `_`; `event` unless it says otherwise.
///
/// Well known are `event`, `archive`, `synchronization`, `health`, `metrics` and `allocation`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventType(String);

impl EventType {
    /// The type of events that name none.
    pub const DEFAULT: &'static str = "event";

    /// The text of the type.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for EventType {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

/// A text that is no type of an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Unsupported event type '{0}', only alphanumerics, '-' and '_' are allowed.")]
pub struct InvalidEventType(pub String);

impl FromStr for EventType {
    type Err = InvalidEventType;

    fn from_str(text: &str) -> Result<Self, InvalidEventType> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.is_empty() || !text.bytes().all(allowed) {
            return Err(InvalidEventType(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde_core::Serialize for EventType {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde_core::Deserialize<'de> for EventType {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::deserialize(deserializer, "an event type of letters, digits, `-` and `_`")
    }
}
