//! Addresses and sockets that two would listen on.

use std::path::Path;

use super::address::{Endpoint, Host};
use super::branches::Branches;
use super::conflict::Conflict;
use super::place::{At, FIRST_OWN, Files};
use crate::document::view::Bind;
use crate::document::{Line, SectionKind, Token};

/// An address that something listens on.
struct Listener {
    at: At,
    /// The section: what one proxy does with one address is its own affair, a thread each for example.
    section: At,
    written: String,
    endpoint: Endpoint,
    is_v6_only: bool,
    interface: Option<String>,
    namespace: Option<String>,
}

/// Tells of addresses of the user that somebody listens on already.
pub(super) fn check(
    files: &Files<'_>,
    branches: &Branches,
    master_socket: Option<&Path>,
    conflicts: &mut Vec<Conflict>,
) {
    let listeners = listeners(files);
    for (position, own) in listeners.iter().enumerate() {
        if own.at.file < FIRST_OWN {
            continue;
        }
        if let Some(path) = own.endpoint.path().filter(|path| Some(*path) == master_socket) {
            conflicts.push(Conflict::MasterSocket {
                path: path.display().to_string(),
                place: files.place(own.at),
            });
        }
        let is_other = |other: &&Listener| own.overlaps(other) && !branches.exclude(own.at, other.at);
        if let Some(other) = listeners.iter().take(position).find(is_other) {
            conflicts.push(Conflict::Address {
                address: own.written.clone(),
                place: files.place(own.at),
                other_address: other.written.clone(),
                other: files.place(other.at),
            });
        }
    }
}

impl Listener {
    fn overlaps(&self, other: &Self) -> bool {
        self.section != other.section
            && self.namespace == other.namespace
            && (self.interface == other.interface || self.interface.is_none() || other.interface.is_none())
            && self.endpoint.overlaps(&other.endpoint)
            && !self.is_apart(other)
            && !other.is_apart(self)
    }

    /// Whether it is of IPv6 alone, and the other of IPv4.
    fn is_apart(&self, other: &Self) -> bool {
        let is_v4 = |endpoint: &Endpoint| match endpoint {
            Endpoint::Ip { host, .. } => match host {
                Host::Any4 => true,
                Host::Address(address) => address.is_ipv4(),
                Host::Any6 | Host::Name(_) => false,
            },
            _ => false,
        };
        self.is_v6_only && is_v4(&other.endpoint)
    }
}

/// Everything that listens, in the order of the texts.
fn listeners(files: &Files<'_>) -> Vec<Listener> {
    let mut listeners = Vec::new();
    for (file, document) in files.all() {
        for section in document.sections() {
            let header = section.header().number();
            for line in section.lines() {
                let at = At {
                    file,
                    line: line.number(),
                };
                // Each socket for statistics is one by itself.
                let section = match section.kind() {
                    SectionKind::Global => at,
                    _ => At { file, line: header },
                };
                add(&mut listeners, at, section, line);
            }
        }
    }
    listeners
}

fn add(listeners: &mut Vec<Listener>, at: At, section: At, line: Line<'_>) {
    let Some((addresses, is_datagram)) = addresses(line).filter(|(token, _)| !token.has_variables()) else {
        return;
    };
    let bind = Bind::of(line);
    let value = |name: &str| {
        let value = bind.and_then(|bind| bind.parameter(name)?.value());
        value.map(|value| value.text().into_owned())
    };
    let (interface, namespace) = (value("interface"), value("namespace"));
    let is_v6_only = bind.is_some_and(|bind| bind.parameter("v6only").is_some());
    for written in addresses.text().split(',') {
        if let Some(endpoint) = Endpoint::of(written, is_datagram) {
            listeners.push(Listener {
                at,
                section,
                written: written.to_owned(),
                endpoint,
                is_v6_only,
                interface: interface.clone(),
                namespace: namespace.clone(),
            });
        }
    }
}

/// The addresses that a line makes HAProxy listen on, and whether for datagrams.
fn addresses(line: Line<'_>) -> Option<(Token<'_>, bool)> {
    let keyword = line.keyword().filter(|keyword| keyword.prefix.is_none())?;
    let mut arguments = line.arguments();
    if keyword.token.is("bind") {
        Some((arguments.next()?, false))
    } else if keyword.token.is("dgram-bind") {
        Some((arguments.next()?, true))
    } else if keyword.token.is("stats") && arguments.next()?.is("socket") {
        Some((arguments.next()?, false))
    } else {
        None
    }
}
