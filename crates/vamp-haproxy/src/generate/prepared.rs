//! What can be printed: nothing in it can be wrong any more.

use vamp_model::{PortKind, Sticky};

use crate::acl::Acls;
use crate::text::{Text, Word};

/// A gateway that can be printed.
pub(super) struct Prepared<'g> {
    /// Its name.
    pub(super) title: Text<'g>,
    pub(super) port: u16,
    /// Where it listens.
    pub(super) address: Word<'g>,
    pub(super) kind: PortKind,
    /// Its lookup name, the *L* of the drawing.
    pub(super) id: Word<'g>,
    /// The pool `o_L`.
    pub(super) pool: Proxy<'g>,
    /// Its virtual hosts, in lower case.
    pub(super) hosts: Vec<String>,
    /// The socket on which other proxies of this process, those of virtual hosts for one, reach it with its conditions.
    pub(super) entrance: Option<Word<'g>>,
    pub(super) sticky: Option<Sticky>,
    pub(super) routes: Vec<PreparedRoute<'g>>,
}

/// A proxy that other proxies reach over a socket.
pub(super) struct Proxy<'g> {
    /// What people call it.
    pub(super) title: Text<'g>,
    pub(super) id: Word<'g>,
    pub(super) socket: Word<'g>,
}

/// A route that can be printed.
pub(super) struct PreparedRoute<'g> {
    /// Its lookup name is the *R* of the drawing.
    pub(super) proxy: Proxy<'g>,
    /// 0 to 100, relative to the other routes.
    pub(super) weight: u16,
    /// Boxed, because most routes have none.
    pub(super) hop: Option<Box<Hop<'g>>>,
    pub(super) balance: Option<Text<'g>>,
    /// Rules for requests.
    pub(super) rewrites: Vec<Text<'g>>,
    pub(super) targets: Vec<PreparedTarget<'g>>,
}

/// A condition that can be printed.
pub(super) struct Hop<'g> {
    pub(super) title: Text<'g>,
    /// `im_R`
    pub(super) id: Word<'g>,
    pub(super) acls: Acls,
    /// 0 to 100.
    pub(super) strength: u16,
}

/// A target that can be printed.
pub(super) struct PreparedTarget<'g> {
    pub(super) title: Text<'g>,
    pub(super) id: Word<'g>,
    pub(super) address: Word<'g>,
    /// It is another gateway, which this process serves.
    pub(super) is_gateway: bool,
}

impl Prepared<'_> {
    /// How many bytes its lines take, or some more: lines have 63 of them.
    pub(super) fn bytes(&self) -> usize {
        let of_hop = |hop: &Hop<'_>| 16 + 2 * hop.acls.tests.len();
        let of_route = |route: &PreparedRoute<'_>| {
            24 + 2 * route.targets.len() + route.rewrites.len() + route.hop.as_deref().map_or(0, of_hop)
        };
        let of_entrance = if self.entrance.is_some() { 12 } else { 0 };
        let of_routes: usize = self.routes.iter().map(of_route).sum();
        64 * (32 + of_entrance + 3 * self.hosts.len() + of_routes)
    }
}
