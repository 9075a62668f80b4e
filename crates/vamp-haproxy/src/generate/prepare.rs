//! Everything about a gateway that can be wrong is found here; what is left can be printed.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use vamp_model::condition::Leaf;
use vamp_model::gateway::fill_weights;
use vamp_model::{
    Balance, Condition, ExternalAddress, Gateway, Percentage, PortKind, Reference, Route, RoutePath, Target,
    VirtualHost, lookup,
};

use super::prepared::{Hop, Prepared, PreparedRoute, PreparedTarget, Proxy};
use super::taken::Taken;
use super::{GenerateOptions, Omission, Omitted, Reports, Warned, Warning, names, rewrites};
use crate::acl::{Acls, UnusableCondition};
use crate::raw::{self, InvalidRaw};
use crate::text::{Text, Word};

/// The gateways that can be printed, in the order of the configuration: by number of segments, then by name.
pub(super) fn prepare<'g>(
    gateways: impl IntoIterator<Item = &'g Gateway>,
    options: &GenerateOptions,
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
        let port = taken.port_of(name, gateway, options);
        match port.and_then(|port| one(name, gateway, port, options, reports)) {
            Ok(mut one) => {
                taken.take(name, one.address.port());
                let names = taken.take_hosts(name, gateway, &mut reports.omissions);
                if options.has_virtual_hosts() {
                    one.hosts = names;
                }
                if !one.hosts.is_empty() || options.entrances && one.kind == PortKind::Http {
                    let socket = names::socket(options.directory(), names::VIRTUAL_HOST, one.id.as_str());
                    one.entrance = Some(socket);
                }
                prepared.push(one);
            }
            Err(omission) => reports.omissions.push(omission),
        }
    }
    prepared
}

fn one<'g>(
    name: &'g str,
    gateway: &'g Gateway,
    port: u16,
    options: &GenerateOptions,
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
    let id = Word::trusted(gateway.lookup_name());
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
        routes.push(route(name, gateway, path, written, weight, options).map_err(omitted)?);
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
    let pool = Word::trusted([names::POOL, id.as_str()].concat());
    Ok(Prepared {
        address: SocketAddr::new(options.bind_address, port),
        kind: gateway.port_kind(),
        pool: Proxy {
            title: Text::trusted(["other ", name].concat()),
            socket: names::socket(options.directory(), "", pool.as_str()),
            id: pool,
        },
        hosts: Vec::new(),
        entrance: None,
        sticky: gateway.sticky,
        title: Text::trusted(name),
        id,
        routes,
    })
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

fn route<'g>(
    gateway_name: &str,
    gateway: &Gateway,
    path: &RoutePath,
    route: &'g Route,
    weight: u16,
    options: &GenerateOptions,
) -> Result<PreparedRoute<'g>, Omitted> {
    if route.selector.is_some() {
        return Err(Omitted::NotSupported { what: "`selector`" });
    }
    let is_tcp = gateway.port_kind() == PortKind::Tcp;
    if is_tcp && !route.rewrites.is_empty() {
        return Err(Omitted::RewriteOnTcp);
    }
    let id = Word::trusted(lookup::route(gateway.name.as_ref(), path));
    let title = [gateway_name, "//", &path.normalized()].concat();
    let hop = match condition_of(route) {
        None => None,
        Some(_) if is_tcp => return Err(Omitted::ConditionOnTcp),
        Some(condition) => Some(Hop {
            title: Text::trusted(["intermediate ", &title].concat()),
            id: Word::trusted([names::HOP, id.as_str()].concat()),
            acls: acls(condition).map_err(Omitted::Condition)?,
            strength: route
                .condition_strength
                .unwrap_or(Percentage::FULL)
                .value()
                .into(),
        }),
    };
    Ok(PreparedRoute {
        weight,
        hop,
        balance: route.balance.as_ref().map(balance).transpose()?,
        rewrites: rewrites::rules(route)?,
        targets: targets(&route.targets, options)?,
        proxy: Proxy {
            title: Text::trusted(title),
            socket: names::socket(options.directory(), "", id.as_str()),
            id,
        },
    })
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

/// Each target once; an instance whose port is not known is none.
fn targets<'g>(targets: &'g [Target], options: &GenerateOptions) -> Result<Vec<PreparedTarget<'g>>, Omitted> {
    let mut prepared: Vec<PreparedTarget<'g>> = Vec::with_capacity(targets.len());
    for target in targets {
        let (title, address) = match target {
            Target::Internal { port: 0, .. } => continue,
            Target::Internal { name, host, port } => {
                let host = host.as_deref().filter(|host| !host.is_empty());
                (name, internal_address(host, *port, options)?)
            }
            Target::External { url } => (url, external_address(url)?),
        };
        let id = Word::trusted(lookup::target(target));
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

fn internal_address(
    host: Option<&str>,
    port: u16,
    options: &GenerateOptions,
) -> Result<Word<'static>, Omitted> {
    let Some(host) = host else {
        return Ok(Word::trusted(
            SocketAddr::new(options.local_address(), port).to_string(),
        ));
    };
    let address = format!("{host}:{port}");
    if host.parse::<IpAddr>().is_ok() || host.parse::<VirtualHost>().is_ok() {
        Ok(Word::trusted(address))
    } else {
        Err(Omitted::Target { address })
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

/// A name from elsewhere as a comment.
fn title_of(name: &str) -> Text<'_> {
    Text::new(name).unwrap_or_else(|_| Text::trusted(name.replace(char::is_control, "?")))
}
