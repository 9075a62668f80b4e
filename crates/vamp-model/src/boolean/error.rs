use std::fmt;

use super::{DEPTH, OPERANDS};

/// Why a text is outside a grammar, and where: at the furthest place up to which it could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {column}: {mistake}")]
#[non_exhaustive]
pub struct SyntaxError {
    /// The byte of the text, from 0. At the length of the text, something is missing there.
    pub offset: usize,
    /// The same place in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub mistake: Mistake,
}

impl SyntaxError {
    pub(crate) fn new(text: &str, offset: usize, mistake: Mistake) -> Self {
        let column = text
            .char_indices()
            .take_while(|(start, _)| *start < offset)
            .count()
            + 1;
        Self {
            offset,
            column,
            mistake,
        }
    }
}

/// What is wrong with a text that is outside a grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// None of what could stand here does. In the order of the grammar, in words.
    Expected(Vec<&'static str>),
    /// More than [`DEPTH`] parentheses inside one another.
    TooDeep,
    /// More than [`OPERANDS`] operands.
    TooLong,
    /// A port number or index above 2147483647.
    Number,
    /// A pattern that is no regular expression, or one that is not supported, and why.
    Pattern(String),
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected(what) => {
                f.write_str("expected ")?;
                for (position, one) in what.iter().enumerate() {
                    let before = match position {
                        0 => "",
                        _ if position + 1 == what.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{before}{one}")?;
                }
                Ok(())
            }
            Self::TooDeep => write!(f, "more than {DEPTH} parentheses inside one another"),
            Self::TooLong => write!(f, "more than {OPERANDS} operands"),
            Self::Number => f.write_str("a number above 2147483647"),
            Self::Pattern(reason) => write!(f, "no pattern that can be used: {reason}"),
        }
    }
}
