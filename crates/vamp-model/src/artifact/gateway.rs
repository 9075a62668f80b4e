use indexmap::IndexMap;

use super::{Balance, Condition, Metadata, VirtualHost};
use crate::{GatewayName, Percentage, Port, RoutePath, lookup};

/// An entry for traffic, and how it is shared out.
#[derive(Debug, Clone, PartialEq)]
pub struct Gateway {
    /// Absent for a gateway inside a blueprint.
    pub name: Option<GatewayName>,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// Where it listens; absent or number 0 is to be assigned.
    pub port: Option<Port>,
    /// Where it can be reached, as far as a container platform tells.
    pub service: Option<GatewayService>,
    /// Whether it is part of the configuration that was handed to the agents.
    pub deployed: bool,
    /// Host names that lead here on the port of the virtual hosts.
    pub virtual_hosts: Vec<VirtualHost>,
    /// Routes in the order written, which is the order in which conditions are tried.
    pub routes: IndexMap<RoutePath, Route>,
}

impl Gateway {
    /// A gateway without port and routes.
    #[must_use]
    pub fn new(name: GatewayName) -> Self {
        Self {
            name: Some(name),
            metadata: Metadata::new(),
            port: None,
            service: None,
            deployed: false,
            virtual_hosts: Vec::new(),
            routes: IndexMap::new(),
        }
    }

    /// The hashed name by which HAProxy and metrics know the gateway.
    #[must_use]
    pub fn lookup_name(&self) -> String {
        lookup::gateway(self.name.as_ref().map_or("", GatewayName::as_str))
    }

    /// Whether the engine makes and keeps this gateway.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        self.name.as_ref().is_some_and(GatewayName::is_internal)
    }
}

/// Where a gateway can be reached from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayService {
    /// Host name or address.
    pub host: String,
    /// Port there.
    pub port: Port,
}

/// One way on from a gateway.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Route {
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// Share of the traffic that no condition has taken.
    pub weight: Option<Percentage>,
    /// Which requests take this route whatever its weight.
    pub condition: Option<Condition>,
    /// Share of the requests meeting the condition that really take the route.
    pub condition_strength: Option<Percentage>,
    /// How the targets share the route's traffic; absent for the default of the port's type.
    pub balance: Option<Balance>,
    /// Where the route leads now: found by the engine, ignored in what users write.
    pub targets: Vec<Target>,
}

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// An instance of a service, or another gateway.
    Internal {
        /// Name of the instance, or path of the gateway.
        name: String,
        /// Absent for another gateway, which is reached on the agent's own host.
        host: Option<String>,
        /// Port there.
        port: u16,
    },
    /// An address outside.
    External {
        /// The address, `host:port`.
        url: String,
    },
}
