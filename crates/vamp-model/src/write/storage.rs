//! Artifacts as they are stored: as the API shows them, with all that it rounds or leaves out.

use indexmap::IndexMap;
use serde_core::Serialize;
use serde_json::{Map, Value};

use super::to_value;
use crate::{
    AnyArtifact, Blueprint, Breed, Cluster, Deployment, DeploymentCluster, DeploymentService,
    EnvironmentVariable, Escalation, Gateway, Name, Reference, Rewrite, Route, Scale, Service, Sla,
    StoredCondition, Template, Workflow,
};

mod sealed {
    use serde_json::Value;

    /// What an artifact adds to its form in the API, behind a trait that nobody else can implement.
    pub trait PutBack {
        /// Puts back into `shown`, which is what the API shows, all that is missing.
        fn put_back(&self, shown: &mut Value);
    }
}

use sealed::PutBack;

/// An artifact that can be stored: one of any kind, and [`AnyArtifact`].
///
/// Reading what is stored with [`read_stored`](crate::read_stored) gives the same artifact again. It differs from what
/// [`to_json`](crate::to_json) writes in this:
///
/// | of | is stored |
/// |---|---|
/// | scales, wherever they stand | the exact amount of memory |
/// | breeds | variables with the values as written |
/// | deployments | variables as a list of `name`, `alias`, `value` and `interpolated`; the gateways made with the deployment |
/// | services of deployments | variables as such a list, where references in their values have been resolved |
/// | clusters of deployments | gateways in full |
/// | workflows | how far a restart is |
pub trait Stored: Serialize + PutBack {
    /// The artifact as it is stored.
    #[must_use]
    fn to_stored(&self) -> Value {
        let mut stored = to_value(self);
        self.put_back(&mut stored);
        stored
    }
}

impl<T: Serialize + PutBack> Stored for T {}

/// An artifact as compact JSON that loses nothing.
///
/// ```
/// use vamp_model::{Format, Scale, read, to_json, to_storage_json};
///
/// let scale: Scale = read("{name: tiny, cpu: 1m, memory: 128Ki}", Format::Yaml)?;
/// assert!(to_json(&scale).contains("0.13MB"));
/// assert!(to_storage_json(&scale).contains("0.125MB"));
/// assert_eq!(read::<Scale>(&to_storage_json(&scale), Format::Json)?, scale);
/// # Ok::<(), vamp_model::Problems>(())
/// ```
#[must_use]
pub fn to_storage_json<T: Stored>(artifact: &T) -> String {
    artifact.to_stored().to_string()
}

macro_rules! stored_as_shown {
    ($($type:ident)*) => {
        $(
            impl PutBack for $type {
                fn put_back(&self, _shown: &mut Value) {}
            }
        )*
    };
}

stored_as_shown! { Escalation Gateway Rewrite Route Sla StoredCondition Template }

impl PutBack for AnyArtifact {
    fn put_back(&self, shown: &mut Value) {
        match self {
            Self::Breed(breed) => breed.put_back(shown),
            Self::Scale(scale) => scale.put_back(shown),
            Self::Blueprint(blueprint) => blueprint.put_back(shown),
            Self::Gateway(gateway) => gateway.put_back(shown),
            Self::Deployment(deployment) => deployment.put_back(shown),
            Self::Sla(sla) => sla.put_back(shown),
            Self::Escalation(escalation) => escalation.put_back(shown),
            Self::Condition(condition) => condition.put_back(shown),
            Self::Rewrite(rewrite) => rewrite.put_back(shown),
            Self::Route(route) => route.put_back(shown),
            Self::Template(template) => template.put_back(shown),
            Self::Workflow(workflow) => workflow.put_back(shown),
        }
    }
}

impl PutBack for Scale {
    fn put_back(&self, shown: &mut Value) {
        set(shown, "memory", self.memory.exact());
    }
}

impl<T: PutBack> PutBack for Reference<T> {
    fn put_back(&self, shown: &mut Value) {
        if let Self::Inline(artifact) = self {
            artifact.put_back(shown);
        }
    }
}

impl PutBack for Breed {
    fn put_back(&self, shown: &mut Value) {
        with_values_as_written(shown, &self.environment_variables);
        below(shown, "dependencies", &self.dependencies);
    }
}

