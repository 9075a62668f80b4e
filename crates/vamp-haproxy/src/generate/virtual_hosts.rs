//! One port for many gateways: the `Host` header decides. And the entrances, over which other proxies of the process reach a gateway.

use std::path::Path;

use vamp_model::PortKind;

use super::prepared::Prepared;
use super::sheet::Sheet;
use super::{GenerateOptions, GeneratedFile, names, vocabulary};
use crate::acl::Acls;
use crate::config::{Directive, ProxyHeader, Section, Server};
use crate::text::{Text, Word};

/// Returns the map of the hosts, when there is to be one.
pub(super) fn write(
    sheet: &mut Sheet<'_>,
    gateways: &[Prepared<'_>],
    options: &GenerateOptions,
) -> Option<GeneratedFile> {
    let has_hosts = gateways.iter().any(|gateway| !gateway.hosts.is_empty());
    if has_hosts {
        write_frontend(sheet, gateways, options);
    }
    for gateway in gateways {
        if let Some(socket) = &gateway.entrance {
            write_entrance(sheet, gateway, socket, options.encrypted_virtual_hosts.is_some());
        }
    }
    if has_hosts {
        write_unknown(sheet);
    }
    options.virtual_hosts_map.as_ref().map(|path| map(path, gateways))
}

fn write_frontend(sheet: &mut Sheet<'_>, gateways: &[Prepared<'_>], options: &GenerateOptions) {
    let id = Word::trusted(names::VIRTUAL_HOSTS);
    sheet.blank();
    sheet.heading("Virtual hosts");
    sheet.config.push(Section::Frontend(id.by_ref()));
    if let Some(address) = options.virtual_hosts {
        sheet.bind(Word::trusted(address.to_string()));
    }
    if let Some(bind) = &options.encrypted_virtual_hosts {
        sheet.say(Directive::other("bind", bind.arguments()));
    }
    sheet.say(sheet.vocabulary.mode(PortKind::Http));
    for directive in sheet.vocabulary.log_of_virtual_hosts() {
        sheet.say(directive);
    }
    // A client that asks another port than 80 sends it with the host.
    if let Some(map) = options.map_of_virtual_hosts() {
        let found = format!("req.hdr(host),field(1,:),lower,map({map})");
        sheet.say(Directive::UseBackend {
            backend: Word::trusted(format!("%[{found}]")),
            condition: Some(Text::trusted(format!("{{ {found} -m found }}"))),
        });
    } else {
        for (gateway, host) in hosts(gateways) {
            let acls = Acls::one(format!("hdr(host),field(1,:) -i {host}"));
            sheet.condition(&gateway.title, &acls, &gateway.id);
        }
    }
    sheet.say(Directive::DefaultBackend(id));
}

/// Each host with its gateway.
fn hosts<'p>(gateways: &'p [Prepared<'p>]) -> impl Iterator<Item = (&'p Prepared<'p>, &'p str)> {
    gateways
        .iter()
        .flat_map(|gateway| gateway.hosts.iter().map(move |host| (gateway, host.as_str())))
}

/// The map from hosts, in lower case, to backends.
fn map(path: &Path, gateways: &[Prepared<'_>]) -> GeneratedFile {
    let entries = hosts(gateways).map(|(gateway, host)| format!("{} {}\n", host, gateway.id));
    GeneratedFile {
        path: path.to_path_buf(),
        text: entries.collect(),
    }
}

/// The way to a gateway, over a socket of its own that carries the client's address on.
fn write_entrance(sheet: &mut Sheet<'_>, gateway: &Prepared<'_>, socket: &Word<'_>, may_be_encrypted: bool) {
    sheet.backend(&gateway.title, &gateway.id);
    sheet.say(Directive::Balance(sheet.vocabulary.roundrobin.by_ref()));
    sheet.say(sheet.vocabulary.mode(PortKind::Http));
    sheet.say(vocabulary::unshared());
    sheet.say(Directive::HttpRequest(Text::trusted(
        "set-header X-Forwarded-Port %[dst_port]",
    )));
    if may_be_encrypted {
        // Whatever the client says: services trust the header.
        for rule in [
            "set-header X-Forwarded-Proto http",
            "set-header X-Forwarded-Proto https if { ssl_fc }",
        ] {
            sheet.say(Directive::HttpRequest(Text::trusted(rule)));
        }
    }
    let server = Server {
        proxy_header: Some(ProxyHeader::V2),
        ..Server::new(gateway.id.by_ref(), socket.by_ref())
    };
    sheet.server(&gateway.title, server);
}

/// Where a request for a host goes that no gateway has.
fn write_unknown(sheet: &mut Sheet<'_>) {
    sheet.backend(
        &Text::trusted("no such host"),
        &Word::trusted(names::VIRTUAL_HOSTS),
    );
    sheet.say(sheet.vocabulary.mode(PortKind::Http));
    let answer = "return status 404 content-type text/plain string \"no gateway has this host\\n\"";
    sheet.say(Directive::HttpRequest(Text::trusted(answer)));
}
