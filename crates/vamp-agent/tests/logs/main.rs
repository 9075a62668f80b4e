//! Log lines from the sockets to the sinks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking and says why, its helpers too"
)]

mod elasticsearch;
mod events;
mod outages;
mod real_elasticsearch;
mod rsyslog;
mod sinks;
mod spool;
mod support;
mod unconfirmed;
