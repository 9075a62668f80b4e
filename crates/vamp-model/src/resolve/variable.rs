//! Which value of a variable counts.

use indexmap::IndexMap;

use super::ResolveError;
use crate::{Breed, EnvironmentVariable, Name, TraitGroup};

/// Who sets the value of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VariableLevel {
    /// The breed that declares it.
    Breed,
    /// The blueprint, for all services of the cluster.
    Cluster,
    /// The service.
    Service,
}

/// A variable of a service with the value that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveVariable {
    /// The name under which the container sees it, where that is another one.
    pub alias: Option<String>,
    /// The value as written. Without one it is nowhere set.
    pub value: Option<String>,
    /// The value with its references resolved, where it is known.
    pub interpolated: Option<String>,
    /// Who set the value.
    pub level: VariableLevel,
}

/// The variables of a service: those of its breed, overlaid by those of the deployment for the cluster, overlaid by its own.
///
/// What has no value overlays nothing. The deployment's variables have full names,
/// `cluster.environment_variables.NAME`; those that the breed does not declare do not count. An alias is the breed's,
/// whoever sets the value.
#[must_use]
pub fn effective_variables(
    breed: &Breed,
    cluster: &str,
    of_deployment: &IndexMap<String, EnvironmentVariable>,
    own: &IndexMap<Name, EnvironmentVariable>,
) -> IndexMap<Name, EffectiveVariable> {
    let mut variables: IndexMap<Name, EffectiveVariable> = breed
        .environment_variables
        .iter()
        .map(|(name, variable)| {
            let mut effective = at_level(variable, VariableLevel::Breed);
            let full_name = format!("{cluster}.{}.{name}", TraitGroup::EnvironmentVariables);
            effective.overlay(of_deployment.get(&full_name), VariableLevel::Cluster);
            (name.clone(), effective)
        })
        .collect();
    for (name, variable) in own {
        match variables.get_mut(name) {
            Some(effective) => effective.overlay(Some(variable), VariableLevel::Service),
            None => {
                variables.insert(name.clone(), at_level(variable, VariableLevel::Service));
            }
        }
    }
    variables
}

fn at_level(variable: &EnvironmentVariable, level: VariableLevel) -> EffectiveVariable {
    EffectiveVariable {
        alias: variable.alias.clone(),
        value: variable.value.clone(),
        interpolated: variable.interpolated.clone(),
        level,
    }
}

impl EffectiveVariable {
    /// Whether the variable is set somewhere.
    #[must_use]
    pub const fn has_value(&self) -> bool {
        self.value.is_some() || self.interpolated.is_some()
    }

    fn overlay(&mut self, variable: Option<&EnvironmentVariable>, level: VariableLevel) {
        let Some(variable) = variable else { return };
        let overlaid = at_level(variable, level);
        if overlaid.has_value() {
            let alias = self.alias.take().or_else(|| overlaid.alias.clone());
            *self = Self { alias, ..overlaid };
        }
    }
}

/// Whether each variable that the breed declares is set somewhere, as it must be before anything is deployed.
///
/// # Errors
/// The first one that is not.
pub fn check_values(
    breed: &Breed,
    variables: &IndexMap<Name, EffectiveVariable>,
) -> Result<(), ResolveError> {
    let is_set = |name: &Name| variables.get(name).is_some_and(EffectiveVariable::has_value);
    let mut declared = breed.environment_variables.keys();
    match declared.find(|name| !is_set(name)) {
        None => Ok(()),
        Some(name) => Err(ResolveError::UnresolvedVariableValue {
            breed: breed.name.to_string(),
            name: name.to_string(),
        }),
    }
}

/// Whether the variables of a deployed service are ready for its containers: no fewer than its breed declares, and all of
/// them resolved.
#[must_use]
pub fn are_resolved(breed: &Breed, variables: &IndexMap<Name, EnvironmentVariable>) -> bool {
    let is_resolved = |variable: &EnvironmentVariable| variable.interpolated.is_some();
    variables.len() >= breed.environment_variables.len() && variables.values().all(is_resolved)
}
