//! What an instance of a service sees in its environment.

use indexmap::IndexMap;
use vamp_model::resolve::effective_variables;
use vamp_model::{ClusterVariable, Deployment, DeploymentService, EnvironmentVariable, Name, ValueTemplate};

/// The variables of a service, each with the value that counts.
pub(crate) fn shown_variables(
    deployment: &Deployment,
    cluster: &str,
    service: &DeploymentService,
) -> IndexMap<Name, EnvironmentVariable> {
    let variables = effective_variables(
        &service.breed,
        cluster,
        &deployment.environment_variables,
        &service.environment_variables,
    );
    let shown = variables.into_iter().map(|(name, variable)| {
        let variable = EnvironmentVariable {
            alias: variable.alias,
            value: variable.value,
            interpolated: variable.interpolated,
        };
        (name, variable)
    });
    shown.collect()
}

/// The full name of a blueprint's variable, by which a deployment knows it.
pub(crate) fn full_name_of(variable: &ClusterVariable) -> String {
    format!("{}.environment_variables.{}", variable.cluster, variable.variable)
}

/// A value as the container shall see it, `$$` being one `$`; none when it refers to something.
pub(crate) fn plain_value(value: &str) -> Option<String> {
    let template: ValueTemplate = value.parse().ok()?;
    template.as_text().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_dollars_are_one_and_a_reference_is_none() {
        // S04-070: an escaped dollar sign.
        assert_eq!(plain_value("a$$b$$").as_deref(), Some("a$b$"));
        assert_eq!(plain_value("plain").as_deref(), Some("plain"));
        assert_eq!(plain_value("").as_deref(), Some(""));
        for reference in ["$x", "${x}", "$$$x", "$"] {
            assert_eq!(plain_value(reference), None, "{reference}");
        }
    }
}
