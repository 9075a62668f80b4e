//! What has to happen for HAProxy to go from one configuration to another.

mod apply;
mod compare;
mod texts;

pub use compare::diff;
pub use texts::diff_texts;

use std::fmt;

use crate::text::Word;

/// What has to happen for HAProxy to go from one configuration to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing: the two differ in comments and blank lines at most.
    Nothing,
    /// These commands to the running worker, in this order.
    Runtime(Vec<Command>),
    /// A reload, for this reason.
    Reload(Reason),
}

/// A command of HAProxy's runtime interface: section 9.3 of its management manual. It answers nothing when it succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// `set server BACKEND/SERVER weight N`
    SetWeight {
        /// The backend.
        backend: Word,
        /// The server in it.
        server: Word,
        /// Its weight from now on, 0 to 256.
        weight: u16,
    },
}

/// Why a reload is needed: the first line at which the two configurations part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A line was added.
    Added(String),
    /// A line was removed.
    Removed(String),
    /// A line stands in place of another.
    Replaced {
        /// The line of before.
        old: String,
        /// The line of now.
        new: String,
    },
    /// The weight of a server cannot be changed in the running worker.
    Weight {
        /// The backend, when it is known.
        backend: Option<Word>,
        /// The server.
        server: Word,
    },
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetWeight {
                backend,
                server,
                weight,
            } => {
                write!(f, "set server {backend}/{server} weight {weight}")
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(line) => write!(f, "added: {}", line.trim()),
            Self::Removed(line) => write!(f, "removed: {}", line.trim()),
            Self::Replaced { old, new } => write!(f, "{} in place of {}", new.trim(), old.trim()),
            Self::Weight {
                backend: Some(backend),
                server,
            } => {
                write!(
                    f,
                    "the weight of {backend}/{server} cannot be changed while it runs"
                )
            }
            Self::Weight {
                backend: None,
                server,
            } => {
                write!(f, "the weight of {server} cannot be changed while it runs")
            }
        }
    }
}
