//! Addresses and sockets that two would listen on.

use std::collections::HashSet;
use std::path::Path;

use super::address::{Endpoint, Host, normal};
use super::branches::Branches;
use super::conflict::Conflict;
use super::place::{At, FIRST_OWN, Files};
use crate::document::view::Bind;
use crate::document::{Line, Section, SectionKind, Token};

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
    let master_socket = master_socket.map(normal);
    for (position, own) in listeners.iter().enumerate() {
        if own.at.file < FIRST_OWN {
            continue;
        }
        if let Some(path) = own
            .endpoint
            .path()
            .filter(|path| Some(*path) == master_socket.as_deref())
        {
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
    let local_peers = local_peers(files);
    let mut listeners = Vec::new();
    for (file, document) in files.all() {
        for section in document.sections() {
            for line in section.lines() {
                add(&mut listeners, file, section, line, &local_peers);
            }
        }
    }
    listeners
}

/// The names that HAProxy has among its peers. That of its machine it has without being told, but nobody can tell it here.
fn local_peers(files: &Files<'_>) -> HashSet<String> {
    let globals = files
        .all()
        .flat_map(|(_, document)| document.sections_of(SectionKind::Global));
    let lines = globals.flat_map(|section| section.lines());
    lines
        .filter(|line| line.is("localpeer"))
        .filter_map(|line| Some(line.arguments().next()?.text().into_owned()))
        .collect()
}

fn add(
    listeners: &mut Vec<Listener>,
    file: usize,
    section: Section<'_>,
    line: Line<'_>,
    local_peers: &HashSet<String>,
) {
    let Some(listening) = Listening::of(section.kind(), line, local_peers) else {
        return;
    };
    let place = |line: Line<'_>| At {
        file,
        line: line.number(),
    };
    let at = place(line);
    // Each socket for statistics is one by itself.
    let section = match section.kind() {
        SectionKind::Global => at,
        _ => place(section.header()),
    };
    let bind = Bind::of(line);
    let value = |name: &str| {
        let value = bind.and_then(|bind| bind.parameter(name)?.value());
        value.map(|value| value.text().into_owned())
    };
    let (interface, namespace) = (value("interface"), value("namespace"));
    let is_v6_only = bind.is_some_and(|bind| bind.parameter("v6only").is_some());
    for written in listening.addresses.text().split(',') {
        let endpoint = Endpoint::of(written, listening.is_datagram);
        if let Some(endpoint) = endpoint.filter(|endpoint| !listening.is_remote || endpoint.is_of_any_host())
        {
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

/// What a line makes HAProxy listen on.
struct Listening<'d> {
    addresses: Token<'d>,
    is_datagram: bool,
    /// Whether it may be where another machine listens: then only an address that no other machine can have counts.
    is_remote: bool,
}

impl<'d> Listening<'d> {
    fn of(kind: SectionKind, line: Line<'d>, local_peers: &HashSet<String>) -> Option<Self> {
        let keyword = line.keyword().filter(|keyword| keyword.prefix.is_none())?.token;
        let mut arguments = line.arguments();
        let first = arguments.next()?;
        let (addresses, is_remote) = if keyword.is("bind") || keyword.is("dgram-bind") {
            (first, false)
        } else if keyword.is("stats") && first.is("socket") {
            (arguments.next()?, false)
        } else if kind == SectionKind::Peers && keyword.is("peer") {
            // HAProxy listens at its own. A `server` of its own name has no address but that of a `bind`.
            (arguments.next()?, !local_peers.contains(&*first.text()))
        } else {
            return None;
        };
        (!addresses.has_variables()).then(|| Self {
            addresses,
            is_datagram: keyword.is("dgram-bind"),
            is_remote,
        })
    }
}
