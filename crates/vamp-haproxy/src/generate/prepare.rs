//! Everything about a gateway that can be wrong is found here; what is left can be printed.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use vamp_model::condition::Leaf;
use vamp_model::gateway::fill_weights;
use vamp_model::{
    Balance, Condition, ExternalAddress, Gateway, Percentage, PortKind, Reference, Route, RoutePath, Target,
    VirtualHost, lookup,
};

use super::arena::Arena;
use super::prepared::{Hop, Prepared, PreparedRoute, PreparedTarget, Proxy};
use super::taken::Taken;
use super::{GenerateOptions, Omission, Omitted, Reports, Warned, Warning, names, rewrites};
use crate::acl::{Acls, UnusableCondition};
use crate::raw::{self, InvalidRaw};
use crate::text::{Text, Word};

/// What all gateways are prepared with.
pub(super) struct Preparation<'g> {
    options: &'g GenerateOptions,
    arena: &'g Arena,
    /// The address that gateways listen on, up to the port.
    bind_address: String,
    /// The address at which gateways reach each other, up to the port.
    local_address: String,
}

impl<'g> Preparation<'g> {
    pub(super) fn new(options: &'g GenerateOptions, arena: &'g Arena) -> Self {
        Self {
            options,
            arena,
            bind_address: up_to_port(options.bind_address),
            local_address: up_to_port(options.local_address()),
        }
    }

    /// The gateways that can be printed, in the order of the configuration: by number of segments, then by name.
    pub(super) fn of_all<'l: 'g>(
        &self,
        gateways: impl IntoIterator<Item = &'l Gateway>,
        reports: &mut Reports,
    ) -> Vec<Prepared<'g>> {
        let mut named: Vec<(usize, &'g str, &'g Gateway)> = Vec::new();
        for gateway in gateways {
            match &gateway.name {
                Some(name) => named.push((name.segments().count(), name.as_str(), gateway)),
                None => reports.omissions.push(Omission {
                    gateway: String::new(),
                    route: None,
                    what: Omitted::Nameless,
                }),
            }
        }
        named.sort_by_key(|(segments, name, _)| (*segments, *name));

        let mut taken = Taken::default();
        let mut prepared = Vec::with_capacity(named.len());
        for (_, name, gateway) in named {
            let port = taken.port_of(name, gateway, self.options);
            match port.and_then(|port| self.of(name, gateway, port, reports)) {
                Ok(mut one) => {
                    taken.take(name, one.port);
                    let hosts = taken.take_hosts(name, gateway, &mut reports.omissions);
                    if self.options.has_virtual_hosts() {
                        one.hosts = hosts;
                    }
                    if !one.hosts.is_empty() || self.options.entrances && one.kind == PortKind::Http {
                        one.entrance = Some(self.socket(names::VIRTUAL_HOST, one.id.as_str()));
                    }
                    prepared.push(one);
                }
                Err(omission) => reports.omissions.push(omission),
            }
        }
        prepared
    }

    fn of(
        &self,
        name: &'g str,
        gateway: &'g Gateway,
        port: u16,
        reports: &mut Reports,
    ) -> Result<Prepared<'g>, Omission> {
        let of_gateway = |what| Omission {
            gateway: name.to_owned(),
            route: None,
            what,
        };
        if gateway.selector.is_some() {
            return Err(of_gateway(Omitted::NotSupported { what: "`selector`" }));
        }
        if gateway.sticky.is_some() && gateway.port_kind() == PortKind::Tcp {
            return Err(of_gateway(Omitted::StickyOnTcp));
        }
        let id = gateway.lookup_name();
        let mut routes = Vec::with_capacity(gateway.routes.len());
        for ((path, written), weight) in gateway.routes.iter().zip(weights(gateway)) {
            let omitted = |what| Omission {
                gateway: name.to_owned(),
                route: Some(path.source().to_owned()),
                what,
            };
            let Some(written) = written.inline() else {
                return Err(omitted(Omitted::NotWrittenOut));
            };
            let route = self.of_route(name, gateway, path, written, weight);
            routes.push(route.map_err(omitted)?);
            if let Some(Reference::Named(name)) = &written.condition {
                let name = name.to_string();
                reports
                    .omissions
                    .push(omitted(Omitted::ConditionNotWrittenOut { name }));
            }
            if let Some(condition) = condition_of(written).filter(|condition| condition.is_fallback()) {
                let condition = condition.to_string();
                reports.warnings.push(Warning {
                    gateway: name.to_owned(),
                    route: Some(path.source().to_owned()),
                    what: Warned::RawCondition { condition },
                });
            }
        }
        leave_out_what_leads_nowhere(&mut routes);
        Ok(Prepared {
            port,
            address: self.address(&self.bind_address, port),
            kind: gateway.port_kind(),
            pool: Proxy {
                title: self.arena.text(["other ", name]),
                socket: self.socket(names::POOL, &id),
                id: self.arena.word([names::POOL, &id]),
            },
            hosts: Vec::new(),
            entrance: None,
            sticky: gateway.sticky,
            title: self.arena.text([name]),
            id: self.arena.word([&id]),
            routes,
        })
    }

    fn of_route(
        &self,
        gateway_name: &str,
        gateway: &Gateway,
        path: &RoutePath,
        route: &'g Route,
        weight: u16,
    ) -> Result<PreparedRoute<'g>, Omitted> {
        if route.selector.is_some() {
            return Err(Omitted::NotSupported { what: "`selector`" });
        }
        let is_tcp = gateway.port_kind() == PortKind::Tcp;
        if is_tcp && !route.rewrites.is_empty() {
            return Err(Omitted::RewriteOnTcp);
        }
        let id = lookup::route(gateway.name.as_ref(), path);
        let title = self.arena.text([gateway_name, "//", &path.normalized()]);
        let hop = match condition_of(route) {
            None => None,
            Some(_) if is_tcp => return Err(Omitted::ConditionOnTcp),
            Some(condition) => Some(Box::new(Hop {
                title: self.arena.text(["intermediate ", title.as_str()]),
                id: self.arena.word([names::HOP, &id]),
                acls: acls(condition).map_err(Omitted::Condition)?,
                strength: route
                    .condition_strength
                    .unwrap_or(Percentage::FULL)
                    .value()
                    .into(),
            })),
        };
        Ok(PreparedRoute {
            weight,
            hop,
            balance: route.balance.as_ref().map(balance).transpose()?,
            rewrites: rewrites::rules(route)?,
            targets: self.of_targets(&route.targets)?,
            proxy: Proxy {
                title,
                socket: self.socket("", &id),
                id: self.arena.word([&id]),
            },
        })
    }

    /// Each target once; an instance whose port is not known is none.
    fn of_targets(&self, targets: &'g [Target]) -> Result<Vec<PreparedTarget<'g>>, Omitted> {
        let mut prepared: Vec<PreparedTarget<'g>> = Vec::with_capacity(targets.len());
        for target in targets {
            let (title, address, is_gateway) = match target {
                Target::Internal { port: 0, .. } => continue,
                Target::Internal { name, host, port } => {
                    let host = host.as_deref().filter(|host| !host.is_empty());
                    (name, self.internal_address(host, *port)?, host.is_none())
                }
                Target::External { url } => (url, external_address(url)?, false),
            };
            let id = lookup::target(target);
            if prepared.iter().all(|before| before.id.as_str() != id) {
                prepared.push(PreparedTarget {
                    title: self.title_of(title),
                    id: self.arena.word([&id]),
                    address,
                    is_gateway,
                });
            }
        }
        Ok(prepared)
    }

    /// Where an instance, or another gateway, is reached.
    fn internal_address(&self, host: Option<&str>, port: u16) -> Result<Word<'g>, Omitted> {
        let Some(host) = host else {
            return Ok(self.address(&self.local_address, port));
        };
        if host.parse::<IpAddr>().is_ok() || host.parse::<VirtualHost>().is_ok() {
            Ok(self.arena.word([host, ":", itoa::Buffer::new().format(port)]))
        } else {
            Err(Omitted::Target {
                address: format!("{host}:{port}"),
            })
        }
    }

    /// A name from elsewhere as a comment.
    fn title_of(&self, name: &str) -> Text<'g> {
        if name.contains(char::is_control) {
            self.arena.text([&name.replace(char::is_control, "?")])
        } else {
            self.arena.text([name])
        }
    }

    fn address(&self, up_to_port: &str, port: u16) -> Word<'g> {
        self.arena.word([up_to_port, itoa::Buffer::new().format(port)])
    }

    /// The socket of a proxy.
    fn socket(&self, prefix: &str, identifier: &str) -> Word<'g> {
        let directory = self.options.directory();
        self.arena
            .word(["unix@", directory, "/", prefix, identifier, ".sock"])
    }
}

