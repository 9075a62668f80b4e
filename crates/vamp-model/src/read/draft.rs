//! A blueprint as far as it could be read, with the places that checks across its parts point at.

use indexmap::IndexMap;

use super::cluster::ReadCluster;
use super::gateway::ReadGateway;
use super::place::Place;
use super::values::Trait;
use crate::Port;

/// A blueprint that is being read.
#[derive(Debug)]
pub(super) struct Draft<'t> {
    pub(super) place: Place<'t>,
    pub(super) clusters: IndexMap<&'t str, ReadCluster<'t>>,
    /// Whether every cluster that is written is among `clusters`.
    pub(super) knows_all_clusters: bool,
    pub(super) variables: Vec<Trait<'t>>,
    pub(super) gateways: Vec<DraftGateway<'t>>,
}

/// A gateway of a blueprint that is being read.
#[derive(Debug)]
pub(super) struct DraftGateway<'t> {
    pub(super) place: Place<'t>,
    /// The name of its port.
    pub(super) name: String,
    /// Absent where it could not be read.
    pub(super) port: Option<Port>,
    /// Absent where something of it could not be read.
    pub(super) read: Option<ReadGateway<'t>>,
}
