//! The fields of a mapping: which ones are asked for, and which ones nobody knows.

use super::context::Context;
use super::place::Place;
use crate::Kind;
use crate::problem::code;
use crate::tree::{Entry, Mapping, Scalar, Value};

/// A mapping that is being read. Every key asked for is known; [`Fields::finish`] reports the others.
#[derive(Debug)]
pub(super) struct Fields<'t> {
    pub(super) place: Place<'t>,
    mapping: &'t Mapping<'t>,
    known: Known,
    /// Which entries have been asked for, by their positions, of the first 64.
    asked: u64,
    /// Unknown keys that an alias beside its canonical key leaves over.
    shadowed: Option<&'static str>,
    /// Whether every key is known.
    open: bool,
}

impl<'t> Fields<'t> {
    /// The fields of a mapping; `None`, with a report, where something else stands.
    pub(super) fn of(context: &mut Context, place: &Place<'t>) -> Option<Self> {
        let Some(mapping) = place.mapping() else {
            context.wrong_type(place, "a mapping");
            return None;
        };
        Some(Self::of_mapping(place.clone(), mapping))
    }

    pub(super) fn of_mapping(place: Place<'t>, mapping: &'t Mapping<'t>) -> Self {
        let mut fields = Self::without_kind(place, mapping);
        fields.known.push("kind");
        fields
    }

    /// The fields of a mapping that is no artifact and has no `kind`.
    pub(super) fn without_kind(place: Place<'t>, mapping: &'t Mapping<'t>) -> Self {
        Self {
            place,
            mapping,
            known: Known::default(),
            asked: 0,
            shadowed: None,
            open: false,
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.mapping.get(key).is_some_and(|entry| !entry.node.is_null())
    }

    /// The entry of a key, which is known from now on.
    fn entry(&mut self, key: &'static str) -> Option<&'t Entry<'t>> {
        self.known.push(key);
        let (position, entry) = self.mapping.find(key)?;
        self.asked |= 1_u64.checked_shl(position as u32).unwrap_or(0);
        Some(entry)
    }

    /// Whether every entry has been asked for, as far as can be told at once.
    fn asked_for_all(&self) -> bool {
        self.asked.count_ones() as usize == self.mapping.len()
    }

    /// The value under a key; absent and null are the same.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Place<'t>> {
        let entry = self.entry(key)?;
        (!entry.node.is_null()).then(|| self.place.under(key, entry))
    }

    /// As [`Fields::get`], pointing at the key.
    pub(super) fn get_at_key(&mut self, key: &'static str) -> Option<Place<'t>> {
        let entry = self.entry(key)?;
        (!entry.node.is_null()).then(|| self.place.key(key, entry.key, &entry.node))
    }

    /// The value under a key or, where that is absent, under its alias. Beside the key, only an empty alias passes.
    pub(super) fn get_aliased(&mut self, key: &'static str, alias: &'static str) -> Option<Place<'t>> {
        self.get_aliased_where(key, alias, is_empty)
    }

    /// As [`Fields::get_aliased`]; `passes` says which values may stand under the alias beside the key.
    pub(super) fn get_aliased_where(
        &mut self,
        key: &'static str,
        alias: &'static str,
        passes: impl Fn(&Value<'_>) -> bool,
    ) -> Option<Place<'t>> {
        let canonical = self.get(key);
        if canonical.is_none() {
            return self.get(alias);
        }
        match self.mapping.get(alias) {
            _ if self.known.contains(alias) => {}
            Some(entry) if entry.node.is_null() || passes(&entry.node.value) => self.known.push(alias),
            Some(_) => self.shadowed = Some(alias),
            None => {}
        }
        canonical
    }

