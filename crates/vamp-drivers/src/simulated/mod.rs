//! A platform in memory, for tests: instances that only seem to run, delays and failures that a test sets.
//!
//! Time is tokio's: with a paused clock everything happens in the same order each time, without waiting. Without delays
//! everything has happened when a call returns.

mod backend;
mod faults;
mod state;

pub use backend::{SimulatedDriver, SimulatedOptions};
pub use faults::{Calls, Operation};
