//! The clusters of a blueprint, and what their breeds have.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use indexmap::{IndexMap, IndexSet};

use super::super::cluster::ReadCluster;
use super::super::context::Context;
use super::super::draft::Draft;
use super::super::service::ReadService;
use super::super::{hint, values};
use crate::{Name, Port, PortKind, StrictName, TraitGroup};

/// The name of a cluster is one that artifacts may have.
pub(super) fn names(context: &mut Context, draft: &Draft<'_>) {
    for (name, cluster) in &draft.clusters {
        values::name(context, &cluster.place, name);
    }
}

/// The clusters of a draft, with what their breeds have gathered when it is asked for.
#[derive(Debug)]
pub(super) struct Clusters<'d, 't> {
    pub(super) draft: &'d Draft<'t>,
    traits: Vec<OnceCell<Traits<'d>>>,
    /// The clusters of the breeds, by the breed.
    cluster_of_breed: OnceCell<BTreeMap<&'d str, &'d str>>,
}

impl<'d, 't> Clusters<'d, 't> {
    pub(super) fn of(draft: &'d Draft<'t>) -> Self {
        Self {
            draft,
            traits: draft.clusters.iter().map(|_| OnceCell::new()).collect(),
            cluster_of_breed: OnceCell::new(),
        }
    }

    /// What the breeds of a cluster have; `None` without a cluster of that name.
    pub(super) fn traits(&self, cluster: &str) -> Option<&Traits<'d>> {
        let (position, _, cluster) = self.draft.clusters.get_full(cluster)?;
        let cell = self.traits.get(position)?;
        Some(cell.get_or_init(|| Traits::of(cluster)))
    }

    /// Each cluster with its name and what its breeds have.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'d str, &'d ReadCluster<'t>, &Traits<'d>)> {
        let clusters = self.draft.clusters.iter().zip(&self.traits);
        clusters.map(|((name, cluster), cell)| (*name, cluster, cell.get_or_init(|| Traits::of(cluster))))
    }

    /// The clusters with services of that breed, or of any whose name begins like one that ends in `*`.
    pub(super) fn running(&self, breed: &str) -> Vec<&'d str> {
        let by_breed = self.cluster_of_breed.get_or_init(|| {
            let services = |(cluster, read): (&&'d str, &'d ReadCluster<'t>)| {
                let breeds = read.services.iter().filter_map(ReadService::breed_name);
                breeds.map(|breed| (breed, *cluster)).collect::<Vec<_>>()
            };
            self.draft.clusters.iter().flat_map(services).collect()
        });
        match breed.strip_suffix('*') {
            Some(beginning) => by_breed
                .range(beginning..)
                .take_while(|(breed, _)| breed.starts_with(beginning))
                .map(|(_, cluster)| *cluster)
                .collect(),
            None => by_breed.get(breed).copied().into_iter().collect(),
        }
    }

    /// The cluster that was meant by a name that none has.
    pub(super) fn nearest(&self, name: &str) -> Option<&'d str> {
        hint::nearest(name, self.draft.clusters.keys().copied())
    }
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// Nobody can tell: a breed is known by its name only, or could not be read.
    Open,
}

/// What the breeds of a cluster have, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Traits<'d> {
    /// Of several ports of one name, a TCP port where one is.
    ports: IndexMap<&'d str, &'d Port>,
    variables: IndexSet<&'d str>,
    constants: IndexSet<&'d str>,
    /// Whether every breed is known.
    is_complete: bool,
}

impl<'d> Traits<'d> {
    fn of(cluster: &'d ReadCluster<'_>) -> Self {
        let known = |service: &ReadService<'_>| service.known_breed().is_some();
        let mut traits = Self {
            is_complete: cluster.knows_all_services && cluster.services.iter().all(known),
            ..Self::default()
        };
        for breed in cluster.services.iter().filter_map(ReadService::known_breed) {
            for (name, port) in &breed.ports {
                let known = traits.ports.entry(name.as_str()).or_insert(port);
                if port.kind() == PortKind::Tcp {
                    *known = port;
                }
            }
            let variables = breed.environment_variables.keys().map(Name::as_str);
            traits.variables.extend(variables);
            traits
                .constants
                .extend(breed.constants.keys().map(StrictName::as_str));
        }
        traits
    }

    /// A port, where a breed has one of that name.
    pub(super) fn port(&self, name: &str) -> Option<&'d Port> {
        self.ports.get(name).copied()
    }

    /// Whether a breed has something of that name.
    pub(super) fn has(&self, group: TraitGroup, name: &str) -> Answer {
        let is_there = match group {
            TraitGroup::Ports => self.ports.contains_key(name),
            TraitGroup::EnvironmentVariables => self.variables.contains(name),
            TraitGroup::Constants => self.constants.contains(name),
            TraitGroup::Hosts => false,
        };
        match (is_there, self.is_complete) {
            (true, _) => Answer::Yes,
            (false, true) => Answer::No,
            (false, false) => Answer::Open,
        }
    }

    /// The name of a group that was meant by one that is not there.
    pub(super) fn nearest(&self, group: TraitGroup, name: &str) -> Option<&'d str> {
        match group {
            TraitGroup::Ports => hint::nearest(name, self.ports.keys().copied()),
            TraitGroup::EnvironmentVariables => hint::nearest(name, self.variables.iter().copied()),
            TraitGroup::Constants => hint::nearest(name, self.constants.iter().copied()),
            TraitGroup::Hosts => None,
        }
    }

    /// The ports, for telling which ones there are.
    pub(super) fn ports(&self) -> impl Iterator<Item = &'d str> {
        self.ports.keys().copied()
    }
}
