use std::fmt;

use serde_core::{Serialize, Serializer};

use super::Block;

/// What may stand as the value of a field.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Type {
    /// Any scalar, taken as text.
    Text,
    /// A name: no white space, `/`, `[` or `]`.
    Name,
    /// A name without a dot.
    StrictName,
    /// One to four segments with `/` between them.
    GatewayName,
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Integer,
    /// A number.
    Number,
    /// `0%` to `100%`.
    Percentage,
    /// An amount with a unit, such as `64MB`.
    Memory,
    /// A number, or thousandths such as `500m`.
    Quantity,
    /// A span of time with a unit, such as `30s`.
    Time,
    /// A period of ISO 8601, such as `PT10M`.
    Period,
    /// A number, with `/http` or `/tcp` behind it where need be.
    Port,
    /// A date and time of ISO 8601 with its offset.
    Timestamp,
    /// A condition on requests.
    Condition,
    /// A selector of instances.
    Selector,
    /// Any value at all.
    Anything,
    /// A mapping of whatever the user likes.
    Data,
    /// A mapping with these fields.
    Block(&'static Block),
    /// The name of a stored artifact, or the artifact itself.
    Reference(&'static Block),
    /// A mapping whose keys the user chooses.
    Mapping {
        /// What the keys are.
        key: Key,
        /// What stands under each.
        value: &'static Type,
    },
    /// A list.
    List(&'static Type),
}

/// The keys of a mapping that the user chooses.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Key {
    /// What they are, in words.
    pub what: &'static str,
    /// One of them.
    pub example: &'static str,
}

impl Type {
    /// The fields that stand in the value, in each of its elements, or under each of its keys.
    #[must_use]
    pub const fn block(&self) -> Option<&'static Block> {
        match self.inmost() {
            Self::Block(block) | Self::Reference(block) => Some(block),
            _ => None,
        }
    }

    /// Where the reference tells how the value is written, or each of its elements: a page below `docs/src/reference`, and a heading
    /// on it. Absent where there is nothing more to tell.
    #[must_use]
    pub const fn page(&self) -> Option<&'static str> {
        match self.inmost() {
            Self::Percentage => Some("units.md#percentage"),
            Self::Memory => Some("units.md#memory"),
            Self::Quantity => Some("units.md#quantity"),
            Self::Time => Some("units.md#time"),
            Self::Period => Some("units.md#period"),
            Self::Condition => Some("conditions.md#conditions"),
            Self::Selector => Some("selectors.md#selectors"),
            Self::Block(block) | Self::Reference(block) => Some(block.page),
            _ => None,
        }
    }

    /// What the value is, or each of its elements.
    pub(super) const fn inmost(&self) -> &Self {
        match self {
            Self::Mapping { value, .. } | Self::List(value) => value.inmost(),
            _ => self,
        }
    }

    /// Whether a name may stand in place of the value, of each of its elements, or of what is under each of its keys.
    #[must_use]
    pub const fn is_reference(&self) -> bool {
        matches!(self.inmost(), Self::Reference(_))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Text => "text",
            Self::Name => "name",
            Self::StrictName => "strict name",
            Self::GatewayName => "gateway name",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Percentage => "percentage",
            Self::Memory => "memory",
            Self::Quantity => "quantity",
            Self::Time => "time",
            Self::Period => "period",
            Self::Port => "port",
            Self::Timestamp => "timestamp",
            Self::Condition => "condition",
            Self::Selector => "selector",
            Self::Anything => "anything",
            Self::Data => "mapping of anything",
            Self::Block(block) => return f.write_str(block.title),
            Self::Reference(block) => return write!(f, "{}, or the name of one", block.title),
            Self::Mapping { key, value } => return write!(f, "mapping of {}: {value}", key.what),
            Self::List(value) => return write!(f, "list of: {value}"),
        };
        f.write_str(word)
    }
}

/// The same as [`Display`](fmt::Display): blocks stand inside themselves, and would be written without end.
impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
