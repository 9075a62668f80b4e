//! The engine as a whole: a store in memory, a simulated platform, the real hand-over, and an agent that applies what it gets.

mod artifacts;
mod deployments;
mod gateways;
mod life;
mod outages;
mod simulation;
mod support;
