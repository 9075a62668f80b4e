//! The hand-over through each store: what a server publishes is what an agent gets.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../support/counting.rs"]
mod counting;

mod agents;
mod following;
mod gateway_list;
mod large;
mod outage;
mod place;
mod publishing;
