use std::borrow::Cow;

use indexmap::IndexMap;

use super::{Artifacts, Found};
use crate::{AnyArtifact, Kind};

/// Artifacts by kind and name. What it does not hold does not exist; see [`ArtifactMap::or`] where others may know more.
///
/// ```
/// use vamp_model::{ArtifactMap, Artifacts, Found, Kind, NoArtifacts};
///
/// let none = ArtifactMap::new();
/// assert!(matches!(none.find(Kind::Scale, "small"), Found::Absent));
/// assert!(matches!(none.or(&NoArtifacts).find(Kind::Scale, "small"), Found::Unknown));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ArtifactMap {
    /// No artifact where only its name is known.
    by_kind: IndexMap<Kind, IndexMap<String, Option<AnyArtifact>>>,
}

impl ArtifactMap {
    /// A map without artifacts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an artifact under its own name, in place of an earlier one of that kind and name. One without a name is left out.
    pub fn insert(&mut self, artifact: AnyArtifact) {
        if let Some(name) = artifact.name().map(str::to_owned) {
            let of_kind = self.by_kind.entry(artifact.kind()).or_default();
            of_kind.insert(name, Some(artifact));
        }
    }

    /// Adds an artifact unless there is one of its kind and name.
    pub(crate) fn insert_if_absent(&mut self, artifact: AnyArtifact) {
        let known = artifact
            .name()
            .is_some_and(|name| !matches!(self.find(artifact.kind(), name), Found::Absent));
        if !known {
            self.insert(artifact);
        }
    }

    /// Adds the name of an artifact that exists while nobody knows what it says. An artifact of that name stays as it is.
    pub fn insert_name(&mut self, kind: Kind, name: &str) {
        let of_kind = self.by_kind.entry(kind).or_default();
        of_kind.entry(name.to_owned()).or_insert(None);
    }

    /// These artifacts and, for what is not among them, others.
    #[must_use]
    pub const fn or<'a>(&'a self, others: &'a dyn Artifacts) -> LayeredArtifacts<'a> {
        LayeredArtifacts { first: self, others }
    }
}

impl Extend<AnyArtifact> for ArtifactMap {
    fn extend<I: IntoIterator<Item = AnyArtifact>>(&mut self, artifacts: I) {
        artifacts.into_iter().for_each(|artifact| self.insert(artifact));
    }
}

impl FromIterator<AnyArtifact> for ArtifactMap {
    fn from_iter<I: IntoIterator<Item = AnyArtifact>>(artifacts: I) -> Self {
        let mut map = Self::new();
        map.extend(artifacts);
        map
    }
}

impl Artifacts for ArtifactMap {
    fn find(&self, kind: Kind, name: &str) -> Found<'_> {
        match self.by_kind.get(&kind).and_then(|of_kind| of_kind.get(name)) {
            Some(Some(artifact)) => Found::Artifact(Cow::Borrowed(artifact)),
            Some(None) => Found::Unknown,
            None => Found::Absent,
        }
    }

    fn names(&self, kind: Kind) -> Vec<&str> {
        let of_kind = self.by_kind.get(&kind).into_iter();
        of_kind
            .flat_map(|of_kind| of_kind.keys().map(String::as_str))
            .collect()
    }
}

/// Artifacts of a map and, for what it does not hold, others: made by [`ArtifactMap::or`].
#[derive(Debug, Clone, Copy)]
pub struct LayeredArtifacts<'a> {
    first: &'a ArtifactMap,
    others: &'a dyn Artifacts,
}

impl Artifacts for LayeredArtifacts<'_> {
    fn find(&self, kind: Kind, name: &str) -> Found<'_> {
        match self.first.find(kind, name) {
            Found::Absent => self.others.find(kind, name),
            known => known,
        }
    }

    fn names(&self, kind: Kind) -> Vec<&str> {
        let mut names = self.first.names(kind);
        names.extend(self.others.names(kind));
        names
    }
}
