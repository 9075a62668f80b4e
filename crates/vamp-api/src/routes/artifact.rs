//! Documents of one kind, read.

use vamp_engine::{Answer as Change, Engine, Versioned};
use vamp_model::import::{read_any_importing, read_any_list_importing};
use vamp_model::{AnyArtifact, Format, Kind, Limits};

use super::imports;
use crate::http::Failure;
use crate::shared::Shared;

/// How much a document may ask for.
pub(super) fn limits(shared: &Shared) -> Limits {
    let mut limits = Limits::default();
    limits.bytes = shared.options.body_limit;
    limits
}

/// The only artifact of a text.
pub(super) async fn one(
    engine: &Engine,
    kind: Kind,
    text: &str,
    limits: &Limits,
) -> Result<AnyArtifact, Failure> {
    imports::reading(engine, |imports| {
        read_any_importing(kind, text, Format::Auto, limits, imports)
    })
    .await
}

/// The artifacts of a text, which holds one or several.
pub(super) async fn several(
    engine: &Engine,
    kind: Kind,
    text: &str,
    limits: &Limits,
) -> Result<Vec<AnyArtifact>, Failure> {
    imports::reading(engine, |imports| {
        read_any_list_importing(kind, text, Format::Auto, limits, imports)
    })
    .await
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
