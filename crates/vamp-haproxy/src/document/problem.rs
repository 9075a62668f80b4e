//! What is wrong with a configuration.

use std::fmt;

use super::grammar::Fault;

/// Something that HAProxy refuses, or reads in another way than it seems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// What is wrong.
    pub kind: ProblemKind,
    /// What HAProxy does about it.
    pub severity: Severity,
}

/// What HAProxy does about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It loads the configuration, but perhaps not in the way that is meant. What stands within a conditional block may be left out,
    /// and then nobody minds it.
    Doubtful,
    /// It refuses the configuration.
    Refused,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A quote without a second.
    UnclosedQuote,
    /// `\x` without two hexadecimal digits.
    Hexadecimal,
    /// `$` within double quotes, without the name of a variable.
    VariableName,
    /// `${` without `}` after the name or the default.
    VariableBrace,
    /// `[` after the name of a variable, without `*]`.
    VariableExpansion,
    /// More than 64 words.
    TooManyWords,
    /// A NUL character.
    Nul,
    /// Text behind a carriage return, which ends the line.
    CarriageReturn,
    /// A backslash that looks as if it continued the line.
    Continuation,
    /// The last line has no line feed.
    MissingLineFeed,
    /// The text is longer than [`Document::LIMIT`](super::Document::LIMIT).
    TooLong,
    /// `.elif`, `.else` or `.endif` without `.if`.
    LoneBranch,
    /// `.elif` or `.else` after `.else`.
    AfterElse,
    /// `.if` without `.endif`.
    UnclosedIf,
    /// A word after `.else` or `.endif`, or a second one after a message.
    UnexpectedWord,
    /// A word with a dot before it that is no directive.
    UnknownDirective,
    /// A byte order mark, which HAProxy reads as a part of the first word.
    ByteOrderMark,
    /// A keyword before the first section.
    OutsideSection,
    /// A section without a name.
    MissingName,
    /// A proxy with a name that has other characters than letters, digits and `_`, `-`, `.`, `:`.
    InvalidName,
    /// `no` or `default` alone.
    MissingKeyword,
    /// `[` that is no scope.
    InvalidScope,
}

impl ProblemKind {
    /// What is wrong, as the beginning of a sentence.
    #[must_use]
    pub const fn found(self) -> &'static str {
        match self {
            Self::UnclosedQuote => "this quote is not closed",
            Self::Hexadecimal => "'\\x' is not followed by two hexadecimal digits",
            Self::VariableName => "this is no name of an environment variable",
            Self::VariableBrace => "this brace around an environment variable is not closed",
            Self::VariableExpansion => "this is no mark that makes several words of an environment variable",
            Self::TooManyWords => "this word is one too many",
            Self::Nul => "this is a NUL character, with which HAProxy stops reading",
            Self::CarriageReturn => "a carriage return stands before this, and what follows one is not read",
            Self::Continuation => {
                "a backslash at the end does not continue the line but is read as a character"
            }
            Self::MissingLineFeed => "the last line does not end with a line feed",
            Self::TooLong => "from here on the text is too long to be read",
            Self::LoneBranch => "there is no '.if' before this",
            Self::AfterElse => "this follows an '.else'",
            Self::UnclosedIf => "this '.if' has no '.endif'",
            Self::UnexpectedWord => "this word is one too many",
            Self::UnknownDirective => "HAProxy has no such directive",
            Self::ByteOrderMark => {
                "the text begins with a byte order mark, which HAProxy takes for a part of the first word"
            }
            Self::OutsideSection => "this keyword stands before any section",
            Self::MissingName => "this section has no name",
            Self::InvalidName => "this name has a character that HAProxy does not take",
            Self::MissingKeyword => "there is no keyword after this",
            Self::InvalidScope => "this is no scope",
        }
    }

    /// What was expected, as the end of a sentence.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::UnclosedQuote => "the same quote once more before the end of the line",
            Self::Hexadecimal => "two of 0-9, a-f, A-F, or '\\\\' for a backslash",
            Self::VariableName => "a letter or '_', or '\\$' for a dollar sign",
            Self::VariableBrace => "'}' after the name, or after '-' and a default",
            Self::VariableExpansion => "'[*]'",
            Self::TooManyWords => "at most 64 words in a line, white space at the end counting as one",
            Self::Nul => "any other character",
            Self::CarriageReturn => "a line feed after the carriage return",
            Self::Continuation => "the whole line in one; HAProxy has no continued lines",
            Self::MissingLineFeed => "a line feed",
            Self::TooLong => "at most 2 GiB",
            Self::LoneBranch => "'.if' with a condition in a line before",
            Self::AfterElse => "'.endif'",
            Self::UnclosedIf => "'.endif' in a line of its own",
            Self::UnexpectedWord => "the end of the line, or quotes around a message with spaces",
            Self::UnknownDirective => {
                "'.if', '.elif', '.else', '.endif', '.diag', '.notice', '.warning' or '.alert'"
            }
            Self::ByteOrderMark => "a text that was saved without it",
            Self::OutsideSection => {
                "a section: 'global', 'defaults', 'frontend', 'backend', 'listen' or another"
            }
            Self::MissingName => "a name after the keyword",
            Self::InvalidName => "letters, digits, '_', '-', '.' and ':'",
            Self::MissingKeyword => "'option' or another keyword that can be turned off",
            Self::InvalidScope => "a name and ']'",
        }
    }
}

impl From<Fault> for ProblemKind {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::UnclosedQuote => Self::UnclosedQuote,
            Fault::Hexadecimal => Self::Hexadecimal,
            Fault::VariableName => Self::VariableName,
            Fault::VariableBrace => Self::VariableBrace,
            Fault::VariableExpansion => Self::VariableExpansion,
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; expected: {}", self.found(), self.expected())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.kind)
    }
}