impl PutBack for Blueprint {
    fn put_back(&self, shown: &mut Value) {
        below(shown, "clusters", &self.clusters);
    }
}

impl PutBack for Cluster {
    fn put_back(&self, shown: &mut Value) {
        below(shown, "services", &self.services);
    }
}

impl PutBack for Service {
    fn put_back(&self, shown: &mut Value) {
        below(shown, "breed", &self.breed);
        below(shown, "scale", &self.scale);
    }
}

impl PutBack for Deployment {
    fn put_back(&self, shown: &mut Value) {
        below(shown, "clusters", &self.clusters);
        set(
            shown,
            "environment_variables",
            listed(&self.environment_variables),
        );
        if !self.gateways.is_empty() {
            set(shown, "gateways", to_value(&self.gateways));
        }
    }
}

impl PutBack for DeploymentCluster {
    fn put_back(&self, shown: &mut Value) {
        below(shown, "services", &self.services);
        // With their names, ports and whole paths.
        set(shown, "gateways", to_value(&self.gateways));
    }
}

impl PutBack for DeploymentService {
    fn put_back(&self, shown: &mut Value) {
        below(shown, "breed", &self.breed);
        below(shown, "scale", &self.scale);
        if is_resolved(self.environment_variables.values()) {
            set(
                shown,
                "environment_variables",
                listed(&self.environment_variables),
            );
        }
    }
}

impl PutBack for Workflow {
    fn put_back(&self, shown: &mut Value) {
        below(shown, "breed", &self.breed);
        below(shown, "scale", &self.scale);
        set(shown, "status", self.status.describe());
    }
}

impl<T: PutBack> PutBack for Option<T> {
    fn put_back(&self, shown: &mut Value) {
        if let Some(part) = self {
            part.put_back(shown);
        }
    }
}

impl<T: PutBack> PutBack for Vec<T> {
    fn put_back(&self, shown: &mut Value) {
        let shown = shown.as_array_mut().into_iter().flatten();
        for (part, shown) in self.iter().zip(shown) {
            part.put_back(shown);
        }
    }
}

/// Parts under keys of their own, in the order in which they are shown.
impl<K, T: PutBack> PutBack for IndexMap<K, T> {
    fn put_back(&self, shown: &mut Value) {
        let shown = shown.as_object_mut().into_iter().flatten();
        for (part, (_, shown)) in self.values().zip(shown) {
            part.put_back(shown);
        }
    }
}

fn at<'v>(shown: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    shown.get_mut(key)
}

fn set(shown: &mut Value, key: &str, value: impl Into<Value>) {
    if let Some(map) = shown.as_object_mut() {
        map.insert(key.to_owned(), value.into());
    }
}

/// Puts back what belongs under a key, where there is anything.
fn below(shown: &mut Value, key: &str, part: &impl PutBack) {
    if let Some(shown) = at(shown, key) {
        part.put_back(shown);
    }
}

fn is_resolved<'v>(mut variables: impl Iterator<Item = &'v EnvironmentVariable>) -> bool {
    variables.any(|variable| variable.interpolated.is_some())
}

/// What other values made of the values of a breed is found anew wherever it is used.
fn with_values_as_written(shown: &mut Value, variables: &IndexMap<Name, EnvironmentVariable>) {
    if !is_resolved(variables.values()) {
        return;
    }
    let shown = at(shown, "environment_variables").and_then(Value::as_object_mut);
    for ((_, shown), variable) in shown.into_iter().flatten().zip(variables.values()) {
        *shown = to_value(&variable.value);
    }
}

/// Variables as a list, which has room for the value as written and the one that came of it.
fn listed<K: ToString>(variables: &IndexMap<K, EnvironmentVariable>) -> Vec<Value> {
    let list = variables.iter().map(|(name, variable)| {
        let mut map = Map::new();
        map.insert("name".to_owned(), name.to_string().into());
        let optional = [
            ("alias", &variable.alias),
            ("value", &variable.value),
            ("interpolated", &variable.interpolated),
        ];
        for (key, text) in optional {
            if let Some(text) = text {
                map.insert(key.to_owned(), text.as_str().into());
            }
        }
        Value::Object(map)
    });
    list.collect()
}
