//! The sample that is released.

use std::net::SocketAddr;

use vamp_model::{Deployment, DeploymentService, Gateway, Percentage, Phase};

/// The deployment.
pub const DEPLOYMENT: &str = "shop";

/// The internal gateway that shares the traffic between the versions.
pub const CLUSTER_GATEWAY: &str = "shop/web/http";

const FIRST: &str = include_str!("../../samples/shop-1.0.yml");
const SECOND: &str = include_str!("../../samples/shop-2.0.yml");

/// A version of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 1.0
    First,
    /// 2.0
    Second,
}

impl Version {
    /// What the sample service says in its answers: `1.0`, `2.0`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::First => "1.0",
            Self::Second => "2.0",
        }
    }

    /// The name of the breed: `web:1.0`.
    #[must_use]
    pub fn breed(self) -> String {
        format!("web:{}", self.text())
    }

    /// The path of the version's route in [`CLUSTER_GATEWAY`].
    #[must_use]
    pub fn route(self) -> String {
        format!("{DEPLOYMENT}/web/{}/http", self.breed())
    }

    /// The blueprint of the version in YAML; the first one opens the gateway at this address.
    #[must_use]
    pub fn blueprint(self, gateway: SocketAddr) -> String {
        match self {
            Self::First => FIRST.replace("9050:", &format!("{}:", gateway.port())),
            Self::Second => SECOND.to_owned(),
        }
    }

    /// The service of this version in the deployment.
    #[must_use]
    pub fn service_in(self, deployment: &Deployment) -> Option<&DeploymentService> {
        let breed = self.breed();
        let mut services = deployment.clusters.values().flat_map(|cluster| &cluster.services);
        services.find(|service| service.breed.name.as_str() == breed)
    }

    /// Ready and all instances of this version.
    #[must_use]
    pub fn instances_in(self, deployment: &Deployment) -> (usize, usize) {
        let service = self.service_in(deployment);
        let instances = service
            .map(|service| service.instances.as_slice())
            .unwrap_or_default();
        let ready = instances.iter().filter(|instance| instance.deployed).count();
        (ready, instances.len())
    }

    /// Whether this version is deployed, with all the instances that its scale asks for.
    #[must_use]
    pub fn is_ready_in(self, deployment: &Deployment) -> bool {
        self.service_in(deployment).is_some_and(|service| {
            let (ready, _) = self.instances_in(deployment);
            let wanted = service.scale.as_ref().map(|scale| scale.instances as usize);
            service.status.phase == Phase::Done && wanted == Some(ready)
        })
    }

    /// The weight of this version's route in [`CLUSTER_GATEWAY`], in percent; zero without one.
    #[must_use]
    pub fn weight_in(self, gateway: &Gateway) -> u8 {
        let path = self.route();
        let mut routes = gateway.inline_routes();
        let route = routes.find(|(route, _)| route.normalized() == path);
        route
            .and_then(|(_, route)| route.weight)
            .map_or(0, Percentage::value)
    }
}

/// Gives 2.0 this share of the traffic in [`CLUSTER_GATEWAY`], in percent (0–100), and 1.0 the rest.
pub fn set_share(gateway: &mut Gateway, second: u8) {
    let second = second.min(100);
    for (version, weight) in [(Version::First, 100 - second), (Version::Second, second)] {
        let path = version.route();
        let mut routes = gateway.inline_routes_mut();
        if let Some((_, route)) = routes.find(|(route, _)| route.normalized() == path) {
            route.weight = Percentage::new(weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_blueprint_opens_the_gateway_where_it_is_told_to() {
        let yaml = Version::First.blueprint(SocketAddr::from(([127, 0, 0, 1], 20123)));
        assert!(yaml.contains("\n  20123: web/http\n"), "{yaml}");
        assert!(!yaml.contains("9050"));
    }
}
