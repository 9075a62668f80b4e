//! A deployment turned back into the blueprint that it is the fulfilment of.

use indexmap::IndexMap;

use super::{
    Blueprint, Cluster, ClusterVariable, Deployment, DeploymentCluster, DeploymentService, Gateway,
    Reference, Route, Service,
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
            gateways: IndexMap::new(),
            clusters,
            environment_variables,
            dialects: self.dialects.clone(),
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
            gateways: cluster_gateways(cluster),
            health_checks: cluster.health_checks.clone(),
            network: cluster.network.clone(),
            sla: cluster.sla.clone(),
            dialects: cluster.dialects.clone(),
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
            scale: service.scale.clone().map(Reference::Inline),
            arguments: service.arguments.clone(),
            health_checks: service.health_checks.clone(),
            network: service.network.clone(),
            dialects: service.dialects.clone(),
            health: service.health,
        }
    }
}

/// The internal gateways as a blueprint writes them: routes lead to breeds, and what the engine found is left out.
fn cluster_gateways(cluster: &DeploymentCluster) -> IndexMap<String, Gateway> {
    let plain = |gateway: &Gateway| Gateway {
        name: None,
        port: None,
        service: None,
        deployed: false,
        routes: gateway
            .routes
            .iter()
            .map(|(path, route)| {
                (
                    path.of_breed().unwrap_or_else(|| path.clone()),
                    without_targets(route),
                )
            })
            .collect(),
        ..gateway.clone()
    };
    cluster
        .gateways
        .iter()
        .map(|(port, gateway)| (port.clone(), plain(gateway)))
        .collect()
}

fn without_targets(route: &Reference<Route>) -> Reference<Route> {
    match route {
        Reference::Named(name) => Reference::Named(name.clone()),
        Reference::Inline(route) => Reference::Inline(Route {
            targets: Vec::new(),
            ..route.clone()
        }),
    }
}
