//! Local processes: the suite that every driver is held to, and what is special about them.

#![cfg(all(feature = "process", feature = "conformance"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod bench;
mod conformance;
mod ending;
mod environment;
mod health;
mod program;
mod surviving;
