//! What HAProxy answers to commands, read into values: `show proc`, `show servers state`, `show map`, and whether a change was made.
//!
//! Counters have a module of their own: [`counters`](crate::counters).

mod map;
mod outcome;
mod processes;
mod servers_state;

pub use map::{MapEntry, MapFile, map_entries, map_files};
pub use outcome::refusal;
pub use processes::{Process, Processes};
pub use servers_state::{AdminState, OperationalState, ServerState, servers_state};

/// A text that is no answer to the command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer to '{command}': line {line} has no {missing}")]
#[non_exhaustive]
pub struct InvalidAnswer {
    /// The command.
    pub command: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// What is missing there, or is not as HAProxy writes it.
    pub missing: &'static str,
}
