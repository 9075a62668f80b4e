//! Why a release could not be played.

use super::step::Step;

/// A step could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The API refused something or could not be asked.
    #[error("{}: {source}", step.title())]
    Api {
        /// The step.
        step: Step,
        /// What the client says.
        source: vamp_client::Error,
    },
    /// A state did not come in time.
    #[error("{}: {what} did not come within {limit:?}; the deployment: {seen}", step.title())]
    TimedOut {
        /// The step.
        step: Step,
        /// What was waited for.
        what: &'static str,
        /// How long.
        limit: std::time::Duration,
        /// The deployment as it was seen last, or why it could not be.
        seen: String,
    },
    /// Nothing was deployed yet.
    #[error("the release has not begun")]
    NotBegun,
    /// The load client could not be started.
    #[error(transparent)]
    Load(#[from] crate::Error),
}
