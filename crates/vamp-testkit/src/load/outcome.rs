//! How a request can end.

use std::{fmt, sync::Arc, time::Instant};

/// How a client uses its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionKind {
    /// A new connection for each request.
    Fresh,
    /// Kept open, request after request.
    Busy,
    /// Kept open, with a pause between two requests.
    Idle,
}

impl fmt::Display for ConnectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fresh => "fresh",
            Self::Busy => "busy keep-alive",
            Self::Idle => "idle keep-alive",
        })
    }
}

/// Why a request counts as lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// No connection: refused, reset, or not accepted in time.
    NotConnected,
    /// The connection ended before the answer began: the request was written, or on its way.
    Unanswered,
    /// The connection ended within the answer.
    Truncated,
    /// No complete answer in time.
    TimedOut,
    /// An answer with another status than 2xx: this one.
    Status(u16),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("not connected"),
            Self::Unanswered => f.write_str("unanswered"),
            Self::Truncated => f.write_str("truncated"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Status(status) => write!(f, "status {status}"),
        }
    }
}

/// An answer as the connection saw it.
#[derive(Debug)]
pub(super) struct Answered {
    /// The header `X-Vamp-Version`; empty when the answer had none.
    pub(super) version: Arc<str>,
    /// The request was written at this time.
    pub(super) sent: Instant,
    /// The answer was complete at this time.
    pub(super) received: Instant,
    /// The answer carried `Connection: close`.
    pub(super) closes: bool,
}
