use std::fmt;
use std::str::FromStr;

use super::{InvalidReference, grammar};

/// A name inside a reference: `db` and `host` in `$db.host`.
///
/// One or more characters. What would end it is none of them: blanks and line breaks, `/ [ ] . { } : ; , $`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReferenceWord(String);

/// One or more [`ReferenceWord`]s with points between them, such as the name of a variable that has points.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReferencePath(String);

macro_rules! text_type {
    ($type:ident, $grammar:path) => {
        impl $type {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What the grammar has recognized as such.
            pub(super) fn recognized(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl FromStr for $type {
            type Err = InvalidReference;

            fn from_str(text: &str) -> Result<Self, InvalidReference> {
                grammar::whole(text, $grammar)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_type!(ReferenceWord, grammar::word);
text_type!(ReferencePath, grammar::path);
