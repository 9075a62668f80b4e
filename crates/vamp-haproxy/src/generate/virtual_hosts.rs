//! One port for many gateways: the `Host` header decides.

use std::net::SocketAddr;

use vamp_model::PortKind;

use super::gateway::{Vocabulary, begin, titled, virtual_host_socket};
use super::names;
use super::prepare::Prepared;
use crate::config::{Directive, Line, Parameter, Section, Server};
use crate::text::{Text, Word};

pub(super) fn write(
    lines: &mut Vec<Line>,
    gateways: &[Prepared],
    address: SocketAddr,
    vocabulary: &Vocabulary,
) {
    let gateways: Vec<&Prepared> = gateways
        .iter()
        .filter(|gateway| !gateway.hosts.is_empty())
        .collect();
    if gateways.is_empty() {
        return;
    }
    write_frontend(lines, &gateways, address, vocabulary);
    for gateway in &gateways {
        write_backend(lines, gateway, vocabulary);
    }
    write_unknown(lines, vocabulary);
}

fn write_frontend(
    lines: &mut Vec<Line>,
    gateways: &[&Prepared],
    address: SocketAddr,
    vocabulary: &Vocabulary,
) {
    let name = Word::trusted(names::VIRTUAL_HOSTS);
    begin(
        lines,
        Text::trusted("Virtual hosts"),
        Section::Frontend(name.clone()),
    );
    let address = Word::trusted(&address.to_string());
    lines.push(
        Directive::Bind {
            address,
            accept_proxy: false,
        }
        .into(),
    );
    let http = vocabulary.of(PortKind::Http);
    lines.push(http.mode().into());
    lines.extend(http.log().map(Line::from));
    for gateway in gateways {
        for host in &gateway.hosts {
            lines.push(Line::note(titled("destination", &gateway.name)));
            // A client that asks another port than 80 sends it with the host.
            let definition = format!("hdr(host),field(1,:) -i {host}");
            let name = names::acl(&definition);
            let condition = Some(Text::trusted(name.as_str()));
            lines.push(
                Directive::Acl {
                    name,
                    definition: Text::trusted(&definition),
                }
                .into(),
            );
            lines.push(
                Directive::UseBackend {
                    backend: gateway.id.clone(),
                    condition,
                }
                .into(),
            );
        }
    }
    lines.push(Directive::DefaultBackend(name).into());
}

/// The way to a gateway, over a socket of its own that carries the client's address on.
fn write_backend(lines: &mut Vec<Line>, gateway: &Prepared, vocabulary: &Vocabulary) {
    begin(
        lines,
        titled("backend", &gateway.name),
        Section::Backend(gateway.id.clone()),
    );
    lines.push(Directive::Balance(vocabulary.roundrobin.clone()).into());
    lines.push(vocabulary.of(PortKind::Http).mode().into());
    lines.push(Directive::HttpRequest(Text::trusted("set-header X-Forwarded-Port %[dst_port]")).into());
    lines.push(Line::note(titled("server", &gateway.name)));
    let address = virtual_host_socket(gateway, vocabulary);
    let server = Server {
        name: gateway.id.clone(),
        address,
        parameters: vec![Parameter::SendProxyV2],
    };
    lines.push(Directive::Server(server).into());
}

/// Where a request for a host goes that no gateway has.
fn write_unknown(lines: &mut Vec<Line>, vocabulary: &Vocabulary) {
    begin(
        lines,
        Text::trusted("backend: no such host"),
        Section::Backend(Word::trusted(names::VIRTUAL_HOSTS)),
    );
    lines.push(vocabulary.of(PortKind::Http).mode().into());
    let answer = "return status 404 content-type text/plain string \"no gateway has this host\\n\"";
    lines.push(Directive::HttpRequest(Text::trusted(answer)).into());
}
