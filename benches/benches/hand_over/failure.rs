//! Why there is no figure.

use std::error::Error;
use std::fmt;

/// Why a measurement did not come to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something that it needs is not on this machine.
    Skipped(String),
    /// It went wrong, or what was measured was not what was meant to be.
    Failed(String),
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn failed(why: impl Into<String>) -> Self {
        Self::Failed(why.into())
    }

    pub(crate) fn because(error: impl fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        use vamp_testkit::Error::{NotBuilt, NotInstalled, NotPrepared};

        let why = error.to_string();
        match (&error as &dyn Error).downcast_ref() {
            Some(NotInstalled { .. } | NotPrepared { .. } | NotBuilt { .. }) => Self::Skipped(why),
            _ => Self::Failed(why),
        }
    }
}
