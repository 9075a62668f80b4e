//! What came of a release.

use std::time::Duration;

use super::{sample::Version, step::Step};
use crate::load::Snapshot;

/// A measured share may differ from the configured one by so many percentage points.
const TOLERANCE: f64 = 1.0;

/// What came of one step.
#[derive(Debug, Clone)]
pub struct StepResult {
    /// The step.
    pub step: Step,
    /// Everything that was counted from the step's begin to its end, the transition included.
    pub counted: Snapshot,
    /// What was counted after the change had taken effect.
    pub settled: Snapshot,
    /// From the call of the API to the first answer that was routed anew, for a step that moves traffic.
    pub routed_after: Option<Duration>,
}

impl StepResult {
    /// The measured share of a version, in percent (0–100).
    #[must_use]
    pub fn measured(&self, version: Version) -> f64 {
        self.settled.share(version.text())
    }

    /// Whether both measured shares are within one percentage point of the configured ones.
    #[must_use]
    pub fn is_as_configured(&self) -> bool {
        [Version::First, Version::Second].into_iter().all(|version| {
            let configured = f64::from(self.step.configured(version));
            (self.measured(version) - configured).abs() <= TOLERANCE
        })
    }
}

/// What came of a whole release.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Step by step.
    pub steps: Vec<StepResult>,
    /// Everything that the load client counted, from its first to its last request.
    pub total: Snapshot,
}

impl Outcome {
    /// No request was lost, each was answered, and every share was as configured.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.total.lost() == 0
            && self.total.sent() == self.total.answered()
            && self.steps.iter().all(StepResult::is_as_configured)
    }
}
