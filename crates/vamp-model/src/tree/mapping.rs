use std::collections::HashMap;

use super::{Mark, Node};

/// Entries by key in the order written. The last of equal keys counts, at the place of the first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapping {
    entries: Vec<(String, Entry)>,
    /// Positions by key; small mappings, which most are, are searched without.
    #[expect(
        clippy::box_collection,
        reason = "few mappings have one, and all would have room for it"
    )]
    index: Option<Box<HashMap<String, usize>>>,
}

/// A value and the place of its key.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Mark,
    pub(crate) node: Node,
}

/// How many entries are searched one after the other.
const SMALL: usize = 16;

impl Mapping {
    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self.entries.iter().position(|(known, _)| known == key),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.position(key).map(|position| &self.entries[position].1)
    }

    pub(crate) fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.entries.iter().map(|(key, entry)| (key, entry))
    }

    pub(super) fn insert(&mut self, key: String, entry: Entry) {
        match self.position(&key) {
            Some(position) => self.entries[position].1 = entry,
            None => self.push(key, entry),
        }
    }

    /// Adds an entry unless there is one of that key.
    pub(super) fn insert_if_absent(&mut self, key: String, entry: Entry) {
        if !self.contains_key(&key) {
            self.push(key, entry);
        }
    }

    fn push(&mut self, key: String, entry: Entry) {
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), self.entries.len());
        }
        self.entries.push((key, entry));
        if self.index.is_none() && self.entries.len() > SMALL {
            let positions = self.entries.iter().enumerate();
            let index = positions.map(|(position, (key, _))| (key.clone(), position));
            self.index = Some(Box::new(index.collect()));
        }
    }
}

impl IntoIterator for Mapping {
    type Item = (String, Entry);
    type IntoIter = std::vec::IntoIter<(String, Entry)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Scalar, Value};
    use super::*;

    fn entry(text: &str) -> Entry {
        let value = Value::Scalar(Scalar::text(text.to_owned()));
        Entry {
            key: Mark::START,
            node: Node {
                value,
                mark: Mark::START,
            },
        }
    }

    #[test]
    fn keys_are_found_in_small_and_large_mappings_and_the_last_value_counts() {
        for count in [0, 1, SMALL, SMALL + 1, 100] {
            let mut mapping = Mapping::default();
            for position in 0..count {
                mapping.insert(format!("k{position}"), entry("first"));
            }
            for position in 0..count {
                mapping.insert(format!("k{position}"), entry("last"));
                mapping.insert_if_absent(format!("k{position}"), entry("never"));
            }
            assert_eq!(mapping.len(), count);
            assert!(!mapping.contains_key("other"));
            let keys: Vec<&String> = mapping.iter().map(|(key, _)| key).collect();
            assert!(
                keys.iter()
                    .enumerate()
                    .all(|(position, key)| **key == format!("k{position}"))
            );
            let values = mapping
                .iter()
                .map(|(key, _)| mapping.get(key).unwrap().node.to_json());
            assert!(values.into_iter().all(|value| value == "last"));
        }
    }
}
