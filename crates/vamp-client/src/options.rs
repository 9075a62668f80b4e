//! How calls are made.

use std::time::Duration;

/// Settings of a client.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// How long a connection may take. Default: 3 s.
    pub connect_timeout: Duration,
    /// How long a request and its answer may take; does not hold for event streams. Default: 30 s.
    pub request_timeout: Duration,
    /// How long an event stream may be silent before it counts as broken. The server sends a sign of life every 15 s unless it
    /// is told otherwise. Default: 45 s.
    pub silence: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            request_timeout: Duration::from_secs(30),
            silence: Duration::from_secs(45),
        }
    }
}

/// The revision of an artifact: its number, counted per artifact from 1. It travels as `ETag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub u64);

impl Revision {
    /// The value of an `ETag` header.
    pub(crate) fn from_etag(text: &str) -> Option<Self> {
        let text = text.strip_prefix("W/").unwrap_or(text);
        text.trim_matches('"').parse().ok().map(Self)
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// In which state an artifact must be for a change to happen; otherwise the call fails with
/// [`ErrorKind::PreconditionFailed`](crate::ErrorKind::PreconditionFailed) and nothing is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precondition {
    /// In any.
    #[default]
    Anything,
    /// It exists.
    Present,
    /// It does not exist.
    Absent,
    /// It has this revision: nobody has changed it since it was read.
    Revision(Revision),
}

/// How a change is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Change {
    /// Only say what would happen; change nothing.
    pub validate_only: bool,
    /// The state that is demanded.
    pub precondition: Precondition,
}

impl Change {
    /// Do it.
    #[must_use]
    pub const fn apply() -> Self {
        Self {
            validate_only: false,
            precondition: Precondition::Anything,
        }
    }

    /// Only say what would happen.
    #[must_use]
    pub const fn validate() -> Self {
        Self {
            validate_only: true,
            precondition: Precondition::Anything,
        }
    }

    /// Do it if the artifact still has this revision.
    #[must_use]
    pub const fn if_revision(revision: Revision) -> Self {
        Self {
            validate_only: false,
            precondition: Precondition::Revision(revision),
        }
    }
}
