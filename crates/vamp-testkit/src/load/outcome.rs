//! How a request can end.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// How a client uses its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionKind {
    /// A new connection for each request.
    Fresh,
    /// Kept open, request after request.
    Busy,
    /// Kept open, with a pause between two requests.
    Idle,
    /// A websocket; its requests are messages, and the answers their echoes.
    Websocket,
}

impl fmt::Display for ConnectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fresh => "fresh",
            Self::Busy => "busy keep-alive",
            Self::Idle => "idle keep-alive",
            Self::Websocket => "websocket",
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

/// The circumstances of a lost request: what tells a close that came with a reload from one that came with a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// How the connection was used.
    pub kind: ConnectionKind,
    /// Why the request counts as lost.
    pub loss: Loss,
    /// The time from the start of the client until it knew.
    pub after: Duration,
    /// How many requests the same connection had answered before.
    pub answered_before: u64,
    /// How long the connection had been open without an answer when the client knew: since its last answer, or since it was opened.
    pub quiet: Duration,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            loss,
            after,
            answered_before,
            quiet,
        } = self;
        write!(
            f,
            "{loss} ({kind}) at {after:.3?}, on a connection with {answered_before} answers, {quiet:.3?} after the last"
        )
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
