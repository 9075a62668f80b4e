//! Artifacts as the store keeps them: JSON, in the form that the API shows.

use vamp_model::{AnyArtifact, Deployment, Format, Kind, Limits, read_with, to_json};
use vamp_store::Stored;

use crate::{Error, ErrorKind, Result, Versioned};

/// The kind under which what is known of a deployment's services is kept, by the deployment's name.
pub(crate) const STATES: &str = "deployment-states";

/// The kind, and the only name of it, under which the gateways that were published last are kept.
pub(crate) const PUBLISHED: (&str, &str) = ("published-gateways", "all");

/// The name of an artifact; empty for one that has none.
pub(crate) fn name_of(artifact: &AnyArtifact) -> &str {
    match artifact {
        AnyArtifact::Breed(breed) => breed.name.as_str(),
        AnyArtifact::Scale(scale) => scale.name.as_ref().map_or("", |name| name.as_str()),
        AnyArtifact::Blueprint(blueprint) => blueprint.name.as_str(),
        AnyArtifact::Gateway(gateway) => gateway.name.as_ref().map_or("", |name| name.as_str()),
        AnyArtifact::Deployment(deployment) => deployment.name.as_str(),
        _ => "",
    }
}

/// An artifact as text.
pub(crate) fn content(artifact: &AnyArtifact) -> String {
    to_json(artifact)
}

/// The wish of a deployment as text: nothing that is known only at a moment.
pub(crate) fn wish(deployment: &Deployment) -> String {
    to_json(deployment)
}

/// Reads an artifact as it was stored. Whatever was small enough to be stored is small enough to be read.
pub(crate) fn parse(kind: Kind, name: &str, content: &str) -> Result<AnyArtifact> {
    let mut limits = Limits::default();
    limits.bytes = usize::MAX;
    let artifact = match kind {
        Kind::Breed => read_with(content, Format::Json, &limits).map(AnyArtifact::Breed),
        Kind::Scale => read_with(content, Format::Json, &limits).map(AnyArtifact::Scale),
        Kind::Blueprint => read_with(content, Format::Json, &limits).map(AnyArtifact::Blueprint),
        Kind::Gateway => read_with(content, Format::Json, &limits).map(AnyArtifact::Gateway),
        Kind::Deployment => read_with(content, Format::Json, &limits).map(AnyArtifact::Deployment),
        _ => return Err(Error::new(ErrorKind::Internal, "read", kind)),
    };
    artifact.map_err(|problems| {
        Error::new(ErrorKind::Internal, "read", format!("{kind}/{name}")).because(problems)
    })
}

/// An artifact of the store with its revision.
pub(crate) fn versioned(kind: Kind, stored: &Stored) -> Result<Versioned> {
    Ok(Versioned {
        artifact: parse(kind, &stored.name, &stored.content)?,
        revision: stored.revision,
        at: stored.at,
    })
}
