use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

use super::operand::{Candidate, Operand};
use super::pattern::Match;
use super::selection::{SelectedTarget, Selection};
use super::{RoutingGroup, grammar};
use crate::boolean::{Expression, SyntaxError};

/// Which targets traffic is led to, kept as it is written. A target is one port of one instance.
///
/// Two selectors are equal when their texts are.
#[derive(Debug, Clone)]
pub struct Selector {
    definition: String,
    expression: Expression<Operand>,
}

/// Why a text is not a selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid selector: '{definition}'.")]
#[non_exhaustive]
pub struct InvalidSelector {
    /// The text.
    pub definition: String,
    /// What is wrong with it, and where.
    pub source: SyntaxError,
}

impl Selector {
    /// The text as written.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// The targets that this selector and another one both select: a filter for all selectors stands in front.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            definition: format!("({}) and ({})", self.definition, other.definition),
            expression: self.expression & other.expression,
        }
    }

    /// The targets that are selected from what runs, in the order given, each with what the groups of the patterns captured.
    /// `$namespace` and `${namespace}` in the selector mean the current namespace.
    ///
    /// What is captured on both sides of an `and` or `or` is united, and nothing is captured inside a `not`. Targets of the same
    /// identifier are one.
    #[must_use]
    pub fn select(&self, groups: &[RoutingGroup], current_namespace: &str) -> Selection {
        let mut selection = Selection::default();
        for group in groups {
            for instance in &group.instances {
                for (port_index, port) in instance.ports.iter().enumerate() {
                    let candidate = Candidate {
                        group,
                        instance,
                        port: *port,
                        port_index,
                        current_namespace,
                    };
                    if let Some(captured) = captured(&self.expression, &candidate) {
                        selection.add(SelectedTarget::new(&candidate, captured));
                    }
                }
            }
        }
        selection
    }
}

/// What has been captured of a target that is selected; nothing if it is not.
fn captured(expression: &Expression<Operand>, candidate: &Candidate<'_>) -> Option<BTreeSet<String>> {
    match expression {
        Expression::And(left, right) => {
            let mut left = captured(left, candidate)?;
            left.extend(captured(right, candidate)?);
            Some(left)
        }
        Expression::Or(left, right) => match (captured(left, candidate), captured(right, candidate)) {
            (Some(mut left), Some(right)) => {
                left.extend(right);
                Some(left)
            }
            (one, other) => one.or(other),
        },
        Expression::Not(inner) => captured(inner, candidate).is_none().then(BTreeSet::new),
        Expression::True => Some(BTreeSet::new()),
        Expression::False => None,
        Expression::Leaf(operand) => match operand.captured(candidate) {
            Match::No => None,
            Match::Yes => Some(BTreeSet::new()),
            Match::Captured(text) => Some(BTreeSet::from([text])),
        },
    }
}

impl FromStr for Selector {
    type Err = InvalidSelector;

    fn from_str(text: &str) -> Result<Self, InvalidSelector> {
        match grammar::parse(text) {
            Ok(expression) => Ok(Self {
                definition: text.to_owned(),
                expression,
            }),
            Err(source) => Err(InvalidSelector {
                definition: text.to_owned(),
                source,
            }),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.definition)
    }
}

impl PartialEq for Selector {
    fn eq(&self, other: &Self) -> bool {
        self.definition == other.definition
    }
}

impl Eq for Selector {}

impl Hash for Selector {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.hash(state);
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.definition)
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: InvalidSelector| {
            serde_core::de::Error::custom(format_args!("{error} {}", error.source))
        })
    }
}
