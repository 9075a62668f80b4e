use super::{Blueprint, Breed, Deployment, Gateway, Kind, Scale};

/// An artifact of any kind.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum AnyArtifact {
    /// A breed.
    Breed(Breed),
    /// A scale.
    Scale(Scale),
    /// A blueprint.
    Blueprint(Blueprint),
    /// A gateway.
    Gateway(Gateway),
    /// A deployment.
    Deployment(Deployment),
}

impl AnyArtifact {
    /// The kind of the artifact.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Breed(_) => Kind::Breed,
            Self::Scale(_) => Kind::Scale,
            Self::Blueprint(_) => Kind::Blueprint,
            Self::Gateway(_) => Kind::Gateway,
            Self::Deployment(_) => Kind::Deployment,
        }
    }
}
