use crate::Name;

/// An artifact in the place where it is used: written out, or named to be looked up.
#[derive(Debug, Clone, PartialEq)]
pub enum Reference<T> {
    /// The name of a stored artifact.
    Named(Name),
    /// The artifact itself.
    Inline(T),
}

impl<T> Reference<T> {
    /// The artifact, when it is written out.
    pub const fn inline(&self) -> Option<&T> {
        match self {
            Self::Named(_) => None,
            Self::Inline(artifact) => Some(artifact),
        }
    }
}
