use indexmap::IndexSet;

use super::Literal;

/// A conjunction of literals over numbered leaves. Without any it holds always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// The bits of the leaves that must hold, then those of the leaves that must not.
    words: Box<[u64]>,
}

impl Term {
    /// The term that holds always, over so many leaves.
    pub(super) fn empty(leaves: usize) -> Self {
        let words = vec![0; leaves.div_ceil(64).max(1) * 2];
        Self {
            words: words.into_boxed_slice(),
        }
    }

    /// The term that one leaf is, or its negation.
    pub(super) fn literal(leaf: usize, negated: bool, leaves: usize) -> Self {
        let mut term = Self::empty(leaves);
        term.set(leaf, negated);
        term
    }

    /// Every leaf, negated where its bit of the assignment is 0.
    pub(super) fn minterm(assignment: u32, leaves: usize) -> Self {
        let mut term = Self::empty(leaves);
        for leaf in 0..leaves {
            term.set(leaf, assignment >> leaf & 1 == 0);
        }
        term
    }

    fn set(&mut self, leaf: usize, negated: bool) {
        let half = if negated { self.words.len() / 2 } else { 0 };
        if let Some(word) = self.words.get_mut(half + leaf / 64) {
            *word |= 1 << (leaf % 64);
        }
    }

    /// Without what it says of a leaf.
    pub(super) fn without(&self, leaf: usize) -> Self {
        let mut term = self.clone();
        let half = term.words.len() / 2;
        for position in [leaf / 64, half + leaf / 64] {
            if let Some(word) = term.words.get_mut(position) {
                *word &= !(1 << (leaf % 64));
            }
        }
        term
    }

    /// What the term says of a leaf: that it is negated or not, or nothing.
    pub(super) fn negates(&self, leaf: usize) -> Option<bool> {
        let has = |position: usize| {
            self.words
                .get(position)
                .is_some_and(|word| word >> (leaf % 64) & 1 == 1)
        };
        if has(leaf / 64) {
            Some(false)
        } else if has(self.words.len() / 2 + leaf / 64) {
            Some(true)
        } else {
            None
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether this one holds wherever the other does: it asks for nothing that the other does not ask for.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.words
            .iter()
            .zip(&other.words)
            .all(|(own, other)| own & !other == 0)
    }

    /// Both at once; nothing where they contradict each other.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let words: Box<[u64]> = self
            .words
            .iter()
            .zip(&other.words)
            .map(|(own, other)| own | other)
            .collect();
        let (plain, negated) = words.split_at(words.len() / 2);
        let is_contradiction = plain
            .iter()
            .zip(negated)
            .any(|(plain, negated)| plain & negated != 0);
        (!is_contradiction).then_some(Self { words })
    }
}

/// What the term asks for, in the order of the leaves.
pub(super) fn literals<T: Clone>(term: &Term, leaves: &IndexSet<&T>) -> Vec<Literal<T>> {
    let literal = |(position, leaf): (usize, &&T)| {
        term.negates(position).map(|negated| Literal {
            leaf: (*leaf).clone(),
            negated,
        })
    };
    leaves.iter().enumerate().filter_map(literal).collect()
}
