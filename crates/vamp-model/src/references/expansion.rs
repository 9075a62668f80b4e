//! The walk through an artifact that replaces references.

use super::error::UnresolvedReference;
use crate::{
    AnyArtifact, Artifacts, Breed, Escalation, Found, Kind, Name, PathSegment, Reference, Rewrite, Route,
    Scale, Sla, StoredCondition,
};

/// How many references are followed inside one another.
const DEEPEST: usize = 20;

/// How many references are followed altogether. Artifacts that share what they refer to contain it several times once it is
/// written out, so that a few of them can become very many.
const MOST: usize = 10_000;

/// An artifact that others refer to.
pub(super) trait Referred: Sized {
    const KIND: Kind;

    /// The artifact, if it is one of this kind. One that stands in others without a name has none any more.
    fn of(artifact: AnyArtifact) -> Option<Self>;

    /// The name that a breed has wherever it stands.
    fn own_name(&self) -> Option<&Name> {
        None
    }

    /// Replaces the references in it.
    fn expand(&mut self, expansion: &mut Expansion<'_>);
}

#[derive(Debug)]
pub(super) struct Expansion<'a> {
    artifacts: &'a dyn Artifacts,
    /// The way to the value that is being looked at.
    path: Vec<PathSegment>,
    /// Whatever has been entered by its name and not been left.
    entered: Vec<(Kind, Name)>,
    /// References followed inside one another, and altogether.
    depth: usize,
    followed: usize,
    /// Set once a limit has been met: it is told once.
    is_full: bool,
    unresolved: Vec<UnresolvedReference>,
}

impl<'a> Expansion<'a> {
    pub(super) const fn new(artifacts: &'a dyn Artifacts) -> Self {
        Self {
            artifacts,
            path: Vec::new(),
            entered: Vec::new(),
            depth: 0,
            followed: 0,
            is_full: false,
            unresolved: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<UnresolvedReference> {
        self.unresolved
    }

    /// Looks at what stands under a key.
    pub(super) fn under(&mut self, key: &str, look: impl FnOnce(&mut Self)) {
        self.path.push(PathSegment::Key(key.to_owned()));
        look(self);
        self.path.pop();
    }

    /// Looks at an element of a list.
    pub(super) fn at(&mut self, index: usize, look: impl FnOnce(&mut Self)) {
        self.path.push(PathSegment::Index(index));
        look(self);
        self.path.pop();
    }

    /// Looks at each element of a list under a key.
    pub(super) fn each<T: Referred>(&mut self, key: &str, references: &mut [Reference<T>]) {
        self.under(key, |expansion| {
            for (index, reference) in references.iter_mut().enumerate() {
                expansion.at(index, |expansion| expansion.reference(reference));
            }
        });
    }

    /// Replaces a reference, and those in what is written out.
    pub(super) fn reference<T: Referred>(&mut self, reference: &mut Reference<T>) {
        match reference {
            Reference::Inline(artifact) => match artifact.own_name().cloned() {
                Some(name) => self.inside(T::KIND, name, |expansion| artifact.expand(expansion)),
                None => artifact.expand(self),
            },
            Reference::Named(name) => {
                if let Some(artifact) = self.follow(name, |_| ()) {
                    *reference = Reference::Inline(artifact);
                }
            }
        }
    }

    /// The artifact of that name, changed and then with its own references replaced.
    pub(super) fn follow<T: Referred>(&mut self, name: &Name, change: impl FnOnce(&mut T)) -> Option<T> {
        let mut artifact: T = self.look_up(name)?;
        change(&mut artifact);
        self.depth += 1;
        self.inside(T::KIND, name.clone(), |expansion| artifact.expand(expansion));
        self.depth -= 1;
        Some(artifact)
    }

    /// Looks into an artifact that has been entered by its name.
    pub(super) fn inside(&mut self, kind: Kind, name: Name, look: impl FnOnce(&mut Self)) {
        self.entered.push((kind, name));
        look(self);
        self.entered.pop();
    }

    fn look_up<T: Referred>(&mut self, name: &Name) -> Option<T> {
        if self.is_full {
            return None;
        }
        let path = || self.path.iter().cloned().collect();
        if let Some(chain) = self.circle(T::KIND, name) {
            let (path, kind) = (path(), T::KIND);
            self.unresolved
                .push(UnresolvedReference::Cycle { path, kind, chain });
            return None;
        }
        if self.followed == MOST || self.depth == DEEPEST {
            self.is_full = true;
            let name = name.to_string();
            self.unresolved
                .push(UnresolvedReference::TooMuch { path: path(), name });
            return None;
        }
        self.followed += 1;
        let found = match self.artifacts.find(T::KIND, name.as_str()) {
            Found::Artifact(artifact) => Some(artifact.into_owned()),
            Found::Absent => None,
            Found::Unknown => {
                let (path, kind, name) = (path(), T::KIND, name.to_string());
                self.unresolved
                    .push(UnresolvedReference::Unknown { path, kind, name });
                return None;
            }
        };
        let artifact = found.and_then(T::of);
        if artifact.is_none() {
            let (path, kind, name) = (path(), T::KIND, name.to_string());
            self.unresolved
                .push(UnresolvedReference::NotFound { path, kind, name });
        }
        artifact
    }

    /// The circle that a reference would close.
    fn circle(&self, kind: Kind, name: &Name) -> Option<Vec<String>> {
        let is_same = |(entered, entered_name): &(Kind, Name)| *entered == kind && entered_name == name;
        let start = self.entered.iter().position(is_same)?;
        let of_kind = self.entered[start..]
            .iter()
            .filter(|(entered, _)| *entered == kind);
        let names = of_kind.map(|(_, name)| name.to_string());
        Some(names.chain([name.to_string()]).collect())
    }
}

macro_rules! referred_without_name {
    ($($type:ident, $variant:ident, |$artifact:ident, $expansion:ident| $expand:expr;)*) => {
        $(
            impl Referred for $type {
                const KIND: Kind = Kind::$variant;

                fn of(artifact: AnyArtifact) -> Option<Self> {
                    match artifact {
                        AnyArtifact::$variant(artifact) => Some(Self { name: None, ..artifact }),
                        _ => None,
                    }
                }

                fn expand(&mut self, $expansion: &mut Expansion<'_>) {
                    let $artifact = self;
                    $expand
                }
            }
        )*
    };
}

referred_without_name! {
    Scale, Scale, |_scale, _expansion| ();
    StoredCondition, Condition, |_condition, _expansion| ();
    Rewrite, Rewrite, |_rewrite, _expansion| ();
    Route, Route, |route, expansion| super::expand::route(route, expansion);
    Escalation, Escalation, |escalation, expansion| super::expand::escalation(escalation, expansion);
    Sla, Sla, |sla, expansion| expansion.each("escalations", &mut sla.escalations);
}

impl Referred for Breed {
    const KIND: Kind = Kind::Breed;

    fn of(artifact: AnyArtifact) -> Option<Self> {
        match artifact {
            AnyArtifact::Breed(breed) => Some(breed),
            _ => None,
        }
    }

    fn own_name(&self) -> Option<&Name> {
        Some(&self.name)
    }

    fn expand(&mut self, expansion: &mut Expansion<'_>) {
        super::expand::dependencies(self, expansion);
    }
}
