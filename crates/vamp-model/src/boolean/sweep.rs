//! Flattening through the truth table, for few leaves.
//!
//! The cases in which the formula holds are taken in ascending order. One pass merges each with every later one that differs
//! in a single leaf; a case that merged with none, and into none, stays itself. That is not minimal (even what always holds is
//! written out, if it has several leaves), but the result can be seen in the configurations of HAProxy, and is kept.

use std::hash::Hash;

use indexmap::IndexSet;

use super::Expression;
use super::term::Term;

/// With more leaves the truth table is not written down.
pub(super) const MOST_LEAVES: usize = 16;

/// The terms of the formula. One empty term if it is always true for want of a second leaf, none if it never holds.
pub(super) fn terms<T: Eq + Hash>(expression: &Expression<T>, leaves: &IndexSet<&T>) -> Vec<Term> {
    let minterms: Vec<u32> = minterms(expression, leaves).collect();
    let mut terms = Vec::new();
    let mut covered = vec![false; minterms.len()];
    for (position, minterm) in minterms.iter().enumerate() {
        let term = Term::minterm(*minterm, leaves.len());
        let before = terms.len();
        for (later, other) in minterms.iter().enumerate().skip(position + 1) {
            let difference = minterm ^ other;
            if difference.is_power_of_two() {
                terms.push(term.without(difference.trailing_zeros() as usize));
                covered[later] = true;
            }
        }
        if terms.len() == before && !covered[position] {
            terms.push(term);
        }
    }
    terms
}

/// The assignments for which the formula holds, in ascending order. The first leaf is the lowest bit.
pub(super) fn minterms<T: Eq + Hash>(
    expression: &Expression<T>,
    leaves: &IndexSet<&T>,
) -> impl Iterator<Item = u32> {
    (0..1_u32 << leaves.len()).filter(move |assignment| {
        expression.holds(|leaf| {
            leaves
                .get_index_of(leaf)
                .is_some_and(|bit| assignment >> bit & 1 == 1)
        })
    })
}
