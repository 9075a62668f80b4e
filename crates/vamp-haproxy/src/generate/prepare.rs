//! Everything about a gateway that can be wrong is found here; what is left can be printed.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};

use vamp_model::gateway::fill_weights;
use vamp_model::{
    ExternalAddress, Gateway, Percentage, PortKind, Route, RoutePath, Target, VirtualHost, lookup,
};

use super::{GenerateOptions, Omission, Omitted, names, raw};
use crate::text::{Text, Word};

/// A gateway that can be printed.
pub(super) struct Prepared {
    pub(super) name: String,
    pub(super) address: SocketAddr,
    pub(super) kind: PortKind,
    /// Its lookup name, the *L* of the drawing.
    pub(super) id: Word,
    /// `o_L`
    pub(super) pool: Word,
    /// The hosts that lead to it, in lower case.
    pub(super) hosts: Vec<String>,
    pub(super) routes: Vec<PreparedRoute>,
}

/// A route that can be printed.
pub(super) struct PreparedRoute {
    /// `<gateway>//<path>`
    pub(super) title: Text,
    /// Its lookup name, the *R* of the drawing.
    pub(super) id: Word,
    /// 0 to 100, relative to the other routes.
    pub(super) weight: u16,
    pub(super) hop: Option<Hop>,
    pub(super) balance: Option<Text>,
    pub(super) targets: Vec<PreparedTarget>,
}

/// A condition that can be printed.
pub(super) struct Hop {
    /// `im_R`
    pub(super) id: Word,
    pub(super) acl: Word,
    pub(super) definition: Text,
    /// 0 to 100.
    pub(super) strength: u16,
}

/// A target that can be printed.
pub(super) struct PreparedTarget {
    pub(super) title: Text,
    pub(super) id: Word,
    pub(super) address: Word,
}

