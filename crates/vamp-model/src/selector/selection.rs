use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::operand::Candidate;
use crate::{Name, lookup};

/// A port of an instance that a selector has selected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelectedTarget {
    /// What tells it from others: `group/ip:port`, the port being the one where it is reached.
    pub id: String,
    /// Where it is reached: `ip:port`.
    pub address: String,
    /// What the groups of the patterns captured, sorted.
    pub captured: BTreeSet<String>,
}

impl SelectedTarget {
    pub(super) fn new(candidate: &Candidate<'_>, captured: BTreeSet<String>) -> Self {
        let address = format!("{}:{}", candidate.instance.ip, candidate.port.reachable);
        Self {
            id: [&candidate.group.name, "/", &address].concat(),
            address,
            captured,
        }
    }

    /// What the target is partitioned by: each captured text in parentheses, sorted, with commas between: `(0),(2)`; `()`
    /// where nothing was captured.
    #[must_use]
    pub fn partition_key(&self) -> String {
        if self.captured.is_empty() {
            return "()".to_owned();
        }
        let texts: Vec<String> = self.captured.iter().map(|text| format!("({text})")).collect();
        texts.join(",")
    }
}

/// The targets that a selector has selected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    targets: IndexMap<String, SelectedTarget>,
}

/// The targets of one partition of a selection: those of one generated route.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Partition {
    /// What was captured of all of its targets: [`SelectedTarget::partition_key`].
    pub key: String,
    /// The targets.
    pub targets: Vec<SelectedTarget>,
}

impl Selection {
    pub(super) fn add(&mut self, target: SelectedTarget) {
        match self.targets.get_mut(&target.id) {
            Some(known) => known.captured.extend(target.captured),
            None => drop(self.targets.insert(target.id.clone(), target)),
        }
    }

    /// The targets, each identifier once.
    pub fn targets(&self) -> impl ExactSizeIterator<Item = &SelectedTarget> {
        self.targets.values()
    }

    /// The addresses of the targets, each once, in the order of the targets.
    #[must_use]
    pub fn addresses(&self) -> Vec<&str> {
        let addresses: indexmap::IndexSet<&str> =
            self.targets().map(|target| target.address.as_str()).collect();
        addresses.into_iter().collect()
    }

    /// The targets by what was captured of them, sorted by key.
    #[must_use]
    pub fn partitions(&self) -> Vec<Partition> {
        let mut partitions: BTreeMap<String, Vec<SelectedTarget>> = BTreeMap::new();
        for target in self.targets() {
            partitions
                .entry(target.partition_key())
                .or_default()
                .push(target.clone());
        }
        partitions
            .into_iter()
            .map(|(key, targets)| Partition { key, targets })
            .collect()
    }
}

impl Partition {
    /// The path of the route that is generated for this partition.
    #[must_use]
    pub fn route_path(&self) -> String {
        route_path(&self.key)
    }
}

/// The path of the route that is generated for the partition of a key: the key itself where it is a plain name, which has no
/// white space, `/`, `[` or `]`; else its SHA-1 with the salt `0000`, in hexadecimal without leading zeros.
#[must_use]
pub fn route_path(key: &str) -> String {
    match key.parse::<Name>() {
        Ok(_) => key.to_owned(),
        Err(_) => lookup::hash(key, "0000"),
    }
}
