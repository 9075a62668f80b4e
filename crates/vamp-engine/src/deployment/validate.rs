//! What must hold of a deployment after a merge or a slice.

use std::collections::HashMap;

use vamp_model::{Deployment, DeploymentService, Intention, Name, code};

use super::attachment::{Attachment, service_place};

use crate::Problem;

/// What is wrong with an attachment by itself: the checks of a blueprint, with every breed looked up.
pub(crate) fn validate_attachment(attachment: &Attachment) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (variable, value) in &attachment.environment_variables {
        let declared = attachment.clusters.get(&variable.cluster).is_some_and(|cluster| {
            let mut breeds = cluster.services.iter().map(|service| &service.breed);
            breeds.any(|breed| breed.environment_variables.contains_key(&variable.variable))
        });
        if !declared {
            let message = format!(
                "Parameter '{variable} -> {}' cannot be resolved. Check if cluster exists and if it has any breed with \
                 port, environment variable or constant referable by {variable}.",
                value.as_deref().unwrap_or_default()
            );
            let problem = Problem::new(code::UNRESOLVED_ENVIRONMENT_VARIABLE, message);
            problems.push(problem.at(["environment_variables", &variable.to_string()]));
        }
    }
    for (port_name, gateway) in &attachment.gateways {
        for path in gateway.gateway.routes.keys() {
            let resolved = match path.segments() {
                [cluster, port] => attachment.clusters.get(cluster.as_str()).is_some_and(|cluster| {
                    let mut breeds = cluster.services.iter().map(|service| &service.breed);
                    breeds.any(|breed| breed.ports.contains_key(port.as_str()))
                }),
                _ => false,
            };
            if !resolved {
                let message = format!(
                    "Gateway port '{} -> {}' cannot be resolved. Check if referenced cluster exists and if it has any \
                     breed with referenced port name.",
                    path.normalized().replace('/', "."),
                    gateway.port.number()
                );
                let problem = Problem::new(code::UNRESOLVED_GATEWAY_PORT, message);
                problems.push(problem.at(["gateways", port_name, "routes", path.source()]));
            }
        }
    }
    for (cluster_name, cluster) in &attachment.clusters {
        for (position, service) in cluster.services.iter().enumerate() {
            for name in service.environment_variables.keys() {
                if !service.breed.environment_variables.contains_key(name) {
                    let breed = &service.breed.name;
                    let message = format!(
                        "Unresolved reference '{name}' in breed '{breed} -> {name}'. Check if breed dependency is declared."
                    );
                    let place = service_place(cluster_name, position);
                    let place = place.key("environment_variables").key(name.as_str());
                    let problem =
                        Problem::new(code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE, message).at_path(&place);
                    problems.push(problem.hint("the breed declares the variables that a service may set"));
                }
            }
        }
    }
    problems
}

/// What is wrong with a whole deployment.
pub(crate) fn validate_deployment(deployment: &Deployment) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen: HashMap<&Name, &Name> = HashMap::new();
    for (cluster_name, service) in wanted_services(deployment) {
        let breed = &service.breed.name;
        if let Some(first) = seen.insert(breed, cluster_name) {
            let message = format!("Multiple references for breed: '{breed}'.");
            let problem = Problem::new(crate::code::NON_UNIQUE_BREED_REFERENCE, message);
            let problem = problem.at(["clusters", cluster_name.as_str()]);
            problems.push(problem.hint(format!("cluster '{first}' has it, too")));
        }
    }
    if seen.is_empty() {
        problems.push(Problem::new(code::NO_SERVICE, "Expected at least one service."));
    }
    problems
}

/// The services that shall run, each with its cluster.
pub(crate) fn wanted_services(deployment: &Deployment) -> impl Iterator<Item = (&Name, &DeploymentService)> {
    deployment.clusters.iter().flat_map(|(name, cluster)| {
        let wanted = |service: &&DeploymentService| service.status.intention == Intention::Deployment;
        cluster
            .services
            .iter()
            .filter(wanted)
            .map(move |service| (name, service))
    })
}
