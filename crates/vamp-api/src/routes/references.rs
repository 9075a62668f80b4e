//! Artifacts with what they refer to, or with names only.

use vamp_engine::Engine;
use vamp_model::{AnyArtifact, Blueprint, Breed, Kind, Name, Reference, Scale};

use crate::http::Failure;
use crate::http::query::Query;

/// How references are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum References {
    /// As they are stored.
    Stored,
    /// What is referred to in place of its name.
    Expanded,
    /// Names in place of what is written out.
    Only,
}

impl References {
    /// What a request asks for. Both together cancel each other.
    pub(super) fn of(query: &Query) -> Result<Self, Failure> {
        let expand = query.boolean("expand_references")?;
        let only = query.boolean("only_references")?;
        Ok(match (expand, only) {
            (true, false) => Self::Expanded,
            (false, true) => Self::Only,
            _ => Self::Stored,
        })
    }

    /// The artifact as it shall be shown.
    pub(super) async fn shown(self, engine: &Engine, artifact: AnyArtifact) -> Result<AnyArtifact, Failure> {
        match (self, artifact) {
            (Self::Expanded, AnyArtifact::Blueprint(blueprint)) => {
                expanded(engine, blueprint).await.map(AnyArtifact::Blueprint)
            }
            (Self::Only, AnyArtifact::Blueprint(blueprint)) => {
                Ok(AnyArtifact::Blueprint(only_names(blueprint)))
            }
            (_, artifact) => Ok(artifact),
        }
    }
}

/// The blueprint with breeds by name only.
pub(super) fn only_names(mut blueprint: Blueprint) -> Blueprint {
    for service in blueprint
        .clusters
        .values_mut()
        .flat_map(|cluster| &mut cluster.services)
    {
        if let Reference::Inline(breed) = &service.breed {
            service.breed = Reference::Named(breed.name.clone());
        }
    }
    blueprint
}

async fn expanded(engine: &Engine, mut blueprint: Blueprint) -> Result<Blueprint, Failure> {
    for service in blueprint
        .clusters
        .values_mut()
        .flat_map(|cluster| &mut cluster.services)
    {
        if let Reference::Named(name) = &service.breed {
            service.breed = Reference::Inline(breed(engine, name).await?);
        }
        if let Some(Reference::Named(name)) = &service.scale {
            service.scale = Some(Reference::Inline(scale(engine, name).await?));
        }
    }
    Ok(blueprint)
}

async fn breed(engine: &Engine, name: &Name) -> Result<Breed, Failure> {
    match stored(engine, Kind::Breed, name).await? {
        AnyArtifact::Breed(breed) => Ok(breed),
        _ => Err(Failure::absent(name.as_str())),
    }
}

async fn scale(engine: &Engine, name: &Name) -> Result<Scale, Failure> {
    match stored(engine, Kind::Scale, name).await? {
        AnyArtifact::Scale(scale) => Ok(scale),
        _ => Err(Failure::absent(name.as_str())),
    }
}

async fn stored(engine: &Engine, kind: Kind, name: &Name) -> Result<AnyArtifact, Failure> {
    let found = engine.get(kind, name.as_str()).await?;
    found
        .map(|found| found.artifact)
        .ok_or_else(|| Failure::absent(name.as_str()))
}
