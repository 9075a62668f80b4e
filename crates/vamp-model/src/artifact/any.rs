use super::{
    Blueprint, Breed, Deployment, Escalation, Gateway, Kind, Rewrite, Route, Scale, Sla, StoredCondition,
    Template, Workflow,
};

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
    /// An SLA.
    Sla(Sla),
    /// An escalation.
    Escalation(Escalation),
    /// A condition.
    Condition(StoredCondition),
    /// A rewrite.
    Rewrite(Rewrite),
    /// A route.
    Route(Route),
    /// A template.
    Template(Template),
    /// A workflow.
    Workflow(Box<Workflow>),
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
            Self::Sla(_) => Kind::Sla,
            Self::Escalation(_) => Kind::Escalation,
            Self::Condition(_) => Kind::Condition,
            Self::Rewrite(_) => Kind::Rewrite,
            Self::Route(_) => Kind::Route,
            Self::Template(_) => Kind::Template,
            Self::Workflow(_) => Kind::Workflow,
        }
    }
}
