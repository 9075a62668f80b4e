use std::fmt;
use std::str::FromStr;

use super::browser::expanded;
use super::leaf::trimmed;
use super::{InvalidLeaf, Leaf, Request, grammar};
use crate::boolean::{DEPTH, Dnf, Expression, Mistake, OPERANDS, SyntaxError, TooComplex, Truth};

/// A condition on requests, kept as it is written.
///
/// Two conditions are equal when their texts are. What they ask for is their [tree](Self::tree).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    definition: String,
}

/// Why a text is not a condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCondition {
    /// A line break or another control character, which could break out of its line in a configuration. Between the words of
    /// the language they are blanks; in an ACL expression they are not.
    #[error("an ACL expression contains no line break or other control character")]
    Control,
    /// More than [`DEPTH`] parentheses inside one another.
    #[error("a condition has at most {DEPTH} parentheses inside one another")]
    TooDeep,
    /// More than [`OPERANDS`] tests.
    #[error("a condition has at most {OPERANDS} tests")]
    TooLong,
    /// A tree with a constant, for which there is no word.
    #[error("a condition has no word for what always or never holds")]
    Constant,
    /// A tree with a leaf that cannot be written so that it is read again.
    #[error("{0:?} cannot be written in a condition")]
    Leaf(Leaf),
}

impl Condition {
    /// The condition that a text is. Whatever is outside the language is one ACL expression in HAProxy's own words;
    /// [`is_fallback`](Self::is_fallback) tells.
    ///
    /// # Errors
    ///
    /// A control character that is no blank between words, and a formula of too many tests or parentheses.
    pub fn new(definition: impl Into<String>) -> Result<Self, InvalidCondition> {
        let definition = definition.into();
        match grammar::parse(&definition) {
            Ok(tree) if tree.leaves().any(Leaf::has_control) => Err(InvalidCondition::Control),
            Ok(_) => Ok(Self { definition }),
            Err(error) => match error.mistake {
                Mistake::TooDeep => Err(InvalidCondition::TooDeep),
                Mistake::TooLong => Err(InvalidCondition::TooLong),
                _ if definition.contains(char::is_control) => Err(InvalidCondition::Control),
                _ => Ok(Self { definition }),
            },
        }
    }

    /// The condition that a tree is, in the language's own words.
    ///
    /// # Errors
    ///
    /// What cannot be written so that it reads as the same tree: a constant, a text with a control character, an ACL expression
    /// with an angle bracket or with blanks at its ends.
    pub fn from_tree(tree: &Expression<Leaf>) -> Result<Self, InvalidCondition> {
        let condition = Self::new(tree.to_string())?;
        if condition.tree() == *tree {
            return Ok(condition);
        }
        let is_read_again = |leaf: &&Leaf| {
            grammar::parse(&leaf.to_string()).is_ok_and(|tree| tree == Expression::Leaf((*leaf).clone()))
        };
        let leaf = tree.leaves().find(|leaf| !is_read_again(leaf));
        Err(leaf.map_or(InvalidCondition::Constant, |leaf| {
            InvalidCondition::Leaf(leaf.clone())
        }))
    }

    /// The text as written.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// What the condition asks for. A text outside the language is a single [`Leaf::Value`]. Names of browsers are as written.
    #[must_use]
    pub fn tree(&self) -> Expression<Leaf> {
        grammar::parse(&self.definition)
            .unwrap_or_else(|_| Expression::Leaf(Leaf::Value(self.definition.clone())))
    }

    /// The tree with the tests of [well-known browsers](super::browser) in the place of their names, as ACL expressions:
    /// nothing else is to be known to ask HAProxy.
    #[must_use]
    pub fn expanded_tree(&self) -> Expression<Leaf> {
        self.tree().replace(expanded)
    }

    /// Why the text is outside the language, and where; nothing for a text that is inside. Such a text is probably meant as
    /// something else than an ACL expression: worth a warning.
    #[must_use]
    pub fn syntax_error(&self) -> Option<SyntaxError> {
        grammar::parse(&self.definition).err()
    }

    /// Whether the text is outside the language and so taken as one ACL expression.
    #[must_use]
    pub fn is_fallback(&self) -> bool {
        self.syntax_error().is_some()
    }

    /// The ACL expression that the whole condition is: what stands between the angle brackets, trimmed, or the whole text if
    /// it is outside the language. Nothing for other conditions. One line, without control characters.
    #[must_use]
    pub fn raw(&self) -> Option<&str> {
        match grammar::parse(&self.definition) {
            Err(_) => Some(&self.definition),
            Ok(Expression::Leaf(Leaf::Value(_))) => {
                let (_, rest) = self.definition.split_once('<')?;
                let (inner, _) = rest.split_once('>')?;
                Some(trimmed(inner))
            }
            Ok(_) => None,
        }
    }

    /// Whether each test of the condition can be put into a configuration.
    ///
    /// # Errors
    ///
    /// The first test that cannot.
    pub fn check(&self) -> Result<(), InvalidLeaf> {
        self.tree().leaves().try_for_each(Leaf::check)
    }

    /// The alternatives of the condition, as HAProxy takes them, with the tests of [browsers](super::browser) in the place of
    /// their names. [`Expression::to_dnf`] tells how; the tree as written has the same method.
    ///
    /// # Errors
    ///
    /// More than `limit` alternatives.
    pub fn to_dnf(&self, limit: usize) -> Result<Dnf<Leaf>, TooComplex> {
        self.expanded_tree().to_dnf(limit)
    }

    /// Whether a request meets the condition, as HAProxy would say. [`Request`] tells what each test compares.
    ///
    /// What an ACL expression says is not known here, so the answer may be [`Truth::Unknown`]. The other tests decide where they can:
    /// `has cookie a and < path_beg /a >` is not met without the cookie.
    #[must_use]
    pub fn matches(&self, request: &Request) -> Truth {
        self.tree().evaluate(|leaf| request.meets(leaf))
    }
}

impl FromStr for Condition {
    type Err = InvalidCondition;

    fn from_str(text: &str) -> Result<Self, InvalidCondition> {
        Self::new(text)
    }
}

impl TryFrom<String> for Condition {
    type Error = InvalidCondition;

    fn try_from(text: String) -> Result<Self, InvalidCondition> {
        Self::new(text)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.definition)
    }
}
