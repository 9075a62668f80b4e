use super::{Mark, Node, Text};

/// Entries by key in the order written. The last of equal keys counts, at the place of the first.
#[derive(Debug, Default)]
pub(crate) struct Mapping<'t> {
    entries: Box<[(Text<'t>, Entry<'t>)]>,
    /// Positions in the order of the keys; small mappings, which most are, have none and are searched from end to end.
    by_key: Box<[u32]>,
}

/// A value and the place of its key.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'t> {
    pub(crate) key: Mark,
    pub(crate) node: Node<'t>,
}

impl Entry<'_> {
    /// Where to point at: a scalar itself, but the key of what is null or a collection.
    pub(crate) fn pointer(&self) -> Mark {
        match &self.node.value {
            super::Value::Scalar(scalar) if !scalar.is_null() => self.node.mark,
            _ => self.key,
        }
    }
}

/// How many entries are searched one after the other.
const SMALL: usize = 16;

impl<'t> Mapping<'t> {
    /// The mapping of entries as they are written, of which only the first `own` are its own: the others come from merge keys.
    /// Own entries go before merged ones, and of those the first ones win.
    pub(super) fn new(mut entries: Vec<(Text<'t>, Entry<'t>)>, own: usize) -> Self {
        if entries.len() <= SMALL {
            unite_few(&mut entries, own);
            return Self {
                entries: entries.into_boxed_slice(),
                by_key: Box::default(),
            };
        }
        let by_key = unite_many(&mut entries, own);
        Self {
            entries: entries.into_boxed_slice(),
            by_key,
        }
    }

    /// The mapping of entries with different keys.
    pub(crate) fn of(entries: Vec<(Text<'t>, Entry<'t>)>) -> Self {
        let own = entries.len();
        Self::new(entries, own)
    }

    fn position(&self, key: &str) -> Option<usize> {
        if self.by_key.is_empty() {
            return self.entries.iter().position(|(known, _)| known == key);
        }
        let found = self
            .by_key
            .binary_search_by(|position| (*self.entries[*position as usize].0).cmp(key));
        found.ok().map(|at| self.by_key[at] as usize)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry<'t>> {
        self.find(key).map(|(_, entry)| entry)
    }

    /// As [`Mapping::get`], with the position among the entries.
    pub(crate) fn find(&self, key: &str) -> Option<(usize, &Entry<'t>)> {
        let position = self.position(key)?;
        Some((position, &self.entries[position].1))
    }

    /// As [`Mapping::get`], with the key as it is in the text.
    pub(crate) fn get_key_value(&self, key: &str) -> Option<(&str, &Entry<'t>)> {
        let (key, entry) = &self.entries[self.position(key)?];
        Some((key, entry))
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

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Text<'t>, &Entry<'t>)> {
        self.entries.iter().map(|(key, entry)| (key, entry))
    }
}

impl Clone for Mapping<'_> {
    fn clone(&self) -> Self {
        let copies = self
            .entries
            .iter()
            .map(|(key, entry)| (key.copy(), entry.clone()));
        Self {
            entries: copies.collect(),
            by_key: self.by_key.clone(),
        }
    }
}

impl<'t> IntoIterator for Mapping<'t> {
    type Item = (Text<'t>, Entry<'t>);
    type IntoIter = std::vec::IntoIter<(Text<'t>, Entry<'t>)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_vec().into_iter()
    }
}

fn unite_few(entries: &mut Vec<(Text<'_>, Entry<'_>)>, own: usize) {
    let mut kept = 0;
    for position in 0..entries.len() {
        let (before, rest) = entries.split_at_mut(position);
        let Some((key, entry)) = rest.first_mut() else {
            break;
        };
        match before[..kept].iter_mut().find(|(known, _)| *known == *key) {
            Some((_, known)) if position < own => std::mem::swap(known, entry),
            Some(_) => {}
            None => {
                entries.swap(kept, position);
                kept += 1;
            }
        }
    }
    entries.truncate(kept);
}

/// Leaves one entry of each key, and returns the positions in the order of the keys.
fn unite_many(entries: &mut Vec<(Text<'_>, Entry<'_>)>, own: usize) -> Box<[u32]> {
    let by_key = positions_by_key(entries);
    let mut superfluous = Vec::new();
    let mut replaced = Vec::new();
    for equal in by_key.chunk_by(|left, right| entries[*left as usize].0 == entries[*right as usize].0) {
        let [first, others @ ..] = equal else { continue };
        superfluous.extend_from_slice(others);
        let last_own = others.iter().rfind(|position| (**position as usize) < own);
        replaced.extend(last_own.map(|last| (*first as usize, *last as usize)));
    }
    for (first, last) in replaced {
        let (before, rest) = entries.split_at_mut(last);
        std::mem::swap(&mut before[first].1, &mut rest[0].1);
    }
    if superfluous.is_empty() {
        return by_key;
    }
    superfluous.sort_unstable();
    let mut next = superfluous.iter().copied().peekable();
    let mut position = 0;
    entries.retain(|_| {
        let gone = next.next_if_eq(&position).is_some();
        position += 1;
        !gone
    });
    positions_by_key(entries)
}

/// Positions in the order of the keys, those of equal keys in their own order.
fn positions_by_key(entries: &[(Text<'_>, Entry<'_>)]) -> Box<[u32]> {
    // A text has fewer than 2^32 bytes, and no more keys than bytes.
    let mut positions: Box<[u32]> = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX)).collect();
    positions.sort_by(|left, right| entries[*left as usize].0.cmp(&entries[*right as usize].0));
    positions
}

#[cfg(test)]
mod tests {
    use super::super::{Scalar, Value};
    use super::*;

    fn entry(key: usize, text: &'static str) -> (Text<'static>, Entry<'static>) {
        let value = Value::Scalar(Scalar::text(text));
        let node = Node {
            value,
            mark: Mark::START,
        };
        let key_mark = Mark::START;
        (format!("k{key}").into(), Entry { key: key_mark, node })
    }

    #[test]
    fn keys_are_found_in_small_and_large_mappings_and_the_last_value_of_its_own_counts() {
        for count in [0, 1, 2, SMALL / 2, SMALL, 100] {
            let own = (0..count)
                .map(|key| entry(key, "first"))
                .chain((0..count).map(|key| entry(key, "last")));
            let merged = [entry(0, "never"), entry(count, "merged"), entry(count, "never")];
            let mapping = Mapping::new(own.chain(merged).collect(), 2 * count);
            let values: Vec<(&str, serde_json::Value)> = mapping
                .iter()
                .map(|(key, _)| (key.as_str(), mapping.get(key).unwrap().node.to_json()))
                .collect();
            assert!(!mapping.contains_key("other"));
            assert_eq!(mapping.len(), count + 1);
            for (position, (key, value)) in values.iter().enumerate() {
                assert_eq!(*key, format!("k{position}"));
                let expected = match position {
                    0 if count == 0 => "never",
                    position if position == count => "merged",
                    _ => "last",
                };
                assert_eq!(*value, expected, "{key} of {count}");
            }
        }
    }
}
