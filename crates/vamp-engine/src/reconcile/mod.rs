//! Reconciliation: what is wanted, what is there, and what follows.
//!
//! [`plan`] decides and does nothing; a shell around it looks, carries out, and writes down what it learned.

mod desired;
mod plan;
mod state;

pub use desired::{Desired, Observed, Traffic};
pub use plan::{Command, Milestone, Moment, Plan, Step, plan};
pub use state::State;

pub(crate) use plan::notification;
pub(crate) use state::StoredStates;
