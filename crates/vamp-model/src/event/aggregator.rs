use std::fmt;
use std::str::FromStr;

use crate::text_form;

/// One number in place of the events that a query finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregator {
    /// How the number is made.
    pub kind: Aggregation,
    /// The field that is aggregated, parts joined by dots; [`Aggregator::DEFAULT_FIELD`] where absent.
    pub field: Option<String>,
}

impl Aggregator {
    /// The field that is meant when none is given.
    pub const DEFAULT_FIELD: &'static str = "value";

    /// The field, or the default one.
    #[must_use]
    pub fn field(&self) -> &str {
        self.field.as_deref().unwrap_or(Self::DEFAULT_FIELD)
    }
}

/// How many values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aggregation {
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The arithmetic mean.
    Average,
    /// All of them added.
    Sum,
    /// How many events there are, whatever their values.
    Count,
}

impl Aggregation {
    /// Every aggregation.
    pub const ALL: [Self; 5] = [Self::Min, Self::Max, Self::Average, Self::Sum, Self::Count];

    /// The word in queries; read in any case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Average => "average",
            Self::Sum => "sum",
            Self::Count => "count",
        }
    }
}

/// A word that is no aggregation, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Unsupported aggregator: {0}.")]
pub struct InvalidAggregation(pub String);

impl FromStr for Aggregation {
    type Err = InvalidAggregation;

    fn from_str(text: &str) -> Result<Self, InvalidAggregation> {
        let lower = text.to_lowercase();
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == lower);
        found.ok_or(InvalidAggregation(lower))
    }
}

impl fmt::Display for Aggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde_core::Serialize for Aggregation {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde_core::Deserialize<'de> for Aggregation {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::deserialize(deserializer, "one of min, max, average, sum and count")
    }
}
