//! Documents of one kind, read.

use vamp_engine::{Answer as Change, Versioned};
use vamp_model::{
    AnyArtifact, Blueprint, Breed, Format, Gateway, Kind, Limits, Problems, Readable, Scale, read_list_with,
    read_with,
};

use crate::http::Failure;
use crate::shared::Shared;

/// How much a document may ask for.
pub(super) fn limits(shared: &Shared) -> Limits {
    let mut limits = Limits::default();
    limits.bytes = shared.options.body_limit;
    limits
}

/// The only artifact of a text.
pub(super) fn one(kind: Kind, text: &str, limits: &Limits) -> Result<AnyArtifact, Failure> {
    read(kind, text, limits).map_err(|problems| Failure::problems(&problems))
}

/// The artifacts of a text, which holds one or several.
pub(super) fn several(kind: Kind, text: &str, limits: &Limits) -> Result<Vec<AnyArtifact>, Failure> {
    fn list<T: Readable>(
        text: &str,
        limits: &Limits,
        any: fn(T) -> AnyArtifact,
    ) -> Result<Vec<AnyArtifact>, Problems> {
        let artifacts = read_list_with::<T>(text, Format::Auto, limits)?;
        Ok(artifacts.into_iter().map(any).collect())
    }
    let artifacts = match kind {
        Kind::Breed => list::<Breed>(text, limits, AnyArtifact::Breed),
        Kind::Scale => list::<Scale>(text, limits, AnyArtifact::Scale),
        Kind::Gateway => list::<Gateway>(text, limits, AnyArtifact::Gateway),
        _ => list::<Blueprint>(text, limits, AnyArtifact::Blueprint),
    };
    artifacts.map_err(|problems| Failure::problems(&problems))
}

fn read(kind: Kind, text: &str, limits: &Limits) -> Result<AnyArtifact, Problems> {
    match kind {
        Kind::Breed => read_with::<Breed>(text, Format::Auto, limits).map(AnyArtifact::Breed),
        Kind::Scale => read_with::<Scale>(text, Format::Auto, limits).map(AnyArtifact::Scale),
        Kind::Gateway => read_with::<Gateway>(text, Format::Auto, limits).map(AnyArtifact::Gateway),
        _ => read_with::<Blueprint>(text, Format::Auto, limits).map(AnyArtifact::Blueprint),
    }
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
