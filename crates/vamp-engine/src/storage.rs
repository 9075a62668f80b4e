//! Artifacts as the store keeps them: JSON that loses nothing.

use vamp_model::{AnyArtifact, Deployment, Format, Kind, Limits, read_any_stored_with, to_storage_json};
use vamp_store::Stored;

use crate::{Error, ErrorKind, Result, Versioned};

/// The kind under which what is known of a deployment's services is kept, by the deployment's name.
pub(crate) const STATES: &str = "deployment-states";

/// The kind, and the only name of it, under which the gateways that were published last are kept.
pub(crate) const PUBLISHED: (&str, &str) = ("published-gateways", "all");

/// The name of an artifact; empty for one that has none.
pub(crate) fn name_of(artifact: &AnyArtifact) -> &str {
    artifact.name().unwrap_or_default()
}

/// An artifact as text.
pub(crate) fn content(artifact: &AnyArtifact) -> String {
    to_storage_json(artifact)
}

/// The wish of a deployment as text: nothing that is known only at a moment.
pub(crate) fn wish(deployment: &Deployment) -> String {
    to_storage_json(deployment)
}

/// Reads an artifact as it was stored. Whatever was small enough to be stored is small enough to be read.
pub(crate) fn parse(kind: Kind, name: &str, content: &str) -> Result<AnyArtifact> {
    let mut limits = Limits::default();
    limits.bytes = usize::MAX;
    let artifact = read_any_stored_with(kind, content, Format::Json, &limits);
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
