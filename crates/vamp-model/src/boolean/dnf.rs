use std::fmt;
use std::hash::Hash;

use super::term::{Term, literals};
use super::{Expression, distribution, sweep};

/// The usual limit of terms.
pub const TERMS: usize = 256;

/// Up to so many distinct leaves a formula is flattened through its truth table.
const FEW: usize = 4;

/// A formula in disjunctive normal form: alternatives, each of which is a list of leaves that all hold or, negated, do not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dnf<T> {
    /// It holds always. [`Expression::to_dnf`] tells where that is found.
    True,
    /// It holds never.
    False,
    /// It holds where all literals of one of the terms do. There is at least one term, and none is empty.
    Terms(Vec<Vec<Literal<T>>>),
}

/// A leaf or its negation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Literal<T> {
    /// The leaf.
    pub leaf: T,
    /// Whether the leaf must not hold.
    pub negated: bool,
}

/// A formula that would have too many alternatives in disjunctive normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("written out without parentheses the formula has {terms} alternatives; {limit} are allowed")]
#[non_exhaustive]
pub struct TooComplex {
    /// The terms there would be. Where the formula was given up on the way, the number that multiplying out gives, before those
    /// are left out that others cover; `usize::MAX` stands for itself and more.
    pub terms: usize,
    /// The terms that were allowed.
    pub limit: usize,
}

impl<T: Clone + Eq + Hash> Expression<T> {
    /// The same formula in disjunctive normal form, with at most `limit` terms; [`TERMS`] is usual.
    ///
    /// The result holds in exactly the same cases. It is the same each time, and each term has its leaves in their order of
    /// first appearance. With up to four distinct leaves the terms come from the truth table by one merging pass, in the order
    /// that Vamp has always had; some may be redundant. With more, parentheses are multiplied out in the order written, and
    /// terms that another one covers are left out. A formula that never holds is [`Dnf::False`]. One that always holds is
    /// [`Dnf::True`] if it has one leaf or none; with two to four leaves the merging pass leaves terms that together always hold,
    /// and with more it is [`Dnf::True`] as far as that is found with little work.
    ///
    /// # Errors
    ///
    /// More than `limit` terms, or many more than that on the way to them. The work is bounded by the limit, too.
    pub fn to_dnf(&self, limit: usize) -> Result<Dnf<T>, TooComplex> {
        let leaves = self.distinct_leaves();
        let terms = if leaves.len() <= FEW {
            sweep::terms(self, &leaves)
        } else {
            distribution::terms(self, &leaves, limit)?
        };
        if terms.len() > limit {
            return Err(TooComplex {
                terms: terms.len(),
                limit,
            });
        }
        Ok(match terms.as_slice() {
            [] => Dnf::False,
            [term] if term.is_empty() => Dnf::True,
            _ => Dnf::Terms(terms.iter().map(|term| literals(term, &leaves)).collect()),
        })
    }

    /// The cases in which the formula holds: in each every leaf, in order of first appearance, as it is or negated. The first
    /// leaf changes fastest, and negated comes before plain. No leaf gives one empty case for `true` and none for `false`.
    ///
    /// # Errors
    ///
    /// More than `limit` cases, or more than 16 distinct leaves, whose cases are not counted: that is `usize::MAX` of them.
    pub fn minterms(&self, limit: usize) -> Result<Vec<Vec<Literal<T>>>, TooComplex> {
        let leaves = self.distinct_leaves();
        if leaves.len() > sweep::MOST_LEAVES {
            return Err(TooComplex {
                terms: usize::MAX,
                limit,
            });
        }
        let minterms: Vec<Term> = sweep::minterms(self, &leaves)
            .map(|assignment| Term::minterm(assignment, leaves.len()))
            .collect();
        if minterms.len() > limit {
            return Err(TooComplex {
                terms: minterms.len(),
                limit,
            });
        }
        Ok(minterms.iter().map(|term| literals(term, &leaves)).collect())
    }
}

impl<T: Clone> Dnf<T> {
    /// As a formula: terms and literals are grouped from the left.
    #[must_use]
    pub fn to_expression(&self) -> Expression<T> {
        let terms = match self {
            Self::True => return Expression::True,
            Self::False => return Expression::False,
            Self::Terms(terms) => terms,
        };
        let term = |literals: &Vec<Literal<T>>| {
            let literals = literals.iter().map(Literal::to_expression);
            literals
                .reduce(|left, right| left & right)
                .unwrap_or(Expression::True)
        };
        terms
            .iter()
            .map(term)
            .reduce(|left, right| left | right)
            .unwrap_or(Expression::False)
    }
}

impl<T: Clone> Literal<T> {
    fn to_expression(&self) -> Expression<T> {
        let leaf = Expression::Leaf(self.leaf.clone());
        if self.negated { !leaf } else { leaf }
    }
}

impl<T: fmt::Display> fmt::Display for Literal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.negated { "not " } else { "" }, self.leaf)
    }
}

impl<T: fmt::Display> fmt::Display for Dnf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms = match self {
            Self::True => return f.write_str("true"),
            Self::False => return f.write_str("false"),
            Self::Terms(terms) => terms,
        };
        for (position, term) in terms.iter().enumerate() {
            f.write_str(if position == 0 { "" } else { " or " })?;
            for (position, literal) in term.iter().enumerate() {
                write!(f, "{}{literal}", if position == 0 { "" } else { " and " })?;
            }
        }
        Ok(())
    }
}
