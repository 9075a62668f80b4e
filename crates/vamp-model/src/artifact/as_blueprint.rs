//! A deployment turned back into the blueprint that it is the fulfilment of.

use super::{
    Blueprint, Cluster, ClusterVariable, Deployment, DeploymentCluster, DeploymentService, Reference, Service,
};

impl Deployment {
    /// The blueprint that would make this deployment: its clusters, services and variables, without gateways.
    ///
    /// Variables stay where they say something: those of the deployment where a breed of their cluster declares them,
    /// those of a service where their value is neither the deployment's nor the breed's.
    #[must_use]
    pub fn to_blueprint(&self) -> Blueprint {
        let environment_variables = self
            .environment_variables
            .iter()
            .filter_map(|(full_name, variable)| {
                let name: ClusterVariable = full_name.parse().ok()?;
                let cluster = self.clusters.get(name.cluster.as_str())?;
                let declares = |service: &DeploymentService| {
                    service
                        .breed
                        .environment_variables
                        .contains_key(name.variable.as_str())
                };
                let declared = cluster.services.iter().any(declares);
                declared.then(|| (name, variable.value.clone()))
            })
            .collect();
        let clusters = self
            .clusters
            .iter()
            .map(|(name, cluster)| (name.clone(), self.cluster_blueprint(name.as_str(), cluster)))
            .collect();
        Blueprint {
            name: self.name.clone(),
            metadata: self.metadata.clone(),
            gateways: indexmap::IndexMap::new(),
            clusters,
            environment_variables,
        }
    }

    fn cluster_blueprint(&self, name: &str, cluster: &DeploymentCluster) -> Cluster {
        Cluster {
            metadata: cluster.metadata.clone(),
            services: cluster
                .services
                .iter()
                .map(|service| self.service_blueprint(name, service))
                .collect(),
            health_checks: cluster.health_checks.clone(),
        }
    }

    fn service_blueprint(&self, cluster: &str, service: &DeploymentService) -> Service {
        let of_deployment = |variable: &str| {
            let full_name = format!("{cluster}.environment_variables.{variable}");
            self.environment_variables
                .get(&full_name)
                .map(|variable| &variable.value)
        };
        let of_breed = |variable: &str| {
            let declared = service.breed.environment_variables.get(variable);
            declared.and_then(|variable| variable.value.as_ref())
        };
        let environment_variables = service
            .environment_variables
            .iter()
            .filter(|(name, variable)| {
                let says_something_new =
                    of_deployment(name.as_str()).is_none_or(|value| *value != variable.value);
                let differs_from_breed = of_breed(name.as_str()) != variable.value.as_ref();
                variable.value.is_some() && says_something_new && differs_from_breed
            })
            .map(|(name, variable)| (name.clone(), variable.value.clone()))
            .collect();
        Service {
            breed: Reference::Inline(service.breed.clone()),
            environment_variables,
            scale: Some(Reference::Inline(service.scale.clone())),
            health_checks: service.health_checks.clone(),
        }
    }
}
