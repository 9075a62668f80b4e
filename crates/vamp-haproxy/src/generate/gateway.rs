//! The proxies of one gateway.

use vamp_model::PortKind;

use super::prepare::{Hop, Prepared, PreparedRoute, PreparedTarget};
use super::{GenerateOptions, names};
use crate::base::{http_log_format, tcp_log_format, wrapped};
use crate::config::{Directive, Line, Mode, Parameter, Section, Server};
use crate::text::{Text, Word};

/// The weight of every instance.
const INSTANCE_WEIGHT: u16 = 100;

/// Words that stand in many lines, allocated once.
pub(super) struct Vocabulary {
    pub(super) directory: String,
    pub(super) roundrobin: Text,
    leastconn: Text,
    http: Lines,
    tcp: Lines,
    pub(super) forwardfor: Word,
}

/// What differs between HTTP and TCP.
pub(super) struct Lines {
    mode: Mode,
    option: Word,
    log_format: Text,
}

impl Vocabulary {
    pub(super) fn new(options: &GenerateOptions) -> Self {
        let lines = |mode, option, log_format| Lines {
            mode,
            option: Word::trusted(option),
            log_format: wrapped(log_format),
        };
        Self {
            directory: options.directory().to_owned(),
            roundrobin: Text::trusted("roundrobin"),
            leastconn: Text::trusted("leastconn"),
            http: lines(Mode::Http, "httplog", http_log_format()),
            tcp: lines(Mode::Tcp, "tcplog", tcp_log_format()),
            forwardfor: Word::trusted("forwardfor"),
        }
    }

    pub(super) fn of(&self, kind: PortKind) -> &Lines {
        match kind {
            PortKind::Http => &self.http,
            PortKind::Tcp => &self.tcp,
        }
    }

    fn socket(&self, prefix: &str, id: &Word) -> Word {
        names::socket(&self.directory, prefix, id.as_str())
    }
}

impl Lines {
    pub(super) fn mode(&self) -> Directive {
        Directive::Mode(self.mode)
    }

    pub(super) fn log(&self) -> [Directive; 2] {
        [
            Directive::Option(self.option.clone()),
            Directive::LogFormat(self.log_format.clone()),
        ]
    }
}

/// The socket by which the virtual hosts reach a gateway.
pub(super) fn virtual_host_socket(gateway: &Prepared, vocabulary: &Vocabulary) -> Word {
    vocabulary.socket(names::VIRTUAL_HOST, &gateway.id)
}

pub(super) fn begin(lines: &mut Vec<Line>, title: Text, section: Section) {
    lines.push(Line::Blank);
    lines.push(Line::heading(title));
    lines.push(section.into());
}

pub(super) fn titled(kind: &str, name: &str) -> Text {
    Text::trusted(&[kind, ": ", name].concat())
}

fn other(name: &str) -> String {
    ["other ", name].concat()
}

fn intermediate(route: &PreparedRoute) -> String {
    ["intermediate ", route.title.as_str()].concat()
}

pub(super) fn write_frontends(lines: &mut Vec<Line>, gateway: &Prepared, vocabulary: &Vocabulary) {
    let other = other(&gateway.name);
    begin(
        lines,
        titled("frontend", &gateway.name),
        Section::Frontend(gateway.id.clone()),
    );
    let address = Word::trusted(&gateway.address.to_string());
    lines.push(
        Directive::Bind {
            address,
            accept_proxy: false,
        }
        .into(),
    );
    let of_kind = vocabulary.of(gateway.kind);
    lines.extend(of_kind.log().map(Line::from));
    if !gateway.hosts.is_empty() {
        let address = virtual_host_socket(gateway, vocabulary);
        lines.push(
            Directive::Bind {
                address,
                accept_proxy: true,
            }
            .into(),
        );
    }
    lines.push(of_kind.mode().into());
    for route in &gateway.routes {
        if let Some(hop) = &route.hop {
            write_condition(lines, route, hop);
        }
    }
    write_default(lines, &other, &gateway.pool);

    write_inner_frontend(lines, gateway.kind, &other, &gateway.pool, vocabulary);
    for route in &gateway.routes {
        write_inner_frontend(lines, gateway.kind, route.title.as_str(), &route.id, vocabulary);
    }
}

