use indexmap::IndexMap;

use super::{Metadata, Reference, Route, Sticky, VirtualHost};
use crate::{GatewayName, Port, RoutePath, Selector, lookup};

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
    /// What stays at the same place for a client, once it has been there.
    pub sticky: Option<Sticky>,
    /// Host names that lead here on the port of the virtual hosts.
    pub virtual_hosts: Vec<VirtualHost>,
    /// Which instances the gateway leads to; routes are made of them.
    pub selector: Option<Selector>,
    /// Routes in the order written, which is the order in which conditions are tried.
    pub routes: IndexMap<RoutePath, Reference<Route>>,
}

impl Gateway {
    /// A gateway without port and routes.
    #[must_use]
    pub fn new(name: GatewayName) -> Self {
        Self {
            name: Some(name),
            ..Self::anonymous()
        }
    }

    /// A gateway without name, port and routes, as it stands inside blueprints.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            name: None,
            metadata: Metadata::new(),
            port: None,
            service: None,
            deployed: false,
            sticky: None,
            virtual_hosts: Vec::new(),
            selector: None,
            routes: IndexMap::new(),
        }
    }

    /// The routes that are written out, by path; those that refer to stored routes are left out.
    pub fn inline_routes(&self) -> impl Iterator<Item = (&RoutePath, &Route)> {
        self.routes
            .iter()
            .filter_map(|(path, route)| Some((path, route.inline()?)))
    }

    /// As [`Gateway::inline_routes`], for changing them.
    pub fn inline_routes_mut(&mut self) -> impl Iterator<Item = (&RoutePath, &mut Route)> {
        self.routes
            .iter_mut()
            .filter_map(|(path, route)| Some((path, route.inline_mut()?)))
    }

    /// The route of that path, where it is written out.
    #[must_use]
    pub fn route(&self, path: &RoutePath) -> Option<&Route> {
        self.routes.get(path)?.inline()
    }

    /// As [`Gateway::route`], for changing it.
    pub fn route_mut(&mut self, path: &RoutePath) -> Option<&mut Route> {
        self.routes.get_mut(path)?.inline_mut()
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