/// An address as it stands before a port, with the colon.
fn up_to_port(address: IpAddr) -> String {
    let mut written = SocketAddr::new(address, 0).to_string();
    written.pop();
    written
}

/// The condition of a route, if it has one that is written out.
fn condition_of(route: &Route) -> Option<&Condition> {
    match &route.condition {
        Some(Reference::Inline(stored)) => Some(&stored.condition),
        Some(Reference::Named(_)) | None => None,
    }
}

/// A route without targets gets nothing as long as another one can have it.
fn leave_out_what_leads_nowhere(routes: &mut [PreparedRoute<'_>]) {
    if routes
        .iter()
        .any(|route| !route.targets.is_empty() && route.weight > 0)
    {
        for route in routes.iter_mut().filter(|route| route.targets.is_empty()) {
            route.weight = 0;
        }
    }
}

/// The weights of all routes, with those filled in that are open.
fn weights(gateway: &Gateway) -> Vec<u16> {
    let mut filled = Cow::Borrowed(gateway);
    if gateway.inline_routes().any(|(_, route)| route.weight.is_none()) {
        fill_weights(filled.to_mut());
    }
    let weight = |route: &Reference<Route>| route.inline()?.weight;
    let weights = filled.routes.values().map(weight);
    weights
        .map(|weight| weight.map_or(0, |weight| weight.value().into()))
        .collect()
}

/// The tests of a condition, each of which HAProxy can at least look for.
fn acls(condition: &Condition) -> Result<Acls, UnusableCondition> {
    let is_method = |leaf: &Leaf| match leaf {
        Leaf::Value(text) => raw::begins_with_method(text),
        _ => true,
    };
    let acls = Acls::of(condition)?;
    if condition.tree().leaves().all(is_method) {
        Ok(acls)
    } else {
        Err(InvalidRaw::Method.into())
    }
}

fn balance(balance: &Balance) -> Result<Text<'_>, Omitted> {
    if balance.is_known() {
        Ok(Text::trusted(balance.as_str()))
    } else {
        Err(Omitted::Balance {
            balance: balance.to_string(),
        })
    }
}

fn external_address(url: &str) -> Result<Word<'_>, Omitted> {
    match url.parse::<ExternalAddress>() {
        Ok(_) => Ok(Word::trusted(url)),
        Err(_) => Err(Omitted::Target {
            address: url.to_owned(),
        }),
    }
}
