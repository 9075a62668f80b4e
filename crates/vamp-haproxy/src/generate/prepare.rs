//! Everything about a gateway that can be wrong is found here; what is left can be printed.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use vamp_model::gateway::fill_weights;
use vamp_model::{
    Condition, ExternalAddress, Gateway, Percentage, PortKind, Reference, Route, RoutePath, Target,
    VirtualHost, lookup,
};

use super::prepared::{Hop, Hosts, Prepared, PreparedRoute, PreparedTarget, Proxy};
use super::taken::Taken;
use super::{GenerateOptions, Omission, Omitted, names, raw};
use crate::text::{Text, Word};

/// The gateways that can be printed, in the order of the configuration: by number of segments, then by name.
pub(super) fn prepare<'g>(
    gateways: impl IntoIterator<Item = &'g Gateway>,
    options: &GenerateOptions,
    omissions: &mut Vec<Omission>,
) -> Vec<Prepared> {
    let mut named: Vec<(usize, &str, &Gateway)> = Vec::new();
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
        let port = taken.port_of(name, gateway, options);
        match port.and_then(|port| one(name, gateway, port, options)) {
            Ok(mut one) => {
                taken.take(name, one.address.port());
                let names = taken.take_hosts(name, gateway, omissions);
                if options.virtual_hosts.is_some() && !names.is_empty() {
                    let socket = names::socket(options.directory(), names::VIRTUAL_HOST, one.id.as_str());
                    one.hosts = Some(Hosts { names, socket });
                }
                prepared.push(one);
            }
            Err(omission) => omissions.push(omission),
        }
    }
    prepared
}

fn one(name: &str, gateway: &Gateway, port: u16, options: &GenerateOptions) -> Result<Prepared, Omission> {
    if let Some(what) = not_supported(gateway) {
        return Err(Omission {
            gateway: name.to_owned(),
            route: None,
            what: Omitted::NotSupported { what },
        });
    }
    let gateway = with_weights(gateway);
    let id = Word::trusted(&gateway.lookup_name());
    let mut routes = Vec::with_capacity(gateway.routes.len());
    for (path, written) in &gateway.routes {
        let omitted = |what| Omission {
            gateway: name.to_owned(),
            route: Some(path.source().to_owned()),
            what,
        };
        let Some(written) = written.inline() else {
            return Err(omitted(Omitted::NotWrittenOut));
        };
        routes.push(route(name, &gateway, path, written, options).map_err(omitted)?);
    }
    leave_out_what_leads_nowhere(&mut routes);
    let pool = Word::trusted(&[names::POOL, id.as_str()].concat());
    Ok(Prepared {
        address: SocketAddr::new(options.bind_address, port),
        kind: gateway.port_kind(),
        pool: Proxy {
            title: Text::trusted(&["other ", name].concat()),
            socket: names::socket(options.directory(), "", pool.as_str()),
            id: pool,
        },
        hosts: None,
        title: Text::trusted(name),
        id,
        routes,
    })
}

/// What of the gateway itself cannot be written into a configuration.
fn not_supported(gateway: &Gateway) -> Option<&'static str> {
    if gateway.sticky.is_some() {
        Some("`sticky`")
    } else if gateway.selector.is_some() {
        Some("`selector`")
    } else {
        None
    }
}

/// The condition of a route, if it has one.
fn condition_of(route: &Route) -> Result<Option<&Condition>, Omitted> {
    match &route.condition {
        None => Ok(None),
        Some(Reference::Named(_)) => Err(Omitted::NotWrittenOut),
        Some(Reference::Inline(stored)) => Ok(Some(&stored.condition)),
    }
}

/// A route without targets gets nothing as long as another one can have it.
fn leave_out_what_leads_nowhere(routes: &mut [PreparedRoute]) {
    if routes
        .iter()
        .any(|route| !route.targets.is_empty() && route.weight > 0)
    {
        for route in routes.iter_mut().filter(|route| route.targets.is_empty()) {
            route.weight = 0;
        }
    }
}

fn with_weights(gateway: &Gateway) -> Cow<'_, Gateway> {
    if gateway.inline_routes().all(|(_, route)| route.weight.is_some()) {
        return Cow::Borrowed(gateway);
    }
    let mut filled = gateway.clone();
    fill_weights(&mut filled);
    Cow::Owned(filled)
}

fn route(
    gateway_name: &str,
    gateway: &Gateway,
    path: &RoutePath,
    route: &Route,
    options: &GenerateOptions,
) -> Result<PreparedRoute, Omitted> {
    if route.selector.is_some() {
        return Err(Omitted::NotSupported { what: "`selector`" });
    }
    if !route.rewrites.is_empty() {
        return Err(Omitted::NotSupported { what: "`rewrites`" });
    }
    let id = Word::trusted(&lookup::route(gateway.name.as_ref(), path));
    let title = [gateway_name, "//", &path.normalized()].concat();
    let hop = match condition_of(route)? {
        None => None,
        Some(_) if gateway.port_kind() == PortKind::Tcp => return Err(Omitted::ConditionOnTcp),
        Some(condition) => {
            let raw = condition.raw().ok_or(Omitted::NotSupported {
                what: "a condition other than one ACL expression, `< … >`,",
            })?;
            raw::check(raw).map_err(Omitted::Condition)?;
            Some(Hop {
                title: Text::trusted(&["intermediate ", &title].concat()),
                id: Word::trusted(&[names::HOP, id.as_str()].concat()),
                acl: names::acl(raw),
                definition: Text::trusted(raw),
                strength: route
                    .condition_strength
                    .unwrap_or(Percentage::FULL)
                    .value()
                    .into(),
            })
        }
    };
    Ok(PreparedRoute {
        weight: route.weight.map_or(0, |weight| weight.value().into()),
        hop,
        balance: route
            .balance
            .as_ref()
            .map(|balance| Text::trusted(balance.as_str())),
        targets: targets(&route.targets, options)?,
        proxy: Proxy {
            title: Text::trusted(&title),
            socket: names::socket(options.directory(), "", id.as_str()),
            id,
        },
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
