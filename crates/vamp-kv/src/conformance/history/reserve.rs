//! Writes that may never have happened and that nobody saw.
//!
//! An order needs one only for what it does to the value beside it: that something else is there, so that a removal or a refusal finds
//! it, or that nothing is. Which one does that is the same to everybody, so that the one which began first is as good as any: it can
//! take effect whenever another can. Tried one by one, twenty of them in one key are a million subsets.

use std::collections::HashMap;

use super::search::{Effect, Write};

/// Stands for each value that nobody saw. No call writes it.
pub(super) const UNSEEN: u64 = u64::MAX;

/// When the writes began, by what they do; the first comes first.
#[derive(Debug, Default)]
pub(super) struct Reserve {
    sets: Vec<u64>,
    /// In place of nothing.
    creations: Vec<u64>,
    removals: Vec<u64>,
    /// In place of a value, the first of each: a value that was replaced does not come back.
    replacements: HashMap<u64, u64>,
}

/// How many were taken from a reserve. Replacements are not counted, since what they need is there once only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Spent {
    sets: usize,
    creations: usize,
    removals: usize,
}

impl Spent {
    pub(super) fn is_at_most(&self, other: &Self) -> bool {
        self.sets <= other.sets && self.creations <= other.creations && self.removals <= other.removals
    }
}

impl Reserve {
    pub(super) fn new(writes: &[&Write]) -> Self {
        let mut reserve = Self::default();
        for Write { began, effect, .. } in writes {
            match effect {
                Effect::Set(_) => reserve.sets.push(*began),
                Effect::SetIf(None, _) => reserve.creations.push(*began),
                Effect::SetIf(Some(value), _) => {
                    let first = reserve.replacements.entry(*value).or_insert(*began);
                    *first = (*first).min(*began);
                }
                Effect::Remove => reserve.removals.push(*began),
            }
        }
        for kind in [&mut reserve.sets, &mut reserve.creations, &mut reserve.removals] {
            kind.sort_unstable();
        }
        reserve
    }

    /// What one more of them can do to what is there now, before the deadline: how many are spent then, and what is there.
    pub(super) fn next(
        &self,
        now: Option<u64>,
        spent: &Spent,
        deadline: u64,
    ) -> impl Iterator<Item = (Spent, Option<u64>)> {
        let has_begun = |began: Option<&u64>| began.is_some_and(|began| *began < deadline);
        let set = (now != Some(UNSEEN) && has_begun(self.sets.get(spent.sets))).then(|| {
            let sets = spent.sets + 1;
            (Spent { sets, ..*spent }, Some(UNSEEN))
        });
        let creation = (now.is_none() && has_begun(self.creations.get(spent.creations))).then(|| {
            let creations = spent.creations + 1;
            (Spent { creations, ..*spent }, Some(UNSEEN))
        });
        let removal = (now.is_some() && has_begun(self.removals.get(spent.removals))).then(|| {
            let removals = spent.removals + 1;
            (Spent { removals, ..*spent }, None)
        });
        let replacement = now
            .is_some_and(|now| has_begun(self.replacements.get(&now)))
            .then_some((*spent, Some(UNSEEN)));
        [set, creation, removal, replacement].into_iter().flatten()
    }
}