    /// The block under `environment_variables` or `env`. Beside the long key the short one is a mapping all the same, and empty.
    pub(super) fn get_variables(&mut self, context: &mut Context) -> Option<Place<'t>> {
        let (key, alias) = ("environment_variables", "env");
        let beside = self.mapping.get(alias).filter(|_| self.has(key));
        if let Some(entry) = beside
            && !entry.node.is_null()
            && !matches!(entry.node.value, Value::Mapping(_))
        {
            context.wrong_type(&self.place.under(alias, entry), "a mapping");
            self.known.push(alias);
        }
        self.get_aliased(key, alias)
    }

    /// The value under `reference` or `ref`.
    pub(super) fn get_reference(&mut self) -> Option<Place<'t>> {
        self.get_aliased_where("reference", "ref", |_| false)
    }

    /// The value under a key, or a report that it is missing.
    pub(super) fn required(&mut self, context: &mut Context, key: &'static str) -> Option<Place<'t>> {
        let value = self.get(key);
        if value.is_none() {
            context.missing(&self.place, key);
        }
        value
    }

    /// A key whose value is of no interest.
    pub(super) fn ignore(&mut self, keys: &[&'static str]) {
        keys.iter().for_each(|key| self.known.push(key));
    }

    /// Reports a `kind` that is none of the expected ones.
    pub(super) fn check_kind(&self, context: &mut Context, expected: &[Kind]) {
        let Some(entry) = self.mapping.get("kind") else {
            return;
        };
        if entry.node.is_null() {
            return;
        }
        let place = self.place.under("kind", entry);
        let Some(given) = context.text(&place) else { return };
        if Kind::parse(given).is_some_and(|kind| expected.contains(&kind)) {
            return;
        }
        let found = expected.first().map_or("", |kind| kind.plural());
        let message = format!("Inconsistent kind: given '{given}' but found '{found}'.");
        context.report(&place, code::INCONSISTENT_ARTIFACT_KIND, message);
    }

    /// Takes every key for known, where it cannot be told which ones are.
    pub(super) const fn ignore_rest(&mut self) {
        self.open = true;
    }

    /// The entries that nobody asked for, which are known from now on.
    pub(super) fn rest(&mut self) -> Vec<(&'t str, Place<'t>)> {
        self.open = true;
        self.mapping
            .iter()
            .filter(|(key, _)| !self.known.contains(key))
            .map(|(key, entry)| (key.as_str(), self.place.key(key, entry.key, &entry.node)))
            .collect()
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self, context: &mut Context) {
        if self.open || self.asked_for_all() {
            return;
        }
        for (key, entry) in self.mapping.iter() {
            if self.known.contains(key) {
                continue;
            }
            let place = self.place.key(key, entry.key, &entry.node);
            if !context.has_room() {
                continue;
            }
            let hint = match self.shadowed {
                Some(alias) if alias == key => {
                    Some("the long spelling of the same key is there, too".to_owned())
                }
                _ => super::hint::did_you_mean(key, self.known.iter()),
            };
            context.leftover(&place, hint);
        }
    }
}

/// Keys that have been asked for. Nearly all mappings of the language have few, for which nothing is allocated.
#[derive(Debug, Default)]
struct Known {
    few: [&'static str; 16],
    count: usize,
    more: Vec<&'static str>,
}

impl Known {
    fn push(&mut self, key: &'static str) {
        match self.few.get_mut(self.count) {
            Some(free) => {
                *free = key;
                self.count += 1;
            }
            None => self.more.push(key),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &'static str> {
        let few = self.few.iter().take(self.count);
        few.chain(&self.more).copied()
    }

    fn contains(&self, key: &str) -> bool {
        self.iter().any(|known| known == key)
    }
}

/// Whether a value says nothing: null, an empty text, list or mapping.
pub(super) fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Scalar(Scalar { source, .. }) if source.is_empty() => true,
        Value::Scalar(scalar) => scalar.is_null(),
        Value::Sequence(nodes) => nodes.is_empty(),
        Value::Mapping(mapping) => mapping.is_empty(),
    }
}
