//! What the body of a request for events says.

use super::context::Context;
use super::event::{self, Tags};
use super::parsed::ParsedText;
use super::place::Place;
use crate::EventQuery;
use crate::problem::Problems;
use crate::tree::{Format, Limits};

/// Reads the body of a request for events, with the default [`Limits`].
///
/// It is an [`EventQuery`] whose `tags` may be left out: events with any tags are meant.
///
/// # Errors
/// Everything that is wrong with the text.
pub fn read_event_request(text: &str, format: Format) -> Result<EventQuery, Problems> {
    read_event_request_with(text, format, &Limits::default())
}

/// Reads the body of a request for events within the limits given.
///
/// # Errors
/// As [`read_event_request`].
pub fn read_event_request_with(text: &str, format: Format, limits: &Limits) -> Result<EventQuery, Problems> {
    ParsedText::parse(text, format, limits)?.read_event_request()
}

pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<EventQuery> {
    event::read_query(context, place, Tags::Optional)
}
