//! A canary release under load, played through the public API as a user would: what `cargo xtask up` shows and what the tests of
//! the whole system repeat.
//!
//! Version 1.0 of the sample `shop` is deployed behind a gateway, 2.0 is merged beside it, traffic moves 100/0 → 95/5 → 50/50 →
//! 0/100, and 1.0 is removed. A [load client](crate::load) that never retries asks the gateway all the time. Each [`StepResult`]
//! says what was configured, what was measured, what was lost and how long the change took to reach the first request.
//!
//! [`play`] only tells what happens ([`Event`]); how it is shown is up to the caller.

mod error;
mod event;
mod outcome;
mod play;
mod routed;
mod sample;
mod step;

pub use error::Error;
pub use event::Event;
pub use outcome::{Outcome, StepResult};
pub use play::{PlayOptions, Release, play};
pub use routed::RoutedAnew;
pub use sample::{CLUSTER_GATEWAY, DEPLOYMENT, Version, set_share};
pub use step::Step;
