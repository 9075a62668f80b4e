//! Why a command ended without success, and the exit status that says so.

use std::{fmt, process::ExitCode};

/// Why a command ended without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong.
    Usage(String),
    /// Something is not on this machine and could not be brought there.
    Missing(String),
    /// Something that was run failed; its own output has told more.
    Failed(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Missing(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Missing(text) => f.write_str(text),
            Self::Failed(text) => write!(f, "failed: {text}"),
        }
    }
}
