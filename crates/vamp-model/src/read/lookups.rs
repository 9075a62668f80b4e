//! What a document refers to: for checks that ask others for it.

use std::collections::HashSet;

use super::context::{self, Context};
use super::hint;
use super::place::Place;
use crate::artifacts::{Artifacts, Found};
use crate::problem::{Problem, code};
use crate::{AnyArtifact, Breed, Escalation, Kind, Name};

/// What is asked about other artifacts while a document is read.
#[derive(Debug)]
pub(super) struct Lookups<'a> {
    artifacts: &'a dyn Artifacts,
    references: Vec<Referred>,
    /// Artifacts that the document itself defines.
    defined: HashSet<(Kind, String)>,
    /// What nobody could tell, told like problems.
    open: Vec<Problem>,
    limit: usize,
}

/// An artifact that is referred to, and where.
#[derive(Debug)]
struct Referred {
    kind: Kind,
    name: Name,
    /// A problem without words.
    at: Problem,
}

/// The code of what is left open, which nobody sees.
const NOT_CHECKED: &str = "NotChecked";

impl<'a> Lookups<'a> {
    pub(super) fn new(artifacts: &'a dyn Artifacts, limit: usize) -> Self {
        Self {
            artifacts,
            references: Vec::new(),
            defined: HashSet::new(),
            open: Vec::new(),
            limit,
        }
    }

    /// Asks the same ones, with nothing asked yet.
    pub(super) fn afresh(&self) -> Self {
        Self::new(self.artifacts, self.limit)
    }

    pub(super) fn append(&mut self, other: Self) {
        self.references.extend(other.references);
        self.defined.extend(other.defined);
        let room = self.limit.saturating_sub(self.open.len());
        self.open.extend(other.open.into_iter().take(room));
    }

    fn leave_open(&mut self, at: Problem) {
        if self.open.len() < self.limit {
            self.open.push(at);
        }
    }
}

impl Context<'_> {
    /// A reference to an artifact stands here: that it exists is checked in the end.
    pub(super) fn refer(&mut self, place: &Place<'_>, kind: Kind, name: &Name) {
        // A dependency may stand for every breed whose name begins like it.
        let is_pattern = kind == Kind::Breed && name.as_str().ends_with('*');
        if let Some(lookups) = &mut self.lookups
            && !is_pattern
        {
            lookups.references.push(Referred {
                kind,
                name: name.clone(),
                at: context::problem(place, code::ARTIFACT_NOT_FOUND, "", None),
            });
        }
    }

    /// The document defines an artifact that others may refer to.
    pub(super) fn define(&mut self, kind: Kind, name: &Name) {
        if let Some(lookups) = &mut self.lookups {
            lookups.defined.insert((kind, name.as_str().to_owned()));
        }
    }

    /// Something that cannot be told because an artifact is not known.
    pub(super) fn not_checked(&mut self, place: &Place<'_>, what: impl FnOnce() -> String) {
        if let Some(lookups) = &mut self.lookups {
            lookups.leave_open(context::problem(place, NOT_CHECKED, &what(), None));
        }
    }

    /// The breed of that name, where others know it.
    pub(super) fn known_breed(&self, name: &Name) -> Option<Breed> {
        match self.known(Kind::Breed, name)? {
            AnyArtifact::Breed(breed) => Some(breed),
            _ => None,
        }
    }

    /// The escalation of that name, where others know it.
    pub(super) fn known_escalation(&self, name: &Name) -> Option<Escalation> {
        match self.known(Kind::Escalation, name)? {
            AnyArtifact::Escalation(escalation) => Some(escalation),
            _ => None,
        }
    }

    fn known(&self, kind: Kind, name: &Name) -> Option<AnyArtifact> {
        let lookups = self.lookups.as_ref()?;
        match lookups.artifacts.find(kind, name.as_str()) {
            Found::Artifact(artifact) => Some(artifact.into_owned()),
            Found::Absent | Found::Unknown => None,
        }
    }

    /// Looks up what was referred to. What does not exist is reported behind everything else; what could not be told is given back.
    pub(super) fn resolve(&mut self) -> Vec<Problem> {
        let Some(mut lookups) = self.lookups.take() else {
            return Vec::new();
        };
        for Referred { kind, name, mut at } in std::mem::take(&mut lookups.references) {
            if lookups.defined.contains(&(kind, name.as_str().to_owned())) {
                continue;
            }
            match lookups.artifacts.find(kind, name.as_str()) {
                Found::Artifact(_) => {}
                // Whoever has something to say of the place has said it.
                Found::Absent if self.reports_at(&at) => {}
                Found::Absent => {
                    at.message = format!("Artifact cannot be found: '{name}'.");
                    at.hint = hint::nearest(name.as_str(), lookups.artifacts.names(kind))
                        .map(|nearest| format!("did you mean the {} `{nearest}`?", kind.singular()));
                    self.report_last(at);
                }
                Found::Unknown => {
                    at.message = format!("whether the {} '{name}' exists", kind.singular());
                    lookups.leave_open(at);
                }
            }
        }
        lookups.open
    }
}
