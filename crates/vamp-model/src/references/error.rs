use std::fmt;

use crate::{Kind, ValuePath, code};

/// Why a reference cannot be replaced by what it names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnresolvedReference {
    /// There is no such artifact.
    #[error("Artifact cannot be found: '{name}'.")]
    NotFound {
        /// Where the reference stands: inside what other references were replaced by, too.
        path: ValuePath,
        /// The kind that is wanted.
        kind: Kind,
        /// The name that is referred to.
        name: String,
    },
    /// Nobody could tell whether there is such an artifact, or what it says.
    #[error("The artifact '{name}' could not be looked up.")]
    Unknown {
        /// Where the reference stands.
        path: ValuePath,
        /// The kind that is wanted.
        kind: Kind,
        /// The name that is referred to.
        name: String,
    },
    /// Artifacts that refer to one another in a circle.
    #[error("References lead in a circle: {}.", chain.join(" -> "))]
    Cycle {
        /// Where the reference stands that closes the circle.
        path: ValuePath,
        /// The kind of all of them.
        kind: Kind,
        /// The names in the circle, the first one at the end again.
        chain: Vec<String>,
    },
    /// There would be more references, or more of them inside one another, than are replaced: [`expand_references`] tells how many.
    ///
    /// [`expand_references`]: crate::expand_references
    #[error("Too much is referred to: the reference '{name}' is not followed.")]
    TooMuch {
        /// Where the first reference stands that is not followed.
        path: ValuePath,
        /// The name that it refers to.
        name: String,
    },
}

impl UnresolvedReference {
    /// The stable name of the mistake, one of [`code`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } | Self::Unknown { .. } => code::ARTIFACT_NOT_FOUND,
            Self::Cycle { .. } => code::RECURSIVE_DEPENDENCIES,
            Self::TooMuch { .. } => code::LIMIT,
        }
    }

    /// Where the reference stands.
    #[must_use]
    pub const fn path(&self) -> &ValuePath {
        match self {
            Self::NotFound { path, .. }
            | Self::Unknown { path, .. }
            | Self::Cycle { path, .. }
            | Self::TooMuch { path, .. } => path,
        }
    }
}

/// Every reference of an artifact that cannot be replaced: at least one, in the order in which they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnresolvedReferences {
    references: Vec<UnresolvedReference>,
}

impl UnresolvedReferences {
    /// Nothing where there are none.
    pub(super) fn of(references: Vec<UnresolvedReference>) -> Option<Self> {
        (!references.is_empty()).then_some(Self { references })
    }

    /// The first of them; where only one can be told, it is this one.
    #[must_use]
    pub fn first(&self) -> &UnresolvedReference {
        &self.references[0]
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, UnresolvedReference> {
        self.references.iter()
    }
}

impl<'r> IntoIterator for &'r UnresolvedReferences {
    type Item = &'r UnresolvedReference;
    type IntoIter = std::slice::Iter<'r, UnresolvedReference>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One line each, with the place.
impl fmt::Display for UnresolvedReferences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, reference) in self.references.iter().enumerate() {
            let separator = if position == 0 { "" } else { "\n" };
            write!(f, "{separator}{}: {reference}", reference.path())?;
        }
        Ok(())
    }
}

impl std::error::Error for UnresolvedReferences {}
