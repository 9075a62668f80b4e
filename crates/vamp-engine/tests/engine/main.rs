//! The engine as a whole: a store in memory, a simulated platform, the real hand-over, and an agent that applies what it gets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod artifacts;
mod clusters;
mod deployments;
mod gateway_list;
mod gateways;
mod life;
mod outages;
mod plain_text;
mod services;
mod several;
mod simulation;
mod stored;
mod support;
