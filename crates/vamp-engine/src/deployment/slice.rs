//! Services cut out of a deployment.

use std::collections::HashSet;

use indexmap::IndexMap;
use jiff::Timestamp;
use vamp_model::{
    Blueprint, Deployment, DeploymentService, Gateway, GatewayName, Intention, Name, Reference,
};

use super::merge::initiated;
use crate::{Notice, Problem};

/// The breeds that shall go, by cluster.
pub(crate) type Cut = IndexMap<Name, HashSet<Name>>;

/// What a blueprint names. Nothing that it refers to has to exist.
pub(crate) fn cut_of(blueprint: &Blueprint) -> Cut {
    let clusters = blueprint.clusters.iter();
    let names = clusters.map(|(cluster_name, cluster)| {
        let names = cluster.services.iter().map(|service| match &service.breed {
            Reference::Named(name) => name.clone(),
            Reference::Inline(breed) => breed.name.clone(),
        });
        (cluster_name.clone(), names.collect())
    });
    names.collect()
}

/// Everything that a deployment has.
pub(crate) fn cut_of_all(deployment: &Deployment) -> Cut {
    let clusters = deployment.clusters.iter();
    let names = clusters.map(|(cluster_name, cluster)| {
        let names = cluster.services.iter().map(|service| service.breed.name.clone());
        (cluster_name.clone(), names.collect())
    });
    names.collect()
}

/// A deployment from which services were cut.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sliced {
    pub(crate) deployment: Deployment,
    pub(crate) notices: Vec<Notice>,
}

/// The wish after the services of `cut` were taken out. What the deployment does not have is ignored.
///
/// # Errors
/// A service that still gets traffic would go while others of its cluster stay.
pub(crate) fn slice<'g>(
    existing: &Deployment,
    cut: &Cut,
    gateway: impl Fn(&str) -> Option<&'g Gateway>,
    now: Timestamp,
) -> Result<Sliced, Vec<Problem>> {
    let mut deployment = existing.clone();
    let mut problems = Vec::new();
    let mut notices = Vec::new();
    for (cluster_name, going) in cut {
        let Some(cluster) = deployment.clusters.get_mut(cluster_name) else {
            continue;
        };
        let is_wanted = |service: &&DeploymentService| service.status.intention == Intention::Deployment;
        let (leaving, staying): (Vec<_>, Vec<_>) = cluster
            .services
            .iter()
            .filter(is_wanted)
            .partition(|service| going.contains(&service.breed.name));
        if !leaving.is_empty() {
            let guard = Guard {
                deployment: existing.name.as_str(),
                cluster: cluster_name.as_str(),
            };
            for port in ports(&staying) {
                let name = format!("{}/{cluster_name}/{port}", existing.name);
                if let Some(gateway) = gateway(&name) {
                    problems.extend(guard.weight(gateway, &staying, port));
                    notices.extend(guard.conditions(gateway, &leaving));
                }
            }
        }
        for service in &mut cluster.services {
            // One that was given up on its way out is tried again.
            if going.contains(&service.breed.name) && service.status.intention == Intention::Deployment {
                service.status = initiated(Intention::Undeployment, now);
            }
        }
    }
    if problems.is_empty() {
        Ok(Sliced { deployment, notices })
    } else {
        Err(problems)
    }
}

/// The ports of services, each once.
fn ports<'s>(services: &[&'s DeploymentService]) -> Vec<&'s str> {
    let mut ports: Vec<&str> = Vec::new();
    for port in services.iter().flat_map(|service| service.breed.ports.keys()) {
        if !ports.contains(&port.as_str()) {
            ports.push(port.as_str());
        }
    }
    ports
}

struct Guard<'n> {
    deployment: &'n str,
    cluster: &'n str,
}

impl Guard<'_> {
    /// The services that stay must have all the weight of a port.
    fn weight(&self, gateway: &Gateway, staying: &[&DeploymentService], port: &str) -> Option<Problem> {
        let weights = gateway.inline_routes().filter_map(|(path, route)| {
            let leads_to = service_of(path.segments())?;
            let stays = staying
                .iter()
                .any(|service| service.breed.name.as_str() == leads_to);
            stays
                .then_some(route.weight)
                .flatten()
                .map(|weight| u32::from(weight.value()))
        });
        let weight: u32 = weights.sum();
        (weight != 100).then(|| {
            let Self { deployment, cluster } = self;
            let message = format!(
                "Invalid route weight in cluster '{deployment}/{cluster}' - after updating the services and routes, weight \
                 {weight}% is invalid for port: '{port}'."
            );
            let problem = Problem::new(crate::code::INVALID_ROUTE_WEIGHT, message);
            let problem = problem.at(["clusters", cluster]);
            problem.hint(format!(
                "give the services that stay all the weight of gateway '{deployment}/{cluster}/{port}' first"
            ))
        })
    }

    /// A service without weight may still get requests by a condition, which then go elsewhere.
    fn conditions(&self, gateway: &Gateway, leaving: &[&DeploymentService]) -> Vec<Notice> {
        let name = gateway.name.as_ref().map_or("", GatewayName::as_str);
        let routes = gateway.inline_routes().filter(|(path, route)| {
            let leads_to = service_of(path.segments());
            let leaves = leaving
                .iter()
                .any(|service| Some(service.breed.name.as_str()) == leads_to);
            let strength = route.condition_strength.map_or(0, |strength| strength.value());
            leaves && route.condition.is_some() && strength > 0
        });
        let notices = routes.map(|(path, _)| Notice {
            code: "condition-lost",
            message: format!(
                "Route '{path}' of gateway '{name}' has a condition: the requests that it takes are shared out by weight from \
                 now on."
            ),
        });
        notices.collect()
    }
}

fn service_of(segments: &[String]) -> Option<&str> {
    match segments {
        [_, _, service, _] => Some(service),
        _ => None,
    }
}
