//! From the JSON of a line to a record.
//!
//! HAProxy writes the keys in the order of the format and without white space: [`written`] reads just that, and gives up at the first byte that is
//! otherwise. [`object`] reads any JSON object and says what is wrong with it.

mod cursor;
mod object;
mod scalar;
mod written;

use super::LogRecord;

/// Why a text that begins like a record is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {reason}")]
#[non_exhaustive]
pub struct Broken {
    /// Where reading stopped, in bytes from the opening brace.
    pub offset: usize,
    /// What is wrong there.
    pub reason: BrokenReason,
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrokenReason {
    /// The line ends before the record does: HAProxy or syslog has cut it.
    #[error("the line ends here, before the record does")]
    Cut,
    /// Something else should stand here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A key of the format is missing.
    #[error("the record has no \"{0}\"")]
    Missing(&'static str),
    /// A value of another kind or out of its range.
    #[error("\"{0}\" has a value that HAProxy does not write")]
    Value(&'static str),
}

/// Reads a record from a text that begins with `{`.
pub(super) fn record(text: &str) -> Result<LogRecord<'_>, Broken> {
    match written::record(text) {
        Some(record) => Ok(record),
        None => object::record(text),
    }
}
