//! Flattening by multiplying out, for more leaves than a truth table is good for.

use std::hash::Hash;

use indexmap::IndexSet;

use super::term::Term;
use super::{Expression, TooComplex};

/// Terms on the way to the result, for each that is allowed in it.
const INTERMEDIATE: usize = 16;

/// Comparisons of two terms that a formula may cost: the smaller number whatever the limit, up to the larger one for a large
/// limit.
const COMPARISONS: [usize; 2] = [1_000_000, 8_000_000];

/// Terms that the search for a tautology looks at.
const TAUTOLOGY: usize = 100_000;

/// The terms of the formula. One empty term if it was found to hold always, none if it never does.
pub(super) fn terms<T: Eq + Hash>(
    expression: &Expression<T>,
    leaves: &IndexSet<&T>,
    limit: usize,
) -> Result<Vec<Term>, TooComplex> {
    let mut flattening = Flattening {
        leaves,
        most: limit.max(1).saturating_mul(INTERMEDIATE),
        comparisons: limit.saturating_mul(limit).clamp(COMPARISONS[0], COMPARISONS[1]),
    };
    let terms = flattening
        .terms(expression, false)
        .map_err(|GivenUp| TooComplex {
            terms: multiplied_out(expression, false),
            limit,
        })?;
    if is_tautology(&terms, leaves.len(), &mut TAUTOLOGY.clone()) {
        return Ok(vec![Term::empty(leaves.len())]);
    }
    Ok(terms)
}

/// The number of terms before those are left out that others cover; the largest number stands for itself and more.
fn multiplied_out<T>(expression: &Expression<T>, negated: bool) -> usize {
    match expression {
        Expression::Not(inner) => multiplied_out(inner, !negated),
        Expression::And(left, right) | Expression::Or(left, right) => {
            let (left, right) = (multiplied_out(left, negated), multiplied_out(right, negated));
            if matches!(expression, Expression::And(..)) == negated {
                left.saturating_add(right)
            } else {
                left.saturating_mul(right)
            }
        }
        Expression::True => usize::from(!negated),
        Expression::False => usize::from(negated),
        Expression::Leaf(_) => 1,
    }
}

/// The formula has too many terms, or takes too long.
struct GivenUp;

struct Flattening<'e, T> {
    leaves: &'e IndexSet<&'e T>,
    /// How many terms there may be on the way.
    most: usize,
    /// How many more comparisons of two terms are allowed.
    comparisons: usize,
}

impl<T: Eq + Hash> Flattening<'_, T> {
    fn terms(&mut self, expression: &Expression<T>, negated: bool) -> Result<Vec<Term>, GivenUp> {
        let count = self.leaves.len();
        match expression {
            Expression::Not(inner) => self.terms(inner, !negated),
            Expression::And(left, right) | Expression::Or(left, right) => {
                let is_and = matches!(expression, Expression::And(..));
                let left = self.terms(left, negated)?;
                let right = self.terms(right, negated)?;
                if is_and == negated {
                    self.either(left, right)
                } else {
                    self.both(&left, &right)
                }
            }
            Expression::True | Expression::False => {
                let holds = matches!(expression, Expression::True) != negated;
                Ok(holds.then(|| Term::empty(count)).into_iter().collect())
            }
            Expression::Leaf(leaf) => {
                let position = self.leaves.get_index_of(leaf);
                Ok(position
                    .map(|position| Term::literal(position, negated, count))
                    .into_iter()
                    .collect())
            }
        }
    }

    fn either(&mut self, mut terms: Vec<Term>, others: Vec<Term>) -> Result<Vec<Term>, GivenUp> {
        for term in others {
            self.add(&mut terms, term)?;
        }
        Ok(terms)
    }

    fn both(&mut self, left: &[Term], right: &[Term]) -> Result<Vec<Term>, GivenUp> {
        let mut terms = Vec::new();
        for one in left {
            for other in right {
                self.spend(1)?;
                if let Some(both) = one.and(other) {
                    self.add(&mut terms, both)?;
                }
            }
        }
        Ok(terms)
    }

    /// Adds a term unless another one covers it, and leaves out those that it covers.
    fn add(&mut self, terms: &mut Vec<Term>, term: Term) -> Result<(), GivenUp> {
        self.spend(terms.len())?;
        if terms.iter().any(|other| other.covers(&term)) {
            return Ok(());
        }
        terms.retain(|other| !term.covers(other));
        terms.push(term);
        if terms.len() > self.most {
            Err(GivenUp)
        } else {
            Ok(())
        }
    }

    fn spend(&mut self, comparisons: usize) -> Result<(), GivenUp> {
        self.comparisons = self.comparisons.checked_sub(comparisons).ok_or(GivenUp)?;
        Ok(())
    }
}

/// Whether one of the terms holds in every case. Where that would take too long, it is taken for not so: the terms are right
/// either way.
fn is_tautology(terms: &[Term], leaves: usize, budget: &mut usize) -> bool {
    if terms.iter().any(Term::is_empty) {
        return true;
    }
    let Some(left) = budget.checked_sub(terms.len() + 1) else {
        return false;
    };
    *budget = left;
    // Where each leaf is only plain or only negated, the case that contradicts all of them is left.
    let Some(leaf) = (0..leaves).find(|leaf| is_in_both_forms(terms, *leaf)) else {
        return false;
    };
    [true, false].into_iter().all(|holds| {
        let remaining: Vec<Term> = terms
            .iter()
            .filter(|term| term.negates(leaf) != Some(holds))
            .map(|term| term.without(leaf))
            .collect();
        is_tautology(&remaining, leaves, budget)
    })
}

fn is_in_both_forms(terms: &[Term], leaf: usize) -> bool {
    let has = |negated| terms.iter().any(|term| term.negates(leaf) == Some(negated));
    has(true) && has(false)
}
