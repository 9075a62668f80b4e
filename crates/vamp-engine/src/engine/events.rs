//! Events that users publish.

use vamp_store::{Event, NewEvent};

use crate::code::{EVENT_TYPE, EVENT_WITHOUT_TAGS};
use crate::shared::Shared;
use crate::{Error, ErrorKind, Problem, Result};

pub(super) async fn publish(shared: &Shared, event: NewEvent) -> Result<Event> {
    const OPERATION: &str = "publish";
    if event.tags.is_empty() {
        let message = "Publishing an event without tags is not allowed.";
        let problem = Problem::new(EVENT_WITHOUT_TAGS, message).at(["tags"]);
        return Err(Error::invalid(OPERATION, "event", vec![problem]));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if event.kind.is_empty() || !event.kind.chars().all(plain) {
        let message = format!(
            "Unsupported event type '{}', only alphanumerics, '-' and '_' are allowed.",
            event.kind
        );
        let problem = Problem::new(EVENT_TYPE, message).at(["type"]);
        return Err(Error::invalid(OPERATION, "event", vec![problem]));
    }
    let stored = shared.parts.events.append(vec![event]).await;
    let mut stored = stored.map_err(|error| Error::of_store(OPERATION, "event", error))?;
    stored
        .pop()
        .map(std::sync::Arc::unwrap_or_clone)
        .ok_or_else(|| Error::new(ErrorKind::Internal, OPERATION, "event"))
}
