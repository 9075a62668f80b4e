use std::net::SocketAddr;

use jiff::Timestamp;
use serde::Serialize;

/// The state of the DNS responder at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DnsStatus {
    /// Where queries are taken; nothing while the port cannot be had, which is tried again.
    pub listening: Option<SocketAddr>,
    /// So many names are known.
    pub names: usize,
    /// The last failure to listen or to take queries.
    pub last_error: Option<DnsError>,
    /// What became of the queries.
    pub counters: DnsCounters,
}

/// Why queries could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DnsError {
    /// What was said, with the address.
    pub message: String,
    /// When it was said last.
    pub at: Timestamp,
}

/// What became of the queries since the agent was started. Each only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct DnsCounters {
    /// Queries for known names, those without an address of the family that was asked for included.
    pub answered: u64,
    /// Queries for other names or classes, and for zone transfers.
    pub refused: u64,
    /// What is no query, or cannot be read.
    pub invalid: u64,
    /// Queries for known names at a moment at which the address of this machine could not be found out.
    pub failed: u64,
}
