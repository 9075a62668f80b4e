//! Why differences cannot be carried out.

use std::fmt;

use serde_json::Value;

use super::Difference;
use crate::ValuePath;
use crate::write::inline;

/// A value is not the one from which differences were made.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    /// The place at which it is another one.
    pub path: ValuePath,
    reason: Box<Reason>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reason {
    /// Nothing stands where something is changed or removed.
    Absent,
    /// Something else stands there.
    Other { expected: Value, found: Value },
    /// Something stands already where something is added.
    Present,
    /// Something is added behind the end of a list, or before a key that is not there.
    NoPlace,
    /// Two differences speak of the same value.
    Twice,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.segments() {
            [] => f.write_str("the differences do not fit")?,
            _ => write!(f, "the differences do not fit at {}", self.path)?,
        }
        match self.reason.as_ref() {
            Reason::Absent => f.write_str(": nothing stands there"),
            Reason::Other { expected, found } => {
                write!(
                    f,
                    ": {} stands there instead of {}",
                    inline(found),
                    inline(expected)
                )
            }
            Reason::Present => f.write_str(": something stands there already"),
            Reason::NoPlace => f.write_str(": there is no such place to add something"),
            Reason::Twice => f.write_str(": two of them speak of the same value"),
        }
    }
}

impl std::error::Error for Misfit {}

pub(super) fn misfit(difference: &Difference, reason: Reason) -> Misfit {
    Misfit {
        path: difference.path.clone(),
        reason: Box::new(reason),
    }
}
