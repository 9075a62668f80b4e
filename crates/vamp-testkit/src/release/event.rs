//! What happens during a release.

use super::{outcome::StepResult, step::Step};
use crate::load::Snapshot;

/// Something that happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A step began.
    Began(Step),
    /// Instances of the versions 1.0 and 2.0: ready ones and all.
    Instances {
        /// Ready and all instances of 1.0.
        first: (usize, usize),
        /// Ready and all instances of 2.0.
        second: (usize, usize),
    },
    /// What has been counted since the change of the step took effect, and in all.
    Counted {
        /// Since the change of this step took effect, or since the step began.
        window: Snapshot,
        /// Since the load client was started.
        total: Snapshot,
    },
    /// A step is done.
    Done(StepResult),
}
