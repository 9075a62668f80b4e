//! Artifacts with what they refer to in place of its names.

use vamp_model::{
    ArtifactMap, NoArtifacts, Referring, UnresolvedReference, UnresolvedReferences, expand_references,
};

use super::read;
use crate::shared::Shared;
use crate::{Error, ErrorKind, Problem, Result};

/// The artifact without any reference in it. What it refers to is looked up, each once.
///
/// # Errors
/// Something that it refers to does not exist, or refers to itself; the store could not be asked.
pub(super) async fn expand<T: Referring>(
    shared: &Shared,
    operation: &'static str,
    subject: &str,
    artifact: &T,
) -> Result<T> {
    let mut known = ArtifactMap::new();
    loop {
        let unresolved = match expand_references(artifact, &known.or(&NoArtifacts)) {
            Ok(expanded) => return Ok(expanded),
            Err(unresolved) => unresolved,
        };
        let wanted = not_asked_for(&unresolved);
        if wanted.is_empty() {
            let problems = unresolved.iter().map(problem).collect();
            return Err(Error::invalid(operation, subject, problems));
        }
        for (reference, kind, name) in wanted {
            let Some(found) = read::get(shared, kind, name).await? else {
                return Err(Error::invalid(operation, subject, vec![problem(reference)]));
            };
            if found.artifact.name() != Some(name) {
                return Err(Error::new(ErrorKind::Internal, operation, subject));
            }
            known.insert(found.artifact);
        }
    }
}

/// What may be there, for all that is known yet.
fn not_asked_for(unresolved: &UnresolvedReferences) -> Vec<(&UnresolvedReference, vamp_model::Kind, &str)> {
    let unknown = unresolved.iter().filter_map(|reference| match reference {
        UnresolvedReference::Unknown { kind, name, .. } => Some((reference, *kind, name.as_str())),
        _ => None,
    });
    unknown.collect()
}

fn problem(reference: &UnresolvedReference) -> Problem {
    let message = match reference {
        UnresolvedReference::Unknown { name, .. } => format!("Artifact cannot be found: '{name}'."),
        other => other.to_string(),
    };
    Problem::new(reference.code(), message).at_path(reference.path())
}
