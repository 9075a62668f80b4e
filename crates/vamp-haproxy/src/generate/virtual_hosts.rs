//! One port for many gateways: the `Host` header decides.

use vamp_model::PortKind;

use super::prepared::{Hosts, Prepared};
use super::sheet::Sheet;
use super::{GenerateOptions, names};
use crate::acl::Acls;
use crate::config::{Directive, ProxyHeader, Section, Server};
use crate::text::{Text, Word};

pub(super) fn write(sheet: &mut Sheet, gateways: &[Prepared], options: &GenerateOptions) {
    let hosted: Vec<(&Prepared, &Hosts)> = gateways
        .iter()
        .filter_map(|gateway| Some((gateway, gateway.hosts.as_ref()?)))
        .collect();
    if hosted.is_empty() {
        return;
    }
    write_frontend(sheet, &hosted, options);
    for (gateway, hosts) in hosted {
        write_backend(sheet, gateway, hosts, options.encrypted_virtual_hosts.is_some());
    }
    write_unknown(sheet);
}

fn write_frontend(sheet: &mut Sheet, hosted: &[(&Prepared, &Hosts)], options: &GenerateOptions) {
    let id = Word::trusted(names::VIRTUAL_HOSTS);
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
    for (gateway, hosts) in hosted {
        for host in &hosts.names {
            // A client that asks another port than 80 sends it with the host.
            let acls = Acls::one(&format!("hdr(host),field(1,:) -i {host}"));
            sheet.condition(&gateway.title, &acls, &gateway.id);
        }
    }
    sheet.say(Directive::DefaultBackend(id));
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
        &Word::trusted(names::VIRTUAL_HOSTS),
    );
    sheet.say(sheet.vocabulary.mode(PortKind::Http));
    let answer = "return status 404 content-type text/plain string \"no gateway has this host\\n\"";
    sheet.say(Directive::HttpRequest(Text::trusted(answer)));
}
