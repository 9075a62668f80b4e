//! Log lines from the sockets to the sinks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking and says why, its helpers too"
)]

mod outages;
mod sinks;
mod support;
