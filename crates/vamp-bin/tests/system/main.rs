//! The whole system: real `vamp` and `vga`, real HAProxy and etcd, real traffic from a client that never retries.
//!
//! Each test has its own directory and leased ports, so that all can run side by side.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test, as tests do")]

mod agent;
mod disk;
mod docs;
mod input;
mod kill;
mod outage;
mod packaging;
mod quiet;
mod release;
mod servers;
mod stores;
mod support;
