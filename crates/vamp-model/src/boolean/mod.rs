//! Formulas of `and`, `or`, `not` and parentheses: the skeleton that conditions and route selectors share.
//!
//! ```text
//! expression = term   { ( or | || | | )  blank term }      left to right
//! term       = factor { ( and | && | & ) blank factor }    binds tighter than or
//! factor     = operand | "(" expression ")" | ( "!" | not blank ) ( operand | "(" expression ")" )
//! ```
//!
//! Words are read in any case, and blanks may stand around every factor. Choices are ordered: what matches first is final.
//! [`parse`] reads plain words as operands; [`Condition`](crate::Condition) and [`Selector`](crate::Selector) have operands of
//! their own.
//!
//! ```
//! use vamp_model::boolean;
//!
//! let formula = boolean::parse("(a or !b) and c")?;
//! assert!(formula.holds(|word| word == "a" || word == "c"));
//! assert_eq!(formula.to_dnf(boolean::TERMS)?.to_string(), "not b and c or a and c");
//!
//! let error = boolean::parse("a and (b or").unwrap_err();
//! assert_eq!(error.to_string(), "character 12: expected a blank");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod distribution;
mod dnf;
mod error;
mod expression;
mod grammar;
mod print;
mod sweep;
mod term;
mod truth;
mod word;

pub use dnf::{Dnf, Literal, TERMS, TooComplex};
pub use error::{Mistake, SyntaxError};
pub use expression::{Expression, Leaves};
pub(crate) use grammar::{Operands, Parsed, Stop, Trace, blank, optional_blank, read};
pub use truth::Truth;
pub use word::parse;
pub(crate) use word::{constant, word};

/// Parentheses inside one another that a formula may have.
pub const DEPTH: usize = 64;

/// Operands that a formula may have, counting each time one is written.
pub const OPERANDS: usize = 256;
