use super::{
    Blueprint, Breed, Deployment, Escalation, Gateway, Kind, Rewrite, Route, Scale, Sla, StoredCondition,
    Template, Workflow,
};
use crate::{GatewayName, Name};

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

macro_rules! from_each {
    ($($variant:ident($type:ident),)*) => {
        $(
            impl From<$type> for AnyArtifact {
                fn from(artifact: $type) -> Self {
                    Self::$variant(artifact)
                }
            }
        )*
    };
}

from_each! {
    Breed(Breed),
    Scale(Scale),
    Blueprint(Blueprint),
    Gateway(Gateway),
    Deployment(Deployment),
    Sla(Sla),
    Escalation(Escalation),
    Condition(StoredCondition),
    Rewrite(Rewrite),
    Route(Route),
    Template(Template),
}

impl From<Workflow> for AnyArtifact {
    fn from(workflow: Workflow) -> Self {
        Self::Workflow(Box::new(workflow))
    }
}

impl AnyArtifact {
    /// The name under which the artifact is stored; absent for one that stands inside another.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let name = match self {
            Self::Breed(breed) => Some(&breed.name),
            Self::Scale(scale) => scale.name.as_ref(),
            Self::Blueprint(blueprint) => Some(&blueprint.name),
            Self::Gateway(gateway) => return gateway.name.as_ref().map(GatewayName::as_str),
            Self::Deployment(deployment) => Some(&deployment.name),
            Self::Sla(sla) => sla.name.as_ref(),
            Self::Escalation(escalation) => escalation.name.as_ref(),
            Self::Condition(condition) => condition.name.as_ref(),
            Self::Rewrite(rewrite) => rewrite.name.as_ref(),
            Self::Route(route) => route.name.as_ref(),
            Self::Template(template) => Some(&template.name),
            Self::Workflow(workflow) => Some(&workflow.name),
        };
        name.map(Name::as_str)
    }

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
