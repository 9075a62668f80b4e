//! A blueprint with everything that it refers to, ready to be merged.

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;
use vamp_model::{
    Blueprint, BlueprintGateway, Breed, ClusterVariable, Gateway, HealthCheck, Metadata, Name, Reference,
    Scale, ValuePath,
};

use crate::Problem;

/// What a blueprint refers to, as it is stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Referred {
    pub(crate) breeds: HashMap<Name, Breed>,
    pub(crate) scales: HashMap<Name, Scale>,
}

/// The names that a blueprint refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct References {
    pub(crate) breeds: BTreeSet<Name>,
    pub(crate) scales: BTreeSet<Name>,
}

/// A blueprint without references.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attachment {
    pub(crate) metadata: Metadata,
    pub(crate) clusters: IndexMap<Name, AttachedCluster>,
    pub(crate) gateways: IndexMap<String, BlueprintGateway>,
    pub(crate) environment_variables: IndexMap<ClusterVariable, Option<String>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AttachedCluster {
    pub(crate) metadata: Metadata,
    pub(crate) services: Vec<AttachedService>,
    pub(crate) health_checks: Option<Vec<HealthCheck>>,
    /// What the blueprint says of the internal gateways, by the name of their port.
    pub(crate) gateways: IndexMap<String, Gateway>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AttachedService {
    pub(crate) breed: Breed,
    pub(crate) environment_variables: IndexMap<Name, Option<String>>,
    /// None keeps the scale that there is.
    pub(crate) scale: Option<Scale>,
    pub(crate) health_checks: Option<Vec<HealthCheck>>,
}

/// What a blueprint refers to.
pub(crate) fn references(blueprint: &Blueprint) -> References {
    let mut references = References::default();
    for service in blueprint.clusters.values().flat_map(|cluster| &cluster.services) {
        if let Reference::Named(name) = &service.breed {
            references.breeds.insert(name.clone());
        }
        if let Some(Reference::Named(name)) = &service.scale {
            references.scales.insert(name.clone());
        }
    }
    references
}

/// The blueprint with what it refers to.
///
/// # Errors
/// Something that it refers to does not exist.
pub(crate) fn attach(blueprint: Blueprint, referred: &Referred) -> Result<Attachment, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut clusters = IndexMap::new();
    for (name, cluster) in blueprint.clusters {
        let mut services = Vec::new();
        for (position, service) in cluster.services.into_iter().enumerate() {
            let place = service_place(&name, position);
            let breed = match service.breed {
                Reference::Inline(breed) => Some(breed),
                Reference::Named(wanted) => {
                    look_up(&referred.breeds, &wanted, &place, "breed", &mut problems)
                }
            };
            let scale = match service.scale {
                None => None,
                Some(Reference::Inline(scale)) => Some(scale),
                Some(Reference::Named(wanted)) => {
                    look_up(&referred.scales, &wanted, &place, "scale", &mut problems)
                }
            };
            if let Some(breed) = breed {
                services.push(AttachedService {
                    breed,
                    environment_variables: service.environment_variables,
                    scale,
                    health_checks: service.health_checks,
                });
            }
        }
        let cluster = AttachedCluster {
            metadata: cluster.metadata,
            gateways: by_port(cluster.gateways, &services),
            services,
            health_checks: cluster.health_checks,
        };
        clusters.insert(name, cluster);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Attachment {
        metadata: blueprint.metadata,
        clusters,
        gateways: blueprint.gateways,
        environment_variables: blueprint.environment_variables,
    })
}

/// The gateways of a cluster by the name of their port; one without belongs to the only port that there is.
fn by_port(gateways: IndexMap<String, Gateway>, services: &[AttachedService]) -> IndexMap<String, Gateway> {
    let ports: BTreeSet<&str> = services
        .iter()
        .flat_map(|service| service.breed.ports.keys().map(|port| port.as_str()))
        .collect();
    let only = match ports.first() {
        Some(only) if ports.len() == 1 => (*only).to_owned(),
        _ => String::new(),
    };
    let named = |(port, gateway): (String, Gateway)| {
        let port = if port.is_empty() { only.clone() } else { port };
        (port, gateway)
    };
    gateways.into_iter().map(named).collect()
}

fn look_up<T: Clone>(
    stored: &HashMap<Name, T>,
    wanted: &Name,
    place: &ValuePath,
    key: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let found = stored.get(wanted).cloned();
    if found.is_none() {
        problems.push(absent(wanted.as_str()).at_path(&place.clone().key(key)));
    }
    found
}

/// The way to a service of a blueprint.
pub(crate) fn service_place(cluster: &Name, position: usize) -> ValuePath {
    let cluster = ValuePath::new().key("clusters").key(cluster.as_str());
    cluster.key("services").index(position)
}

/// The problem of a name that leads to nothing.
pub(crate) fn absent(name: &str) -> Problem {
    let message = format!("Artifact cannot be found: '{name}'.");
    Problem::new(crate::code::ARTIFACT_NOT_FOUND, message)
}
