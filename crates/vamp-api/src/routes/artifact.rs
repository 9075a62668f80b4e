//! The text of a request, and what is answered to it.

use vamp_engine::{Answer as Change, Versioned};
use vamp_model::{AnyArtifact, Format, Limits, ParsedText};

use crate::http::Failure;
use crate::shared::Shared;

/// How much a document may ask for.
pub(super) fn limits(shared: &Shared) -> Limits {
    let mut limits = Limits::default();
    limits.bytes = shared.options.body_limit;
    limits
}

/// The text of a request, parsed.
pub(super) fn parsed<'t>(shared: &Shared, text: &'t str) -> Result<ParsedText<'t>, Failure> {
    ParsedText::parse(text, Format::Auto, &limits(shared)).map_err(|problems| Failure::problems(&problems))
}

/// What a change of an artifact answers: inline breeds, then the artifact.
pub(super) fn stored(change: &Change) -> Vec<&AnyArtifact> {
    let breeds = change.breeds.iter().map(|breed| &breed.artifact);
    breeds.chain([&change.artifact.artifact]).collect()
}

/// The revision of what is stored; none of what only would be.
pub(super) fn revision(versioned: &Versioned) -> Option<u64> {
    Some(versioned.revision).filter(|revision| *revision > 0)
}
