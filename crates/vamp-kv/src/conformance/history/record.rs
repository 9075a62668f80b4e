//! What was done and seen, as it is kept.

use serde::{Deserialize, Serialize};

/// What was done and seen, in the order in which it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line of a history. Times are microseconds since its beginning; no two are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// What was played.
    Plan {
        /// The store's name.
        store: String,
        /// The seed.
        seed: u64,
    },
    /// A call that changes or reads one key.
    Call(Call),
    /// What a watch told of one key.
    Told(Told),
    /// Something happened to the server. Nothing follows from it for the check.
    Fault(Fault),
    /// The watch of this name was open at the end, and had as long as it needed.
    Open {
        /// The watch.
        watch: String,
    },
}

/// A call that changes or reads one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Who called.
    pub by: String,
    /// The key, below the place of the history.
    pub key: String,
    /// When the call began.
    pub began: u64,
    /// When it was answered; none when its outcome is not known.
    pub ended: Option<u64>,
    /// What was called, with the answer.
    pub action: Action,
}

/// What was called, with the answer if there was one. Values are numbers, each written by one call only; versions are as the store
/// numbers them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A write, whatever was there.
    Put {
        /// What was written.
        value: u64,
        /// The version that it got.
        version: Option<u64>,
    },
    /// A compare-and-set.
    PutIf {
        /// What was to be there.
        expected: Expected,
        /// What was written.
        value: u64,
        /// The version that it got; none when it was refused.
        version: Option<u64>,
    },
    /// A removal.
    Delete {
        /// Whether the key was there, by the answer.
        was_there: bool,
    },
    /// A read.
    Get {
        /// What was found.
        found: Option<Seen>,
    },
}

/// The condition of a compare-and-set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// No value.
    Absent,
    /// The value of this version.
    Version(u64),
}

/// A value and its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The value.
    pub value: u64,
    /// The version.
    pub version: u64,
}

/// What a watch told of one key: a change, or what a listing has of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The watch. One that is dropped and opened again has another name.
    pub watch: String,
    /// The key, below the place of the history.
    pub key: String,
    /// When the watch was opened.
    pub since: u64,
    /// When this was told.
    pub at: u64,
    /// What is there by it.
    pub found: Option<Seen>,
}

/// Something that happened to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What: `kill`, `freeze`.
    pub what: String,
    /// From when.
    pub began: u64,
    /// Until it was over.
    pub ended: u64,
}