/// The gateways that can be printed, in the order of the configuration: by number of segments, then by name.
pub(super) fn prepare(
    gateways: &[Gateway],
    options: &GenerateOptions,
    omissions: &mut Vec<Omission>,
) -> Vec<Prepared> {
    let mut named: Vec<(usize, &str, &Gateway)> = Vec::with_capacity(gateways.len());
    for gateway in gateways {
        match &gateway.name {
            Some(name) => named.push((name.segments().count(), name.as_str(), gateway)),
            None => omissions.push(Omission {
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
        match taken
            .take(name, gateway, options)
            .and_then(|port| one(name, gateway, port, options))
        {
            Ok(mut one) => {
                one.hosts = taken.hosts(name, gateway, omissions);
                prepared.push(one);
            }
            Err(omission) => omissions.push(omission),
        }
    }
    prepared
}

/// What can be had once only.
#[derive(Default)]
struct Taken<'a> {
    names: HashSet<&'a str>,
    ports: HashMap<u16, &'a str>,
    hosts: HashMap<String, &'a str>,
}

impl<'a> Taken<'a> {
    /// The gateway's name and port, if nobody has them.
    fn take(&mut self, name: &'a str, gateway: &Gateway, options: &GenerateOptions) -> Result<u16, Omission> {
        let omitted = |what| {
            Err(Omission {
                gateway: name.to_owned(),
                route: None,
                what,
            })
        };
        let Some(port) = gateway.port.filter(|port| port.is_assigned()) else {
            return omitted(Omitted::NoPort);
        };
        let port = port.number();
        if self.names.contains(name) {
            return omitted(Omitted::SameName);
        }
        let of_virtual_hosts = options.virtual_hosts.is_some_and(|address| {
            let same_address = address.ip() == options.bind_address
                || address.ip().is_unspecified()
                || options.bind_address.is_unspecified();
            address.port() == port && same_address
        });
        if of_virtual_hosts {
            return omitted(Omitted::PortTaken { port, by: None });
        }
        if let Some(by) = self.ports.get(&port) {
            return omitted(Omitted::PortTaken {
                port,
                by: Some((*by).to_owned()),
            });
        }
        self.names.insert(name);
        self.ports.insert(port, name);
        Ok(port)
    }

    /// The hosts that no gateway before has.
    fn hosts(&mut self, name: &'a str, gateway: &Gateway, omissions: &mut Vec<Omission>) -> Vec<String> {
        let mut omit = |what| {
            omissions.push(Omission {
                gateway: name.to_owned(),
                route: None,
                what,
            });
        };
        let mut hosts = Vec::with_capacity(gateway.virtual_hosts.len());
        for written in &gateway.virtual_hosts {
            if gateway.port_kind() == PortKind::Tcp {
                omit(Omitted::HostOnTcp {
                    host: written.to_string(),
                });
                continue;
            }
            let host = written.as_str().to_ascii_lowercase();
            match self.hosts.get(&host) {
                None => {
                    self.hosts.insert(host.clone(), name);
                    hosts.push(host);
                }
                Some(by) if *by == name => {}
                Some(by) => omit(Omitted::HostTaken {
                    host: written.to_string(),
                    by: (*by).to_owned(),
                }),
            }
        }
        hosts
    }
}

fn one(name: &str, gateway: &Gateway, port: u16, options: &GenerateOptions) -> Result<Prepared, Omission> {
    let gateway = with_weights(gateway);
    let id = Word::trusted(&gateway.lookup_name());
    let reachable = |route: &Route| !route.targets.is_empty();
    let some_reachable = gateway
        .routes
        .values()
        .any(|route| reachable(route) && weight_of(route) > 0);
    let mut routes = Vec::with_capacity(gateway.routes.len());
    for (path, written) in &gateway.routes {
        let omitted = |what| Omission {
            gateway: name.to_owned(),
            route: Some(path.source().to_owned()),
            what,
        };
        let mut prepared = route(name, &gateway, path, written, options).map_err(omitted)?;
        if some_reachable && prepared.targets.is_empty() {
            prepared.weight = 0;
        }
        routes.push(prepared);
    }
    Ok(Prepared {
        name: name.to_owned(),
        address: SocketAddr::new(options.bind_address, port),
        kind: gateway.port_kind(),
        pool: Word::trusted(&[names::POOL, id.as_str()].concat()),
        id,
        hosts: Vec::new(),
        routes,
    })
}

fn with_weights(gateway: &Gateway) -> Cow<'_, Gateway> {
    if gateway.routes.values().all(|route| route.weight.is_some()) {
        return Cow::Borrowed(gateway);
    }
    let mut filled = gateway.clone();
    fill_weights(&mut filled);
    Cow::Owned(filled)
}

fn weight_of(route: &Route) -> u16 {
    route.weight.map_or(0, |weight| weight.value().into())
}

fn route(
    gateway_name: &str,
    gateway: &Gateway,
    path: &RoutePath,
    route: &Route,
    options: &GenerateOptions,
) -> Result<PreparedRoute, Omitted> {
    let id = Word::trusted(&lookup::route(gateway.name.as_ref(), path));
    let hop = match &route.condition {
        None => None,
        Some(_) if gateway.port_kind() == PortKind::Tcp => return Err(Omitted::ConditionOnTcp),
        Some(condition) => {
            raw::check(condition.raw()).map_err(Omitted::Condition)?;
            Some(Hop {
                id: Word::trusted(&[names::HOP, id.as_str()].concat()),
                acl: names::acl(condition.raw()),
                definition: Text::trusted(condition.raw()),
                strength: route
                    .condition_strength
                    .unwrap_or(Percentage::FULL)
                    .value()
                    .into(),
            })
        }
    };
    Ok(PreparedRoute {
        title: Text::trusted(&[gateway_name, "//", &path.normalized()].concat()),
        weight: weight_of(route),
        hop,
        balance: route
            .balance
            .as_ref()
            .map(|balance| Text::trusted(balance.as_str())),
        targets: targets(&route.targets, options)?,
        id,
    })
}

/// Each target once; an instance whose port is not known is none.
fn targets(targets: &[Target], options: &GenerateOptions) -> Result<Vec<PreparedTarget>, Omitted> {
    let mut prepared: Vec<PreparedTarget> = Vec::with_capacity(targets.len());
    for target in targets {
        let (title, address) = match target {
            Target::Internal { port: 0, .. } => continue,
            Target::Internal { name, host, port } => {
                let host = host.as_deref().filter(|host| !host.is_empty());
                (name, internal_address(host, *port, options)?)
            }
            Target::External { url } => (url, external_address(url)?),
        };
        let id = Word::trusted(&lookup::target(target));
        if prepared.iter().all(|before| before.id != id) {
            prepared.push(PreparedTarget {
                title: title_of(title),
                id,
                address,
            });
        }
    }
    Ok(prepared)
}

fn internal_address(host: Option<&str>, port: u16, options: &GenerateOptions) -> Result<Word, Omitted> {
    let Some(host) = host else {
        return Ok(Word::trusted(
            &SocketAddr::new(options.local_address(), port).to_string(),
        ));
    };
    let address = format!("{host}:{port}");
    if host.parse::<IpAddr>().is_ok() || host.parse::<VirtualHost>().is_ok() {
        Ok(Word::trusted(&address))
    } else {
        Err(Omitted::Target { address })
    }
}

fn external_address(url: &str) -> Result<Word, Omitted> {
    match url.parse::<ExternalAddress>() {
        Ok(_) => Ok(Word::trusted(url)),
        Err(_) => Err(Omitted::Target {
            address: url.to_owned(),
        }),
    }
}

/// A name from elsewhere as a comment.
fn title_of(name: &str) -> Text {
    Text::new(name).unwrap_or_else(|_| Text::trusted(&name.replace(char::is_control, "?")))
}
