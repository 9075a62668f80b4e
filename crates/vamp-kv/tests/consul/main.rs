//! The Consul backend against the real server.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../support/histories.rs"]
mod histories;

mod access;
mod addresses;
mod encrypted;
mod layout;
mod leases;
mod limits;
mod place;
mod restart;
mod store;
