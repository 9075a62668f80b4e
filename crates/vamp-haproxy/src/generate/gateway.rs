//! The proxies of one gateway.

use vamp_model::PortKind;

use super::prepared::{Hop, Prepared, PreparedRoute, PreparedTarget, Proxy};
use super::sheet::Sheet;
use crate::config::{Directive, ProxyHeader, Server};
use crate::text::{Text, Word};

/// The weight of every instance.
const INSTANCE_WEIGHT: u16 = 100;

pub(super) fn write_frontends(sheet: &mut Sheet, gateway: &Prepared) {
    sheet.frontend(&gateway.title, &gateway.id);
    sheet.bind(Word::trusted(&gateway.address.to_string()));
    for directive in sheet.vocabulary.log(gateway.kind) {
        sheet.say(directive);
    }
    if let Some(hosts) = &gateway.hosts {
        sheet.bind_socket(&hosts.socket);
    }
    sheet.say(sheet.vocabulary.mode(gateway.kind));
    for hop in gateway.routes.iter().filter_map(|route| route.hop.as_ref()) {
        sheet.condition(&hop.title, &hop.acl, &hop.definition, &hop.id);
    }
    sheet.default_backend(&gateway.pool.title, &gateway.pool.id);

    write_inner_frontend(sheet, gateway.kind, &gateway.pool);
    for route in &gateway.routes {
        write_inner_frontend(sheet, gateway.kind, &route.proxy);
    }
}

/// The frontend behind a hop: what comes from a socket of this process goes to the backend of the same name.
fn write_inner_frontend(sheet: &mut Sheet, kind: PortKind, proxy: &Proxy) {
    sheet.frontend(&proxy.title, &proxy.id);
    for directive in sheet.vocabulary.log(kind) {
        sheet.say(directive);
    }
    sheet.bind_socket(&proxy.socket);
    sheet.say(sheet.vocabulary.mode(kind));
    sheet.default_backend(&proxy.title, &proxy.id);
}

pub(super) fn write_backends(sheet: &mut Sheet, gateway: &Prepared) {
    write_pool(sheet, gateway);
    for route in &gateway.routes {
        if let Some(hop) = &route.hop {
            write_hop(sheet, gateway, route, hop);
        }
    }
    for route in &gateway.routes {
        write_route(sheet, gateway.kind, route);
    }
}

fn begin_backend(sheet: &mut Sheet, kind: PortKind, title: &Text, id: &Word, balance: Text) {
    sheet.backend(title, id);
    sheet.say(sheet.vocabulary.mode(kind));
    sheet.say(Directive::Balance(balance));
}

/// All routes by their weights. Round robin in TCP, too: the fewest connections would make every route equal.
fn write_pool(sheet: &mut Sheet, gateway: &Prepared) {
    let balance = sheet.vocabulary.roundrobin.clone();
    begin_backend(
        sheet,
        gateway.kind,
        &gateway.pool.title,
        &gateway.pool.id,
        balance,
    );
    for route in &gateway.routes {
        write_share(sheet, &route.proxy, route.weight);
    }
}

/// What meets a condition: its strength to the route, and the rest to the pool.
fn write_hop(sheet: &mut Sheet, gateway: &Prepared, route: &PreparedRoute, hop: &Hop) {
    let balance = sheet.vocabulary.roundrobin.clone();
    begin_backend(sheet, gateway.kind, &hop.title, &hop.id, balance);
    write_share(sheet, &route.proxy, hop.strength);
    write_share(sheet, &gateway.pool, 100_u16.saturating_sub(hop.strength));
}

/// A server that is a proxy of this process.
fn write_share(sheet: &mut Sheet, proxy: &Proxy, weight: u16) {
    let server = Server {
        proxy_header: Some(ProxyHeader::V1),
        weight: Some(weight),
        check: true,
        ..Server::new(proxy.id.clone(), proxy.socket.clone())
    };
    sheet.server(&proxy.title, server);
}

/// The instances of a route.
fn write_route(sheet: &mut Sheet, kind: PortKind, route: &PreparedRoute) {
    let balance = route
        .balance
        .as_ref()
        .unwrap_or_else(|| sheet.vocabulary.default_balance(kind))
        .clone();
    begin_backend(sheet, kind, &route.proxy.title, &route.proxy.id, balance);
    if !route.targets.is_empty() && kind == PortKind::Http {
        sheet.say(sheet.vocabulary.forwardfor());
    }
    for PreparedTarget { title, id, address } in &route.targets {
        let server = Server {
            cookie: (kind == PortKind::Http).then(|| id.clone()),
            weight: Some(INSTANCE_WEIGHT),
            check: true,
            ..Server::new(id.clone(), address.clone())
        };
        sheet.server(title, server);
    }
}
