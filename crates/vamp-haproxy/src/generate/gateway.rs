//! The proxies of one gateway.

use vamp_model::{PortKind, Sticky};

use super::prepared::{Hop, Prepared, PreparedRoute, PreparedTarget, Proxy};
use super::sheet::Sheet;
use super::vocabulary;
use crate::config::{Directive, Server};
use crate::text::{Text, Word};

/// The weight of every instance.
const INSTANCE_WEIGHT: u16 = 100;

pub(super) fn write_frontends(sheet: &mut Sheet<'_>, gateway: &Prepared<'_>) {
    sheet.frontend(&gateway.title, &gateway.id);
    sheet.bind(gateway.address.by_ref());
    for directive in sheet.vocabulary.log(gateway.kind) {
        sheet.say(directive);
    }
    if let Some(socket) = &gateway.entrance {
        sheet.bind_socket(socket);
    }
    sheet.say(sheet.vocabulary.mode(gateway.kind));
    for hop in gateway.routes.iter().filter_map(|route| route.hop.as_ref()) {
        sheet.condition(&hop.title, &hop.acls, &hop.id);
    }
    sheet.default_backend(&gateway.pool.title, &gateway.pool.id);

    // Only hops ask the pool whether it can serve.
    let is_asked = gateway.routes.iter().any(|route| route.hop.is_some());
    write_inner_frontend(sheet, gateway.kind, &gateway.pool, is_asked);
    for route in &gateway.routes {
        write_inner_frontend(sheet, gateway.kind, &route.proxy, true);
    }
}

/// The frontend behind a hop: what comes from a socket of this process goes to the backend of the same name.
///
/// Of HTTP it answers to health checks: without a server behind it, a proxy is as dead as they are. In TCP nobody can tell.
fn write_inner_frontend(sheet: &mut Sheet<'_>, kind: PortKind, proxy: &Proxy<'_>, is_asked: bool) {
    sheet.frontend(&proxy.title, &proxy.id);
    for directive in sheet.vocabulary.log(kind) {
        sheet.say(directive);
    }
    sheet.bind_socket(&proxy.socket);
    sheet.say(sheet.vocabulary.mode(kind));
    if kind == PortKind::Http {
        for directive in vocabulary::kept() {
            sheet.say(directive);
        }
    }
    if is_asked && kind == PortKind::Http {
        for directive in vocabulary::monitor(&proxy.id) {
            sheet.say(directive);
        }
    }
    sheet.default_backend(&proxy.title, &proxy.id);
}

pub(super) fn write_backends(sheet: &mut Sheet<'_>, gateway: &Prepared<'_>) {
    write_pool(sheet, gateway);
    for route in &gateway.routes {
        if let Some(hop) = &route.hop {
            write_hop(sheet, gateway, route, hop);
        }
    }
    for route in &gateway.routes {
        write_route(sheet, gateway, route);
    }
}

fn begin_backend(sheet: &mut Sheet<'_>, kind: PortKind, title: &Text<'_>, id: &Word<'_>, balance: Text<'_>) {
    sheet.backend(title, id);
    sheet.say(sheet.vocabulary.mode(kind));
    sheet.say(Directive::Balance(balance));
}

/// All routes by their weights. Round robin in TCP, too: the fewest connections would make every route equal.
fn write_pool(sheet: &mut Sheet<'_>, gateway: &Prepared<'_>) {
    let balance = sheet.vocabulary.roundrobin.by_ref();
    let Proxy { title, id, .. } = &gateway.pool;
    begin_backend(sheet, gateway.kind, title, id, balance);
    prefer_and_check(sheet, gateway, id);
    for route in &gateway.routes {
        write_share(sheet, gateway, &route.proxy, route.weight);
    }
}

/// What meets a condition: its strength to the route, and the rest to the pool.
fn write_hop(sheet: &mut Sheet<'_>, gateway: &Prepared<'_>, route: &PreparedRoute<'_>, hop: &Hop<'_>) {
    let balance = sheet.vocabulary.roundrobin.by_ref();
    begin_backend(sheet, gateway.kind, &hop.title, &hop.id, balance);
    prefer_and_check(sheet, gateway, &hop.id);
    write_share(sheet, gateway, &route.proxy, hop.strength);
    write_share(
        sheet,
        gateway,
        &gateway.pool,
        100_u16.saturating_sub(hop.strength),
    );
}

/// What backends of proxies have in common: clients come back to where they were, connections are the client's own, and proxies are asked
/// whether they can serve.
fn prefer_and_check(sheet: &mut Sheet<'_>, gateway: &Prepared<'_>, id: &Word<'_>) {
    if gateway.sticky.is_some() {
        sheet.say(vocabulary::cookie(id));
    }
    if gateway.kind == PortKind::Http {
        sheet.say(vocabulary::unshared());
        sheet.say(sheet.vocabulary.proxy_check());
    }
}

/// A server that is a proxy of this process.
fn write_share(sheet: &mut Sheet<'_>, gateway: &Prepared<'_>, proxy: &Proxy<'_>, weight: u16) {
    let server = Server {
        proxy_header: Some(sheet.vocabulary.hop_header),
        weight: Some(weight),
        check: true,
        trailing_cookie: gateway.sticky.map(|_| proxy.id.by_ref()),
        ..Server::new(proxy.id.by_ref(), proxy.socket.by_ref())
    };
    sheet.server(&proxy.title, server);
}

/// The instances of a route.
fn write_route(sheet: &mut Sheet<'_>, gateway: &Prepared<'_>, route: &PreparedRoute<'_>) {
    let kind = gateway.kind;
    let keeps_instance = gateway.sticky == Some(Sticky::Instance);
    let balance = route
        .balance
        .as_ref()
        .unwrap_or_else(|| sheet.vocabulary.default_balance(kind))
        .by_ref();
    begin_backend(sheet, kind, &route.proxy.title, &route.proxy.id, balance);
    if keeps_instance {
        sheet.say(vocabulary::cookie(&route.proxy.id));
    }
    if kind == PortKind::Http && route.targets.iter().any(|target| target.is_gateway) {
        sheet.say(vocabulary::unshared());
    }
    for rule in &route.rewrites {
        sheet.say(Directive::HttpRequest(rule.by_ref()));
    }
    if !route.targets.is_empty() && kind == PortKind::Http {
        sheet.say(vocabulary::forwardfor());
    }
    for PreparedTarget {
        title, id, address, ..
    } in &route.targets
    {
        let server = Server {
            cookie: (kind == PortKind::Http).then(|| id.by_ref()),
            weight: Some(INSTANCE_WEIGHT),
            check: true,
            trailing_cookie: keeps_instance.then(|| id.by_ref()),
            ..Server::new(id.by_ref(), address.by_ref())
        };
        sheet.server(title, server);
    }
}
