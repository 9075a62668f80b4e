use crate::Name;

/// An artifact in the place where it is used: written out, or named to be looked up.
#[derive(Debug, Clone, PartialEq)]
pub enum Reference<T> {
    /// The name of a stored artifact.
    Named(Name),
    /// The artifact itself.
    Inline(T),
}

impl<T> From<T> for Reference<T> {
    fn from(artifact: T) -> Self {
        Self::Inline(artifact)
    }
}

impl<T> Reference<T> {
    /// The artifact, when it is written out.
    pub const fn inline(&self) -> Option<&T> {
        match self {
            Self::Named(_) => None,
            Self::Inline(artifact) => Some(artifact),
        }
    }

    /// The definition, for changing it, where there is one.
    pub const fn inline_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Named(_) => None,
            Self::Inline(artifact) => Some(artifact),
        }
    }

    /// The name of what is referred to, where it is not written out.
    #[must_use]
    pub const fn named(&self) -> Option<&Name> {
        match self {
            Self::Named(name) => Some(name),
            Self::Inline(_) => None,
        }
    }
}
