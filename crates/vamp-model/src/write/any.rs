use serde_core::{Serialize, Serializer};

use crate::AnyArtifact;

impl Serialize for AnyArtifact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Breed(breed) => breed.serialize(serializer),
            Self::Scale(scale) => scale.serialize(serializer),
            Self::Blueprint(blueprint) => blueprint.serialize(serializer),
            Self::Gateway(gateway) => gateway.serialize(serializer),
            Self::Deployment(deployment) => deployment.serialize(serializer),
            Self::Sla(sla) => sla.serialize(serializer),
            Self::Escalation(escalation) => escalation.serialize(serializer),
            Self::Condition(condition) => condition.serialize(serializer),
            Self::Rewrite(rewrite) => rewrite.serialize(serializer),
            Self::Route(route) => route.serialize(serializer),
            Self::Template(template) => template.serialize(serializer),
            Self::Workflow(workflow) => workflow.serialize(serializer),
        }
    }
}
