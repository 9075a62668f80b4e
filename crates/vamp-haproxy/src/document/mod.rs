//! Any HAProxy configuration, read without losing a byte, looked at and edited in place.
//!
//! A [`Document`] is the text with an index of its lines and sections; words, comments and problems are read from the text when they
//! are asked for. It follows what HAProxy 2.4 and newer do (configuration manual, sections 2.1 to 2.4). What it does not know, a
//! keyword of a newer version for example, it keeps as it is.
//!
//! ```
//! use vamp_haproxy::Document;
//!
//! let text = "backend shop # old\n\tserver 'a b' 10.0.0.1:80 weight  10\n";
//! let document = Document::parse(text);
//! assert_eq!(document.to_string(), text);
//! let section = document.sections().next().unwrap();
//! assert_eq!(section.header().comment(), Some("# old"));
//! let words: Vec<_> = section.lines().next().unwrap().words().map(|word| word.text()).collect();
//! assert_eq!(words, ["server", "a b", "10.0.0.1:80", "weight", "10"]);
//! ```
//!
//! # A backslash does not continue a line
//!
//! For HAProxy a backslash at the end of a line is the last character of the last word, and the next line is one of its own. A document
//! says the same, and its [problems](Document::problems) name such lines.

mod check;
mod condition;
mod edit;
mod format;
mod grammar;
mod line;
mod problem;
mod section;
mod store;
mod token;
pub mod view;

pub use condition::{BranchLine, ConditionalBlock};
pub use edit::EditError;
pub use line::{Branch, Keyword, Level, Line, LineEnd, LineKind, Lines, Prefix};
pub use problem::{Problem, ProblemKind, Severity};
pub use section::{Section, SectionKind};
pub use store::Document;
pub use token::{Piece, Token, Variable, Words};
