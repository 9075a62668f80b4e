use indexmap::IndexMap;

use super::ResolveError;
use crate::{Breed, Deployment, Reference};

/// Whether a breed is what a dependency of that name asks for: the same name, or one that begins as the name does before
/// a `*` at its end.
#[must_use]
pub fn is_fulfilled_by(dependency: &str, breed: &str) -> bool {
    match dependency.strip_suffix('*') {
        Some(beginning) => breed.starts_with(beginning),
        None => breed == dependency,
    }
}

/// The clusters of a deployment that fulfil the dependencies of a breed, by alias: of each the first one that has a service
/// of such a breed, other than the breed itself.
///
/// # Errors
/// A dependency that nothing in the deployment fulfils.
pub fn clusters_of_dependencies(
    breed: &Breed,
    deployment: &Deployment,
) -> Result<IndexMap<String, String>, ResolveError> {
    let clusters = breed.dependencies.iter().map(|(alias, dependency)| {
        let dependency = match dependency {
            Reference::Named(name) => name,
            Reference::Inline(breed) => &breed.name,
        };
        let mut clusters = deployment.clusters.iter();
        let fulfilling = clusters.find(|(_, cluster)| {
            let mut services = cluster.services.iter();
            services.any(|service| {
                let name = &service.breed.name;
                *name != breed.name && is_fulfilled_by(dependency.as_str(), name.as_str())
            })
        });
        match fulfilling {
            Some((name, _)) => Ok((alias.clone(), name.to_string())),
            None => Err(ResolveError::UnresolvedDependency {
                breed: breed.name.to_string(),
                dependency: dependency.to_string(),
            }),
        }
    });
    clusters.collect()
}
