//! Values of a service.

use indexmap::IndexMap;

use super::deployment::Clusters;
use super::error::parse;
use super::{DeploymentResolver, EffectiveVariable, ResolveError, VariableLevel, resolve_all};
use crate::{Name, StrictName, ValuePart, ValueReference, ValueTemplate};

/// How many bytes all values of one service may have together where single values may have `LONGEST_VALUE`.
const VALUES_PER_SERVICE: usize = 16;

/// Resolves values of one service: names alone are its variables and constants, and the aliases of its dependencies are
/// known.
#[derive(Debug, Clone, Copy)]
pub struct ServiceResolver<'s> {
    in_deployment: DeploymentResolver<'s>,
    clusters: &'s IndexMap<String, String>,
}

/// The variables and constants of a service with their references resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceValues {
    /// The variables. Those that are nowhere set stay without a resolved value.
    pub variables: IndexMap<Name, EffectiveVariable>,
    /// The constants of the breed.
    pub constants: IndexMap<StrictName, String>,
}

impl ServiceValues {
    /// What a name alone stands for: a variable, else a constant.
    #[must_use]
    pub fn local(&self, name: &str) -> Option<&str> {
        let variable = self
            .variables
            .get(name)
            .and_then(|variable| variable.interpolated.as_deref());
        variable.or_else(|| self.constants.get(name).map(String::as_str))
    }

    /// What a container sees: resolved values by alias, where there is one, else by name.
    #[must_use]
    pub fn container_environment(&self) -> IndexMap<String, String> {
        let set = self.variables.iter().filter_map(|(name, variable)| {
            let key = variable.alias.clone().unwrap_or_else(|| name.to_string());
            Some((key, variable.interpolated.clone()?))
        });
        set.collect()
    }
}

impl<'s> ServiceResolver<'s> {
    pub(super) const fn new(
        in_deployment: DeploymentResolver<'s>,
        clusters: &'s IndexMap<String, String>,
    ) -> Self {
        Self {
            in_deployment,
            clusters,
        }
    }

    /// The value with its references replaced; names alone are looked up in `values`.
    ///
    /// # Errors
    /// A setting that is not configured, or too long a text.
    pub fn resolve(&self, template: &ValueTemplate, values: &ServiceValues) -> Result<String, ResolveError> {
        self.resolve_with(template, &|name| values.local(name).map(str::to_owned))
    }

    /// The variables and constants of the service, resolved.
    ///
    /// They may refer to each other, in any order: `docs/src/decisions/values-of-a-service.md` says why. A value that the
    /// blueprint sets for the cluster belongs to the deployment: it knows no alias and no name alone. What is resolved
    /// already stays as it is.
    ///
    /// # Errors
    /// A value that cannot be parsed, values that refer to each other in a circle, a setting that is not configured, or
    /// too long a text.
    pub fn values(
        &self,
        variables: &IndexMap<Name, EffectiveVariable>,
        constants: &IndexMap<StrictName, String>,
    ) -> Result<ServiceValues, ResolveError> {
        let constants: IndexMap<&StrictName, &String> = constants
            .iter()
            .filter(|(name, _)| {
                !variables
                    .get(name.as_str())
                    .is_some_and(EffectiveVariable::has_value)
            })
            .collect();
        let mut templates = IndexMap::with_capacity(variables.len() + constants.len());
        for (name, variable) in variables {
            if let Some(template) = template_of(variable)? {
                templates.insert(name.to_string(), template);
            }
        }
        for (name, value) in &constants {
            templates.insert(name.to_string(), parse(value)?);
        }
        let knows_locals = |name: &String| {
            let variable = variables.get(name.as_str());
            variable.is_none_or(|variable| variable.level != VariableLevel::Cluster)
        };
        let refers_to = |name: &String, reference: &ValueReference| match reference {
            ValueReference::Local(local) if knows_locals(name) => Some(local.to_string()),
            _ => None,
        };
        let resolve = |name: &String, template: &ValueTemplate, done: &IndexMap<String, String>| {
            if knows_locals(name) {
                self.resolve_with(template, &|local| done.get(local).cloned())
            } else {
                self.in_deployment.resolve(template)
            }
        };
        let most = self.in_deployment.most.saturating_mul(VALUES_PER_SERVICE);
        let texts = resolve_all(&templates, refers_to, resolve, most)?;
        let variables = variables.iter().map(|(name, variable)| {
            let interpolated = variable.has_value().then(|| texts.get(name.as_str()).cloned());
            let variable = EffectiveVariable {
                interpolated: interpolated.flatten(),
                ..variable.clone()
            };
            (name.clone(), variable)
        });
        let constants = constants.into_keys().filter_map(|name| {
            let text = texts.get(name.as_str())?;
            Some((name.clone(), text.clone()))
        });
        Ok(ServiceValues {
            variables: variables.collect(),
            constants: constants.collect(),
        })
    }

    fn resolve_with(
        &self,
        template: &ValueTemplate,
        local: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, ResolveError> {
        self.in_deployment
            .resolve_with(template, Clusters(Some(self.clusters)), local)
    }
}

/// The value of a variable that has one. What is resolved already refers to nothing.
fn template_of(variable: &EffectiveVariable) -> Result<Option<ValueTemplate>, ResolveError> {
    match (&variable.interpolated, &variable.value) {
        (Some(text), _) => Ok(Some(ValueTemplate::from_iter([ValuePart::Text(text.clone())]))),
        (None, Some(value)) => parse(value).map(Some),
        (None, None) => Ok(None),
    }
}