fn write_condition(lines: &mut Vec<Line>, route: &PreparedRoute, hop: &Hop) {
    lines.push(Line::note(titled("destination", &intermediate(route))));
    lines.push(
        Directive::Acl {
            name: hop.acl.clone(),
            definition: hop.definition.clone(),
        }
        .into(),
    );
    let condition = Some(Text::trusted(hop.acl.as_str()));
    lines.push(
        Directive::UseBackend {
            backend: hop.id.clone(),
            condition,
        }
        .into(),
    );
}

fn write_default(lines: &mut Vec<Line>, name: &str, backend: &Word) {
    lines.push(Line::note(titled("backend", name)));
    lines.push(Directive::DefaultBackend(backend.clone()).into());
}

/// The frontend behind a hop: what comes from a socket of this process goes to the backend of the same name.
fn write_inner_frontend(
    lines: &mut Vec<Line>,
    kind: PortKind,
    name: &str,
    id: &Word,
    vocabulary: &Vocabulary,
) {
    let of_kind = vocabulary.of(kind);
    begin(lines, titled("frontend", name), Section::Frontend(id.clone()));
    lines.extend(of_kind.log().map(Line::from));
    lines.push(
        Directive::Bind {
            address: vocabulary.socket("", id),
            accept_proxy: true,
        }
        .into(),
    );
    lines.push(of_kind.mode().into());
    write_default(lines, name, id);
}

pub(super) fn write_backends(lines: &mut Vec<Line>, gateway: &Prepared, vocabulary: &Vocabulary) {
    let other = other(&gateway.name);
    begin_backend(
        lines,
        gateway,
        &other,
        &gateway.pool,
        &vocabulary.roundrobin,
        vocabulary,
    );
    for route in &gateway.routes {
        write_hop(lines, route.title.as_str(), &route.id, route.weight, vocabulary);
    }
    for route in &gateway.routes {
        if let Some(hop) = &route.hop {
            begin_backend(
                lines,
                gateway,
                &intermediate(route),
                &hop.id,
                &vocabulary.roundrobin,
                vocabulary,
            );
            write_hop(lines, route.title.as_str(), &route.id, hop.strength, vocabulary);
            write_hop(
                lines,
                &other,
                &gateway.pool,
                100_u16.saturating_sub(hop.strength),
                vocabulary,
            );
        }
    }
    for route in &gateway.routes {
        let default = match gateway.kind {
            PortKind::Http => &vocabulary.roundrobin,
            PortKind::Tcp => &vocabulary.leastconn,
        };
        let balance = route.balance.as_ref().unwrap_or(default);
        begin_backend(
            lines,
            gateway,
            route.title.as_str(),
            &route.id,
            balance,
            vocabulary,
        );
        if !route.targets.is_empty() && gateway.kind == PortKind::Http {
            lines.push(Directive::Option(vocabulary.forwardfor.clone()).into());
        }
        for target in &route.targets {
            write_instance(lines, gateway.kind, target);
        }
    }
}

fn begin_backend(
    lines: &mut Vec<Line>,
    gateway: &Prepared,
    name: &str,
    id: &Word,
    balance: &Text,
    vocabulary: &Vocabulary,
) {
    begin(lines, titled("backend", name), Section::Backend(id.clone()));
    lines.push(vocabulary.of(gateway.kind).mode().into());
    lines.push(Directive::Balance(balance.clone()).into());
}

/// A server that is a socket of this process.
fn write_hop(lines: &mut Vec<Line>, name: &str, id: &Word, weight: u16, vocabulary: &Vocabulary) {
    lines.push(Line::note(titled("server", name)));
    let parameters = vec![Parameter::SendProxy, Parameter::Weight(weight), Parameter::Check];
    let address = vocabulary.socket("", id);
    lines.push(
        Directive::Server(Server {
            name: id.clone(),
            address,
            parameters,
        })
        .into(),
    );
}

fn write_instance(lines: &mut Vec<Line>, kind: PortKind, target: &PreparedTarget) {
    lines.push(Line::note(titled("server", target.title.as_str())));
    let mut parameters = Vec::with_capacity(3);
    if kind == PortKind::Http {
        parameters.push(Parameter::Cookie(target.id.clone()));
    }
    parameters.extend([Parameter::Weight(INSTANCE_WEIGHT), Parameter::Check]);
    let server = Server {
        name: target.id.clone(),
        address: target.address.clone(),
        parameters,
    };
    lines.push(Directive::Server(server).into());
}
