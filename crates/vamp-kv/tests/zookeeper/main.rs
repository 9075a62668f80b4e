//! The ZooKeeper backend against the real server.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "../support/histories.rs"]
mod histories;

mod connecting;
mod expiry;
mod layout;
mod leases;
mod moments;
mod place;
mod slow;
mod suites;
mod users;
