//! Artifacts with what they refer to in place of its names.

use std::borrow::Cow;
use std::collections::HashMap;

use vamp_model::{
    AnyArtifact, Artifacts, Found, Kind, Referring, UnresolvedReference, UnresolvedReferences,
    expand_references,
};

use super::read;
use crate::shared::Shared;
use crate::{Error, ErrorKind, Problem, Result};

/// What is known of the artifacts that others refer to; none for one that does not exist.
#[derive(Debug, Default)]
pub(super) struct Known {
    artifacts: HashMap<(Kind, String), Option<AnyArtifact>>,
}

impl Known {
    /// The artifact without any reference in it. What it refers to, and is not known yet, is looked up, each once.
    ///
    /// # Errors
    /// Something that it refers to does not exist, or refers to itself; the store could not be asked.
    pub(super) async fn expand<T: Referring>(
        &mut self,
        shared: &Shared,
        operation: &'static str,
        subject: &str,
        artifact: &T,
    ) -> Result<T> {
        loop {
            let unresolved = match expand_references(artifact, self) {
                Ok(expanded) => return Ok(expanded),
                Err(unresolved) => unresolved,
            };
            let wanted = not_asked_for(&unresolved);
            if wanted.is_empty() {
                let problems = unresolved.iter().map(problem).collect();
                return Err(Error::invalid(operation, subject, problems));
            }
            for (kind, name) in wanted {
                self.look_up(shared, operation, subject, kind, name).await?;
            }
        }
    }

    async fn look_up(
        &mut self,
        shared: &Shared,
        operation: &'static str,
        subject: &str,
        kind: Kind,
        name: &str,
    ) -> Result<()> {
        let key = (kind, name.to_owned());
        if self.artifacts.contains_key(&key) {
            return Ok(());
        }
        let found = read::get(shared, kind, name).await?.map(|found| found.artifact);
        if found.as_ref().is_some_and(|found| found.name() != Some(name)) {
            return Err(Error::new(ErrorKind::Internal, operation, subject));
        }
        self.artifacts.insert(key, found);
        Ok(())
    }
}

impl Artifacts for Known {
    fn find(&self, kind: Kind, name: &str) -> Found<'_> {
        match self.artifacts.get(&(kind, name.to_owned())) {
            Some(Some(artifact)) => Found::Artifact(Cow::Borrowed(artifact)),
            Some(None) => Found::Absent,
            None => Found::Unknown,
        }
    }
}

fn not_asked_for(unresolved: &UnresolvedReferences) -> Vec<(Kind, &str)> {
    let unknown = unresolved.iter().filter_map(|reference| match reference {
        UnresolvedReference::Unknown { kind, name, .. } => Some((*kind, name.as_str())),
        _ => None,
    });
    unknown.collect()
}

fn problem(reference: &UnresolvedReference) -> Problem {
    Problem::new(reference.code(), reference.to_string()).at_path(reference.path())
}
