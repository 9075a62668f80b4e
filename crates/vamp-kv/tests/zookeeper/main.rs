//! The ZooKeeper backend against the real server.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod place;
mod suites;
