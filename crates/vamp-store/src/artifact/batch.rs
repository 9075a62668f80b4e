//! Writes that happen together or not at all.

use std::sync::Arc;

use super::MAX_BYTES;
use crate::{Error, ErrorKind, Event, NewEvent, Result};

/// What must hold for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Nothing: the write happens whatever is there.
    Anything,
    /// The artifact is absent.
    Absent,
    /// The artifact has this revision.
    Revision(u64),
    /// The artifact is there, in whatever revision.
    Present,
}

impl Expect {
    fn holds(self, actual: Option<u64>) -> bool {
        match self {
            Self::Anything => true,
            Self::Absent => actual.is_none(),
            Self::Revision(expected) => actual == Some(expected),
            Self::Present => actual.is_some(),
        }
    }
}

/// Which revisions of an artifact are kept after a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// As many as [`StoreOptions::revisions`](crate::StoreOptions::revisions) says.
    #[default]
    History,
    /// This one only: for state that is written often and that nobody looks back at.
    Newest,
}

/// A change of one artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// The artifact has this content from now on.
    Put {
        /// The kind.
        kind: String,
        /// The name.
        name: String,
        /// The text; compared byte by byte with what is there.
        content: String,
        /// What must hold.
        expect: Expect,
        /// Which revisions are kept when this makes a new one.
        keep: Keep,
    },
    /// The artifact is absent from now on.
    Delete {
        /// The kind.
        kind: String,
        /// The name.
        name: String,
        /// What must hold.
        expect: Expect,
    },
}

impl Write {
    /// The artifact gets this content, whatever is there; its history is kept.
    #[must_use]
    pub fn put(kind: impl Into<String>, name: impl Into<String>, content: impl Into<String>) -> Self {
        Self::Put {
            kind: kind.into(),
            name: name.into(),
            content: content.into(),
            expect: Expect::Anything,
            keep: Keep::History,
        }
    }

    /// The artifact goes, if it is there.
    #[must_use]
    pub fn delete(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self::Delete {
            kind: kind.into(),
            name: name.into(),
            expect: Expect::Anything,
        }
    }

    /// The same write, which happens only when this holds.
    #[must_use]
    pub fn expecting(mut self, expected: Expect) -> Self {
        match &mut self {
            Self::Put { expect, .. } | Self::Delete { expect, .. } => *expect = expected,
        }
        self
    }

    /// The same write, after which these revisions are kept. A deletion keeps the history that there is.
    #[must_use]
    pub fn keeping(mut self, kept: Keep) -> Self {
        if let Self::Put { keep, .. } = &mut self {
            *keep = kept;
        }
        self
    }

    /// How many revisions are kept after it, where `limit` is the store's own limit.
    pub(crate) fn kept(&self, limit: u64) -> u64 {
        match self {
            Self::Put {
                keep: Keep::Newest, ..
            } => 1,
            _ => limit,
        }
    }

    /// The kind of the artifact.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Put { kind, .. } | Self::Delete { kind, .. } => kind,
        }
    }

    /// The name of the artifact.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Put { name, .. } | Self::Delete { name, .. } => name,
        }
    }

    fn expect(&self) -> Expect {
        match self {
            Self::Put { expect, .. } | Self::Delete { expect, .. } => *expect,
        }
    }
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The content was written as this revision.
    Written {
        /// The new revision.
        revision: u64,
    },
    /// The same content was there already: there is no new revision.
    Unchanged {
        /// The revision that is there.
        revision: u64,
    },
    /// The artifact was there and is no longer.
    Deleted {
        /// The revision that the deletion has in the history.
        revision: u64,
    },
    /// There was no such artifact.
    NothingToDelete,
}

/// What a batch did.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// What each write did, in their order.
    pub outcomes: Vec<Outcome>,
    /// The events as they were stored, in their order.
    pub events: Vec<Arc<Event>>,
    /// The place of the last write or event of the batch in the order of everything; that of the one before it when the batch
    /// changed nothing.
    pub sequence: u64,
}

/// Writes, and events that tell of them, that happen together or not at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// The writes, carried out in this order: a later one sees what an earlier one did.
    pub writes: Vec<Write>,
    /// Events that are stored with the writes, also when these change nothing, and told to subscribers once both are stored.
    pub events: Vec<NewEvent>,
}

impl From<Write> for Batch {
    fn from(write: Write) -> Self {
        Self {
            writes: vec![write],
            events: Vec::new(),
        }
    }
}

impl From<Vec<Write>> for Batch {
    fn from(writes: Vec<Write>) -> Self {
        Self {
            writes,
            events: Vec::new(),
        }
    }
}

impl From<Vec<NewEvent>> for Batch {
    fn from(events: Vec<NewEvent>) -> Self {
        Self {
            writes: Vec::new(),
            events,
        }
    }
}

/// Refuses a write that no store may take.
pub(crate) fn check(write: &Write) -> Result<()> {
    let refused = |kind| Error::new(kind, "write", subject(write));
    if write.kind().is_empty() || write.name().is_empty() {
        return Err(refused(ErrorKind::Invalid).because("an artifact needs a kind and a name"));
    }
    match write {
        Write::Put { content, .. } if content.len() > MAX_BYTES => {
            Err(refused(ErrorKind::TooLarge { limit: MAX_BYTES }))
        }
        _ => Ok(()),
    }
}

/// What a write means for an artifact that has the revision and content `present`: the same in every backend.
pub(crate) fn step(index: usize, write: &Write, present: Option<(u64, &str)>) -> Result<Step> {
    let actual = present.map(|(revision, _)| revision);
    if !write.expect().holds(actual) {
        return Err(Error::new(
            ErrorKind::Conflict { index, actual },
            "write",
            subject(write),
        ));
    }
    Ok(match (write, present) {
        (Write::Put { content, .. }, Some((revision, there))) if content == there => {
            Step::Nothing(Outcome::Unchanged { revision })
        }
        (Write::Put { .. }, _) => Step::Put,
        (Write::Delete { .. }, Some(_)) => Step::Delete,
        (Write::Delete { .. }, None) => Step::Nothing(Outcome::NothingToDelete),
    })
}

/// What is to be done for a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing; this is the outcome.
    Nothing(Outcome),
    /// A new revision with the content of the write.
    Put,
    /// A new revision without content, and the artifact is gone.
    Delete,
}

fn subject(write: &Write) -> String {
    format!("{}/{}", write.kind(), write.name())
}
