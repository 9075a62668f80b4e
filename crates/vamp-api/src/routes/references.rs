//! Artifacts with what they refer to, or with names only.

use vamp_engine::Engine;
use vamp_model::{AnyArtifact, only_references};

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

    /// An artifact as it shall be shown.
    pub(super) async fn shown(self, engine: &Engine, artifact: AnyArtifact) -> Result<AnyArtifact, Failure> {
        match self {
            Self::Stored => Ok(artifact),
            Self::Only => Ok(only_references(&artifact)),
            Self::Expanded => Ok(engine.expand(&artifact).await?),
        }
    }

    /// Artifacts as they shall be shown. What several of them refer to is looked up once.
    pub(super) async fn all_shown(
        self,
        engine: &Engine,
        artifacts: Vec<AnyArtifact>,
    ) -> Result<Vec<AnyArtifact>, Failure> {
        match self {
            Self::Stored => Ok(artifacts),
            Self::Only => Ok(artifacts.iter().map(only_references).collect()),
            Self::Expanded => Ok(engine.expand_all(&artifacts).await?),
        }
    }
}
