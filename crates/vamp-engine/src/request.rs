//! What is asked of the engine, and what it answers.

use jiff::Timestamp;
use vamp_model::AnyArtifact;

/// Whether a change is made, or only looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It is made.
    #[default]
    Apply,
    /// Everything is checked and nothing is stored; the answer says what would be.
    ValidateOnly,
}

/// What must hold for a change to be made: HTTP's `If-Match` and `If-None-Match`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Precondition {
    /// Nothing.
    #[default]
    None,
    /// The artifact is in one of these revisions.
    Revisions(Vec<u64>),
    /// The artifact is there.
    Present,
    /// The artifact is absent.
    Absent,
}

impl Precondition {
    /// Whether it holds for an artifact in this revision; none when it is absent.
    #[must_use]
    pub fn holds(&self, actual: Option<u64>) -> bool {
        match self {
            Self::None => true,
            Self::Revisions(revisions) => actual.is_some_and(|actual| revisions.contains(&actual)),
            Self::Present => actual.is_some(),
            Self::Absent => actual.is_none(),
        }
    }
}

/// How a change is asked for.
///
/// ```
/// use vamp_engine::{Mode, Request};
///
/// let looked_at = Request { mode: Mode::ValidateOnly, ..Request::default() };
/// assert!(Request::default() != looked_at);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Whether the change is made.
    pub mode: Mode,
    /// What must hold for it.
    pub precondition: Precondition,
    /// The text of the request, for the archive; the artifact's own JSON where it is absent.
    pub source: Option<String>,
}

/// Something that a user should know about a change that was made all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// A name for programs: `not-checked`, `route-leads-nowhere`, `condition-lost`, or what a driver says, `cpu-limit`.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
}

/// An artifact with its revision.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Versioned {
    /// The artifact, with what is known of it at this moment: targets, instances, status.
    pub artifact: AnyArtifact,
    /// The revision, from 1: the `ETag`. What the engine finds out by itself, such as targets, makes no revision. 0 for one that is not
    /// stored.
    pub revision: u64,
    /// When this revision was written.
    pub at: Timestamp,
}

/// What came of a change.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// The artifact as it is now, or would be.
    pub artifact: Versioned,
    /// The inline breeds that were stored on the way, in their order.
    pub breeds: Vec<Versioned>,
    /// Where a blueprint was stored: the names of those inline breeds that were not there yet, or with other content.
    pub changed_breeds: Vec<String>,
    /// Whether the artifact is new.
    pub created: bool,
    /// Whether anything was stored that was not there before.
    pub changed: bool,
    /// What a user should know about it.
    pub notices: Vec<Notice>,
}

/// A part of the artifacts of a kind, ordered by name.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Listing {
    /// The artifacts of the part.
    pub items: Vec<Versioned>,
    /// How many there are altogether.
    pub total: u64,
}

/// One entry of an artifact's history.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Past {
    /// The revision. A deletion has one, too.
    pub revision: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The artifact as it was stored; none when this is a deletion.
    pub artifact: Option<AnyArtifact>,
}
