//! The sample that is released.

use std::net::SocketAddr;

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
