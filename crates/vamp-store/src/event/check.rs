//! What an event must be like, and what becomes of it on its way into a store.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Event, NewEvent};
use crate::{Error, ErrorKind, MAX_BYTES, Result, time};

/// Why an event cannot be stored; the source of an error of kind [`Invalid`](crate::ErrorKind::Invalid).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEvent {
    /// It has no tag.
    #[error("Publishing an event without tags is not allowed.")]
    NoTags,
    /// Its kind has characters that a kind must not have, or is empty.
    #[error("Unsupported event type '{0}', only alphanumerics, '-' and '_' are allowed.")]
    Kind(String),
}

/// The event as it is stored, at this place of the order, and its value as JSON text.
pub(crate) fn prepare(event: NewEvent, sequence: u64, now: Timestamp) -> Result<(Event, String)> {
    let invalid = |why: InvalidEvent| Error::new(ErrorKind::Invalid, "store", "event").because(why);
    if event.tags.is_empty() {
        return Err(invalid(InvalidEvent::NoTags));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if event.kind.is_empty() || !event.kind.chars().all(allowed) {
        return Err(invalid(InvalidEvent::Kind(event.kind)));
    }
    let at = event.at.unwrap_or(now);
    let tags = expanded(event.tags);
    let value = event.value.to_string();
    if value.len() + tags.iter().map(String::len).sum::<usize>() > MAX_BYTES {
        return Err(Error::new(
            ErrorKind::TooLarge { limit: MAX_BYTES },
            "store",
            "event",
        ));
    }
    let event = Event {
        sequence,
        tags,
        kind: event.kind,
        value: event.value,
        at: time::whole_microseconds(at),
        version: event.version,
    };
    Ok((event, value))
}

/// Each tag, and of each tag with a colon the part before its first colon.
fn expanded(mut tags: BTreeSet<String>) -> BTreeSet<String> {
    let parts: Vec<String> = tags
        .iter()
        .filter_map(|tag| tag.split_once(':').map(|(part, _)| part.to_owned()))
        .collect();
    tags.extend(parts);
    tags
}
