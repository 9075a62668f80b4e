//! One port for many gateways: the `Host` header decides.

use std::path::Path;

use vamp_model::PortKind;

use super::prepared::{Hosts, Prepared};
use super::sheet::Sheet;
use super::{GenerateOptions, GeneratedFile};
use crate::acl::Acls;
use crate::config::{Directive, ProxyHeader, Section, Server};
use crate::text::{Text, Word};

/// Returns the map of the hosts, when there is to be one.
pub(super) fn write(
    sheet: &mut Sheet,
    gateways: &[Prepared],
    options: &GenerateOptions,
) -> Option<GeneratedFile> {
    let hosted: Vec<(&Prepared, &Hosts)> = gateways
        .iter()
        .filter_map(|gateway| Some((gateway, gateway.hosts.as_ref()?)))
        .collect();
    let map = options.virtual_hosts_map.as_ref().map(|path| map(path, &hosted));
    if hosted.is_empty() {
        return map;
    }
    write_frontend(sheet, &hosted, options);
    for (gateway, hosts) in hosted {
        write_backend(sheet, gateway, hosts, options.encrypted_virtual_hosts.is_some());
    }
    write_unknown(sheet);
    map
}

fn write_frontend(sheet: &mut Sheet, hosted: &[(&Prepared, &Hosts)], options: &GenerateOptions) {
    let id = Word::trusted(super::names::VIRTUAL_HOSTS);
    sheet.blank();
    sheet.heading("Virtual hosts");
    sheet.lines.push(Section::Frontend(id.clone()).into());
    if let Some(address) = options.virtual_hosts {
        sheet.bind(Word::trusted(&address.to_string()));
    }
    if let Some(bind) = &options.encrypted_virtual_hosts {
        sheet.say(Directive::other("bind", &bind.arguments()));
    }
    sheet.say(sheet.vocabulary.mode(PortKind::Http));
    for directive in sheet.vocabulary.log_of_virtual_hosts() {
        sheet.say(directive);
    }
    // A client that asks another port than 80 sends it with the host.
    if let Some(map) = options.map_of_virtual_hosts() {
        let found = format!("req.hdr(host),field(1,:),lower,map({map})");
        sheet.say(Directive::UseBackend {
            backend: Word::trusted(&format!("%[{found}]")),
            condition: Some(Text::trusted(&format!("{{ {found} -m found }}"))),
        });
    } else {
        for (gateway, host) in names(hosted) {
            let acls = Acls::one(&format!("hdr(host),field(1,:) -i {host}"));
            sheet.condition(&gateway.title, &acls, &gateway.id);
        }
    }
    sheet.say(Directive::DefaultBackend(id));
}

/// Each host with its gateway.
fn names<'g>(hosted: &[(&'g Prepared, &'g Hosts)]) -> impl Iterator<Item = (&'g Prepared, &'g str)> {
    hosted
        .iter()
        .flat_map(|(gateway, hosts)| hosts.names.iter().map(|host| (*gateway, host.as_str())))
}

/// The map from hosts, in lower case, to backends.
fn map(path: &Path, hosted: &[(&Prepared, &Hosts)]) -> GeneratedFile {
    let entries = names(hosted).map(|(gateway, host)| format!("{} {}\n", host.to_lowercase(), gateway.id));
    GeneratedFile {
        path: path.to_path_buf(),
        text: entries.collect(),
    }
}

/// The way to a gateway, over a socket of its own that carries the client's address on.
fn write_backend(sheet: &mut Sheet, gateway: &Prepared, hosts: &Hosts, may_be_encrypted: bool) {
    sheet.backend(&gateway.title, &gateway.id);
    sheet.say(Directive::Balance(sheet.vocabulary.roundrobin.clone()));
    sheet.say(sheet.vocabulary.mode(PortKind::Http));
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
        ..Server::new(gateway.id.clone(), hosts.socket.clone())
    };
    sheet.server(&gateway.title, server);
}

/// Where a request for a host goes that no gateway has.
fn write_unknown(sheet: &mut Sheet) {
    sheet.backend(
        &Text::trusted("no such host"),
        &Word::trusted(super::names::VIRTUAL_HOSTS),
    );
    sheet.say(sheet.vocabulary.mode(PortKind::Http));
    let answer = "return status 404 content-type text/plain string \"no gateway has this host\\n\"";
    sheet.say(Directive::HttpRequest(Text::trusted(answer)));
}
