//! What can be wrong with a value.

use std::fmt;

/// A value with a `$` that begins no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault} (character {character})")]
#[non_exhaustive]
pub struct InvalidTemplate {
    /// Where the mistake is, in bytes from the beginning of the text, from 0.
    pub offset: usize,
    /// The same place in characters, from 1.
    pub character: usize,
    /// What is wrong.
    pub fault: TemplateFault,
}

impl InvalidTemplate {
    pub(super) fn new(text: &str, offset: usize, fault: TemplateFault) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        Self {
            offset,
            character: before.chars().count() + 1,
            fault,
        }
    }
}

/// What is wrong with a `$`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TemplateFault {
    /// No name follows.
    NoName,
    /// There is no `}` for the `{`.
    NotClosed,
    /// Nothing is between the braces.
    Empty,
    /// A character that cannot stand where it does, between the braces.
    Unexpected(char),
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoName => f.write_str("no name follows a `$`; `$$` stands for one `$`"),
            Self::NotClosed => f.write_str("a reference `${…}` is not closed"),
            Self::Empty => f.write_str("nothing is named between `${` and `}`"),
            Self::Unexpected(found) => write!(
                f,
                "unexpected `{}` between `${{` and `}}`, where a name stands, `cluster.host`, `cluster.group.name` or \
                 `scheme://path`",
                found.escape_debug()
            ),
        }
    }
}

/// A text is not what stands between `${` and `}`, or not a part of that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no reference of this sort")]
pub struct InvalidReference(pub String);
