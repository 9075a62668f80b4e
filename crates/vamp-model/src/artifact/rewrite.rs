use std::fmt;
use std::str::FromStr;

use crate::Name;

/// A request's path is replaced by another one when a condition holds, written `PATH if CONDITION`.
///
/// ```
/// use vamp_model::Rewrite;
///
/// let rewrite: Rewrite = "/shop%[path] if path_beg /cart".parse()?;
/// assert_eq!((rewrite.path.as_str(), rewrite.condition.as_str()), ("/shop%[path]", "path_beg /cart"));
/// assert_eq!(rewrite.to_string(), "/shop%[path] if path_beg /cart");
/// # Ok::<(), vamp_model::InvalidRewrite>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The name of a stored rewrite; absent inside routes.
    pub name: Option<Name>,
    /// The new path, in HAProxy's notation of log formats.
    pub path: String,
    /// When it is replaced: an ACL expression of HAProxy. It contains no ` if `.
    pub condition: String,
}

/// A text is not of the form `PATH if CONDITION`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not of the form `PATH if CONDITION`", .0.escape_debug())]
pub struct InvalidRewrite(pub String);

/// What stands between path and condition, in any case.
const IF: &str = " if ";

impl FromStr for Rewrite {
    type Err = InvalidRewrite;

    /// Reads `PATH if CONDITION`, split at the last ` if ` that leaves something on both sides.
    ///
    /// # Errors
    /// A text without one, and one with line breaks or other control characters.
    fn from_str(text: &str) -> Result<Self, InvalidRewrite> {
        let (path, condition) = split(text).ok_or_else(|| InvalidRewrite(text.to_owned()))?;
        Ok(Self {
            name: None,
            path: path.to_owned(),
            condition: condition.to_owned(),
        })
    }
}

fn split(text: &str) -> Option<(&str, &str)> {
    if text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return None;
    }
    let last_start = text.len().checked_sub(IF.len() + 1)?;
    let is_split = |start: &usize| {
        text.get(*start..start + IF.len())
            .is_some_and(|word| word.eq_ignore_ascii_case(IF))
    };
    let start = (1..=last_start).rev().find(is_split)?;
    Some((&text[..start], &text[start + IF.len()..]))
}

/// `PATH if CONDITION`, without the name.
impl fmt::Display for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{IF}{}", self.path, self.condition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_if_splits() {
        let cases = [
            ("a if b", Some(("a", "b"))),
            ("a IF b", Some(("a", "b"))),
            ("a if b if c", Some(("a if b", "c"))),
            ("a if if b", Some(("a if", "b"))),
            ("a if b if ", Some(("a", "b if "))),
            (" if  if  if ", Some((" if ", " if "))),
            (
                "/a%[path]  if  { path_beg /ü } ",
                Some(("/a%[path] ", " { path_beg /ü } ")),
            ),
            ("ü if é", Some(("ü", "é"))),
            ("a if ", None),
            (" if b", None),
            (" if ", None),
            ("aifb", None),
            ("a unless b", None),
            ("a\tif b", None),
            ("a if b\nc", None),
            ("a if b\u{2028}c", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text), expected, "{text:?}");
        }
    }
}
