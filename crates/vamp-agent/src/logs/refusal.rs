//! What a Vamp server says to an event.

use vamp_client::{Error, ErrorKind};

/// Request Timeout, Too Early, Too Many Requests.
const LATER: [u16; 3] = [408, 425, 429];

/// Whether the same event would be refused again. A server that is too slow, or asked too often, takes it later; one event that is too large
/// cannot be made smaller.
pub(super) fn is_final(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Usage => true,
        ErrorKind::Refused => !error
            .answer()
            .is_some_and(|answer| LATER.contains(&answer.status)),
        _ => false,
    }
}
