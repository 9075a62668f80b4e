//! From a deployed service to what a driver is told.

use indexmap::IndexMap;
use vamp_drivers::{PortSpec, ScaleSpec, ServiceId, ServiceSpec};
use vamp_model::resolve::effective_variables;
use vamp_model::{Deployment, DeploymentCluster, DeploymentService, HealthCheck, code};

use super::environment::plain_value;
use crate::Problem;

/// What a driver is told to run.
///
/// # Errors
/// A variable without value, or with one that refers to something.
pub(crate) fn specification(
    deployment: &Deployment,
    cluster_name: &str,
    cluster: &DeploymentCluster,
    service: &DeploymentService,
) -> Result<ServiceSpec, Vec<Problem>> {
    let breed = &service.breed;
    let mut problems = Vec::new();
    let mut environment = IndexMap::new();
    let variables = effective_variables(
        breed,
        cluster_name,
        &deployment.environment_variables,
        &service.environment_variables,
    );
    for (name, variable) in variables {
        let place = ["clusters", cluster_name];
        let Some(value) = &variable.value else {
            let message = format!(
                "Unresolved value of variable '{name}' for breed '{}'.",
                breed.name
            );
            problems.push(Problem::new(crate::code::UNRESOLVED_VARIABLE_VALUE, message).at(place));
            continue;
        };
        let Some(value) = plain_value(value) else {
            let message = format!(
                "References in variables are not supported yet: '{name}' of breed '{}'.",
                breed.name
            );
            let problem = Problem::new(code::NOT_SUPPORTED, message).at(place);
            problems.push(problem.hint("write `$$` for one `$`"));
            continue;
        };
        environment.insert(variable.alias.unwrap_or_else(|| name.to_string()), value);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let ports = breed.ports.iter().map(|(name, port)| PortSpec {
        name: name.to_string(),
        number: port.number(),
        kind: port.kind(),
    });
    let health_checks = HealthCheck::effective(
        service.health_checks.as_deref(),
        cluster.health_checks.as_deref(),
        breed,
    );
    let scale = service.scale.as_ref();
    Ok(ServiceSpec {
        id: ServiceId {
            deployment: deployment.name.to_string(),
            cluster: cluster_name.to_owned(),
            service: breed.name.to_string(),
        },
        deployable: breed.deployable.clone(),
        ports: ports.collect(),
        environment,
        health_checks,
        scale: ScaleSpec {
            cpu: scale.map(|scale| scale.cpu),
            memory: scale.map(|scale| scale.memory),
            instances: scale.map_or(1, |scale| scale.instances),
        },
    })
}
