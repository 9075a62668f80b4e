//! What can be printed: nothing in it can be wrong any more.

use std::net::SocketAddr;

use vamp_model::{PortKind, Sticky};

use crate::acl::Acls;
use crate::text::{Text, Word};

/// A gateway that can be printed.
pub(super) struct Prepared {
    /// Its name.
    pub(super) title: Text,
    pub(super) address: SocketAddr,
    pub(super) kind: PortKind,
    /// Its lookup name, the *L* of the drawing.
    pub(super) id: Word,
    /// The pool `o_L`.
    pub(super) pool: Proxy,
    /// Its virtual hosts, in lower case.
    pub(super) hosts: Vec<String>,
    /// The socket on which other proxies of this process, those of virtual hosts for one, reach it with its conditions.
    pub(super) entrance: Option<Word>,
    pub(super) sticky: Option<Sticky>,
    pub(super) routes: Vec<PreparedRoute>,
}

/// A proxy that other proxies reach over a socket.
pub(super) struct Proxy {
    /// What people call it.
    pub(super) title: Text,
    pub(super) id: Word,
    pub(super) socket: Word,
}

/// A route that can be printed.
pub(super) struct PreparedRoute {
    /// Its lookup name is the *R* of the drawing.
    pub(super) proxy: Proxy,
    /// 0 to 100, relative to the other routes.
    pub(super) weight: u16,
    pub(super) hop: Option<Hop>,
    pub(super) balance: Option<Text>,
    /// Rules for requests.
    pub(super) rewrites: Vec<Text>,
    pub(super) targets: Vec<PreparedTarget>,
}

/// A condition that can be printed.
pub(super) struct Hop {
    pub(super) title: Text,
    /// `im_R`
    pub(super) id: Word,
    pub(super) acls: Acls,
    /// 0 to 100.
    pub(super) strength: u16,
}

/// A target that can be printed.
pub(super) struct PreparedTarget {
    pub(super) title: Text,
    pub(super) id: Word,
    pub(super) address: Word,
}

impl Prepared {
    /// How many lines it takes, or a few more.
    pub(super) fn lines(&self) -> usize {
        let of_hop = |hop: &Hop| 16 + 2 * hop.acls.tests.len();
        let of_route = |route: &PreparedRoute| {
            24 + 2 * route.targets.len() + route.rewrites.len() + route.hop.as_ref().map_or(0, of_hop)
        };
        let of_entrance = if self.entrance.is_some() { 12 } else { 0 };
        32 + of_entrance + 3 * self.hosts.len() + self.routes.iter().map(of_route).sum::<usize>()
    }
}
