//! Gateways, routes and targets.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::{Nothing, begin, optional};
use crate::{
    Gateway, GatewayName, GatewayService, Kind, Name, Reference, Rewrite, Route, RoutePath, StoredCondition,
    Target, lookup,
};

/// How a port that is to be assigned is printed.
pub(crate) const NO_PORT: &str = "0/http";

impl Serialize for Gateway {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(name) = &self.name {
            begin(&mut map, name.as_str(), Kind::Gateway, &self.metadata)?;
        } else if !self.metadata.is_empty() {
            map.serialize_entry("metadata", &self.metadata)?;
        }
        map.serialize_entry("lookup_name", &self.lookup_name())?;
        map.serialize_entry("internal", &self.is_internal())?;
        optional(&mut map, "service", self.service.as_ref())?;
        map.serialize_entry("deployed", &self.deployed)?;
        match &self.port {
            Some(port) => map.serialize_entry("port", port)?,
            None => map.serialize_entry("port", NO_PORT)?,
        }
        rest(&mut map, self, Routes::full(self))?;
        map.end()
    }
}

/// `sticky`, `virtual_hosts`, `selector` and `routes`, with which every gateway ends.
pub(super) fn rest<M: SerializeMap>(
    map: &mut M,
    gateway: &Gateway,
    routes: Routes<'_>,
) -> Result<(), M::Error> {
    map.serialize_entry("sticky", &gateway.sticky)?;
    map.serialize_entry("virtual_hosts", &gateway.virtual_hosts)?;
    map.serialize_entry("selector", &gateway.selector)?;
    map.serialize_entry("routes", &routes)
}

/// Gateways by the names of their ports, as shown in their cluster: without names, and with short paths.
pub(super) struct InCluster<'g>(pub(super) &'g IndexMap<String, Gateway>);

impl Serialize for InCluster<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(port, gateway)| (port, AtPort(gateway))))
    }
}

struct AtPort<'g>(&'g Gateway);

impl Serialize for AtPort<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.0.metadata.is_empty() {
            map.serialize_entry("metadata", &self.0.metadata)?;
        }
        rest(&mut map, self.0, Routes::short(self.0))?;
        map.end()
    }
}

impl Serialize for GatewayService {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("host", &self.host)?;
        map.serialize_entry("port", &self.port)?;
        map.end()
    }
}

/// The routes of a gateway by path.
#[derive(Clone, Copy)]
pub(super) struct Routes<'g> {
    gateway: &'g Gateway,
    /// Inside clusters and blueprints paths are short, and targets are not shown.
    short: bool,
}

impl<'g> Routes<'g> {
    const fn full(gateway: &'g Gateway) -> Self {
        Self {
            gateway,
            short: false,
        }
    }

    pub(super) const fn short(gateway: &'g Gateway) -> Self {
        Self { gateway, short: true }
    }

    fn key(&self, path: &'g RoutePath) -> Cow<'g, str> {
        match path.segments() {
            [_, _, service, _] if self.short => Cow::Borrowed(service),
            [_, cluster, port] if self.short => Cow::Owned(format!("{cluster}/{port}")),
            _ => Cow::Borrowed(path.source()),
        }
    }
}

impl Serialize for Routes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.gateway.routes.iter().map(|(path, route)| {
            let placed = PlacedRoute {
                gateway: self.gateway.name.as_ref(),
                path,
                route,
                with_targets: !self.short,
            };
            (self.key(path), placed)
        }))
    }
}

/// A route with the gateway and path that give it its lookup name.
struct PlacedRoute<'g> {
    gateway: Option<&'g GatewayName>,
    path: &'g RoutePath,
    route: &'g Reference<Route>,
    with_targets: bool,
}

impl Serialize for PlacedRoute<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let route = match self.route {
            Reference::Inline(route) => route,
            Reference::Named(name) => return named(serializer, name),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("metadata", &route.metadata)?;
        map.serialize_entry("lookup_name", &lookup::route(self.gateway, self.path))?;
        rest_of_route(&mut map, route)?;
        if self.with_targets && !route.targets.is_empty() {
            map.serialize_entry("targets", &route.targets)?;
        }
        map.end()
    }
}

/// A stored route.
impl Serialize for Route {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.name {
            Some(name) => {
                begin(&mut map, name.as_str(), Kind::Route, &self.metadata)?;
                map.serialize_entry("lookup_name", &lookup::stored_route(name))?;
            }
            None => map.serialize_entry("metadata", &self.metadata)?,
        }
        rest_of_route(&mut map, self)?;
        map.end()
    }
}

/// What every route says, wherever it stands.
fn rest_of_route<M: SerializeMap>(map: &mut M, route: &Route) -> Result<(), M::Error> {
    map.serialize_entry("selector", &route.selector)?;
    map.serialize_entry("weight", &route.weight)?;
    match &route.balance {
        Some(balance) => map.serialize_entry("balance", balance)?,
        None => map.serialize_entry("balance", "default")?,
    }
    let condition = route.condition.as_ref().map(Nameless);
    map.serialize_entry("condition", &condition)?;
    map.serialize_entry("condition_strength", &route.condition_strength)?;
    let rewrites: Vec<_> = route.rewrites.iter().map(Nameless).collect();
    map.serialize_entry("rewrites", &rewrites)
}

/// An artifact inside a route: by reference, or written out without the name that it may have had where it was stored.
struct Nameless<'a, T>(&'a Reference<T>);

impl Serialize for Nameless<'_, StoredCondition> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let condition = match self.0 {
            Reference::Inline(condition) => condition,
            Reference::Named(name) => return named(serializer, name),
        };
        let mut map = serializer.serialize_map(None)?;
        if !condition.metadata.is_empty() {
            map.serialize_entry("metadata", &condition.metadata)?;
        }
        map.serialize_entry("condition", condition.condition.definition())?;
        map.end()
    }
}

impl Serialize for Nameless<'_, Rewrite> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Reference::Inline(rewrite) => serializer.collect_map([("path", rewrite.to_string())]),
            Reference::Named(name) => named(serializer, name),
        }
    }
}

fn named<S: Serializer>(serializer: S, name: &Name) -> Result<S::Ok, S::Error> {
    serializer.collect_map([("reference", name)])
}

impl Serialize for StoredCondition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.name {
            Some(name) => begin(&mut map, name.as_str(), Kind::Condition, &self.metadata)?,
            None if self.metadata.is_empty() => {}
            None => map.serialize_entry("metadata", &self.metadata)?,
        }
        map.serialize_entry("condition", self.condition.definition())?;
        map.end()
    }
}

impl Serialize for Rewrite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(name) = &self.name {
            map.serialize_entry("name", name)?;
            map.serialize_entry("kind", Kind::Rewrite.plural())?;
        }
        map.serialize_entry("path", &self.to_string())?;
        map.end()
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Internal { name, host, port } => {
                map.serialize_entry("name", name)?;
                optional(&mut map, "host", host.as_ref())?;
                map.serialize_entry("port", port)?;
                map.serialize_entry("metadata", &Nothing)?;
            }
            Self::External { url } => map.serialize_entry("url", url)?,
        }
        map.end()
    }
}
