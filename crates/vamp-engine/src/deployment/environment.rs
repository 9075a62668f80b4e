//! What an instance of a service sees: its variables, and which health checks it must pass.

use indexmap::IndexMap;
use vamp_model::{
    ClusterVariable, Deployment, DeploymentCluster, DeploymentService, EnvironmentVariable, HealthCheck, Name,
};

/// The variables of a service: those of its breed, overlaid by those of the deployment, overlaid by its own. An alias is the breed's,
/// whoever sets the value. A variable without value has none anywhere.
pub(crate) fn effective_variables(
    deployment: &Deployment,
    cluster: &str,
    service: &DeploymentService,
) -> IndexMap<Name, EnvironmentVariable> {
    let of_breed = service.breed.environment_variables.iter();
    let overlaid = of_breed.map(|(name, variable)| {
        let own = service
            .environment_variables
            .get(name)
            .and_then(|variable| variable.value.as_ref());
        let of_cluster = || {
            let full_name = full_name(cluster, name.as_str());
            let variable = deployment.environment_variables.get(&full_name)?;
            variable.value.as_ref()
        };
        let value = own.or_else(of_cluster).or(variable.value.as_ref());
        let variable = EnvironmentVariable {
            alias: variable.alias.clone(),
            value: value.cloned(),
            interpolated: None,
        };
        (name.clone(), variable)
    });
    overlaid.collect()
}

/// The name by which a deployment knows the variable of a cluster.
pub(crate) fn full_name(cluster: &str, variable: &str) -> String {
    format!("{cluster}.environment_variables.{variable}")
}

/// The full name of a blueprint's variable.
pub(crate) fn full_name_of(variable: &ClusterVariable) -> String {
    full_name(variable.cluster.as_str(), variable.variable.as_str())
}

/// A value as the container shall see it, `$$` being one `$`; none when it refers to something.
pub(crate) fn plain_value(value: &str) -> Option<String> {
    if !value.contains('$') {
        return Some(value.to_owned());
    }
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        if character == '$' && characters.next() != Some('$') {
            return None;
        }
        plain.push(character);
    }
    Some(plain)
}

/// The health checks that count for a service.
pub(crate) fn effective_health_checks(
    cluster: &DeploymentCluster,
    service: &DeploymentService,
) -> Vec<HealthCheck> {
    let known_port = |check: &&HealthCheck| service.breed.ports.contains_key(check.port.as_str());
    let of_cluster = || cluster.health_checks.iter().flatten().filter(known_port);
    match &service.health_checks {
        Some(own) if own.is_empty() => Vec::new(),
        Some(own) => {
            let other_path = |check: &&HealthCheck| own.iter().all(|own| own.path != check.path);
            own.iter()
                .chain(of_cluster().filter(other_path))
                .cloned()
                .collect()
        }
        None if cluster.health_checks.is_some() => of_cluster().cloned().collect(),
        None => service.breed.health_checks.clone().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_dollars_are_one_and_a_reference_is_none() {
        // S04-070: an escaped dollar sign.
        assert_eq!(plain_value("a$$b$$").as_deref(), Some("a$b$"));
        assert_eq!(plain_value("plain").as_deref(), Some("plain"));
        for reference in ["$x", "${x}", "$$$x", "$"] {
            assert_eq!(plain_value(reference), None, "{reference}");
        }
    }
}
