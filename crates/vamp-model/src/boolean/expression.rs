use std::hash::Hash;
use std::ops::{BitAnd, BitOr, Not};

use indexmap::IndexSet;

use super::Truth;

/// A formula over leaves of some sort.
///
/// `And` and `Or` are equal whatever the order of their two operands. `&`, `|` and `!` build formulas:
///
/// ```
/// use vamp_model::boolean::{self, Expression};
///
/// let word = |word: &str| Expression::Leaf(word.to_owned());
/// assert_eq!(boolean::parse("a and not b or c")?, word("c") | !word("b") & word("a"));
/// # Ok::<(), boolean::SyntaxError>(())
/// ```
///
/// Formulas that are read are at most [`DEPTH`](super::DEPTH) and [`OPERANDS`](super::OPERANDS) deep together; whoever
/// builds much deeper ones by hand pays with stack, as with any nested boxes.
#[derive(Debug, Clone, Eq)]
pub enum Expression<T> {
    /// Both hold.
    And(Box<Self>, Box<Self>),
    /// At least one holds.
    Or(Box<Self>, Box<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// Holds always.
    True,
    /// Holds never.
    False,
    /// Holds where its leaf does.
    Leaf(T),
}

impl<T> Expression<T> {
    /// The leaves from left to right, each time one is written.
    pub fn leaves(&self) -> Leaves<'_, T> {
        Leaves { ahead: vec![self] }
    }

    /// The leaves in order of first appearance, each once.
    pub(super) fn distinct_leaves(&self) -> IndexSet<&T>
    where
        T: Eq + Hash,
    {
        self.leaves().collect()
    }

    /// Whether the formula holds where exactly those leaves do for which `leaf` is true.
    pub fn holds(&self, leaf: impl Fn(&T) -> bool) -> bool {
        self.evaluate(|one| leaf(one).into()) == Truth::Yes
    }

    /// Whether the formula holds, given what is known of its leaves. The answer is unknown only where the known leaves do not
    /// decide it, taking each other leaf for itself: `a or not a` is unknown where `a` is.
    pub fn evaluate(&self, leaf: impl Fn(&T) -> Truth) -> Truth {
        self.evaluate_with(&leaf)
    }

    fn evaluate_with(&self, leaf: &impl Fn(&T) -> Truth) -> Truth {
        match self {
            Self::And(left, right) => match left.evaluate_with(leaf) {
                Truth::No => Truth::No,
                left => left.and(right.evaluate_with(leaf)),
            },
            Self::Or(left, right) => match left.evaluate_with(leaf) {
                Truth::Yes => Truth::Yes,
                left => left.or(right.evaluate_with(leaf)),
            },
            Self::Not(inner) => !inner.evaluate_with(leaf),
            Self::True => Truth::Yes,
            Self::False => Truth::No,
            Self::Leaf(one) => leaf(one),
        }
    }

    /// The same formula with another one in the place of each leaf.
    pub fn replace<U>(self, leaf: impl Fn(T) -> Expression<U>) -> Expression<U> {
        self.replace_with(&leaf)
    }

    fn replace_with<U>(self, leaf: &impl Fn(T) -> Expression<U>) -> Expression<U> {
        match self {
            Self::And(left, right) => left.replace_with(leaf) & right.replace_with(leaf),
            Self::Or(left, right) => left.replace_with(leaf) | right.replace_with(leaf),
            Self::Not(inner) => !inner.replace_with(leaf),
            Self::True => Expression::True,
            Self::False => Expression::False,
            Self::Leaf(one) => leaf(one),
        }
    }
}

/// The leaves of a formula from left to right.
#[derive(Debug, Clone)]
pub struct Leaves<'e, T> {
    ahead: Vec<&'e Expression<T>>,
}

impl<'e, T> Iterator for Leaves<'e, T> {
    type Item = &'e T;

    fn next(&mut self) -> Option<&'e T> {
        while let Some(expression) = self.ahead.pop() {
            match expression {
                Expression::And(left, right) | Expression::Or(left, right) => {
                    self.ahead.push(right);
                    self.ahead.push(left);
                }
                Expression::Not(inner) => self.ahead.push(inner),
                Expression::True | Expression::False => {}
                Expression::Leaf(leaf) => return Some(leaf),
            }
        }
        None
    }
}

// Each pair of parts is compared at most once, so the work is at most the product of the two sizes.
impl<T: PartialEq> PartialEq for Expression<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::And(a, b), Self::And(c, d)) | (Self::Or(a, b), Self::Or(c, d)) => {
                (a == c && b == d) || (a == d && b == c)
            }
            (Self::Not(a), Self::Not(b)) => a == b,
            (Self::True, Self::True) | (Self::False, Self::False) => true,
            (Self::Leaf(a), Self::Leaf(b)) => a == b,
            _ => false,
        }
    }
}

impl<T> BitAnd for Expression<T> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self::And(Box::new(self), Box::new(other))
    }
}

impl<T> BitOr for Expression<T> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self::Or(Box::new(self), Box::new(other))
    }
}

impl<T> Not for Expression<T> {
    type Output = Self;

    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}
