use std::fmt;

/// One test of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Leaf {
    /// The `Host` header is this text, written `host == …`.
    Host(String),
    /// The `User-Agent` header contains this text, or is that of a [well-known browser](super::browser), written
    /// `user-agent == …`.
    UserAgent(String),
    /// There is a cookie of this name with a value, written `has cookie …`.
    Cookie(String),
    /// There is a header of this name, written `has header …`.
    Header(String),
    /// The cookie of the first name contains the second text, written `cookie … has …`.
    CookieContains(String, String),
    /// The header of the first name contains the second text, written `header … has …`.
    HeaderContains(String, String),
    /// An ACL expression in HAProxy's own words, written `< … >`.
    Value(String),
}

/// Why a leaf cannot be put into a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLeaf {
    /// An ACL expression without any word.
    #[error("nothing stands between `<` and `>`")]
    Empty,
    /// The name of a cookie or header that is empty or contains a blank: HAProxy takes neither.
    #[error("'{0}' is no name of a cookie or header")]
    Name(String),
}

impl Leaf {
    /// Whether HAProxy can be asked for this at all. What an ACL expression says is for HAProxy to judge.
    ///
    /// # Errors
    ///
    /// An empty ACL expression, and the name of a cookie or header that is empty or contains white space or a parenthesis.
    pub fn check(&self) -> Result<(), InvalidLeaf> {
        match self {
            Self::Value(text) if text.trim().is_empty() => Err(InvalidLeaf::Empty),
            Self::Cookie(name)
            | Self::Header(name)
            | Self::CookieContains(name, _)
            | Self::HeaderContains(name, _)
                if name.is_empty()
                    || name.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')')) =>
            {
                Err(InvalidLeaf::Name(name.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Whether its texts hold a control character, which could end a line of a configuration.
    pub(super) fn has_control(&self) -> bool {
        let (first, second) = match self {
            Self::Host(text)
            | Self::UserAgent(text)
            | Self::Cookie(text)
            | Self::Header(text)
            | Self::Value(text) => (text.as_str(), ""),
            Self::CookieContains(name, text) | Self::HeaderContains(name, text) => {
                (name.as_str(), text.as_str())
            }
        };
        first.contains(char::is_control) || second.contains(char::is_control)
    }
}

/// As it is read again, with quotes where they are needed. An ACL expression that the brackets cannot hold, since it has some
/// itself or begins or ends with a blank, is printed without any: it reads as itself where nothing else stands beside it.
impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(value) => write!(f, "host == {}", Quoted(value)),
            Self::UserAgent(value) => write!(f, "user-agent == {}", Quoted(value)),
            Self::Cookie(name) => write!(f, "has cookie {}", Quoted(name)),
            Self::Header(name) => write!(f, "has header {}", Quoted(name)),
            Self::CookieContains(name, value) => {
                write!(f, "cookie {} has {}", Quoted(name), Quoted(value))
            }
            Self::HeaderContains(name, value) => {
                write!(f, "header {} has {}", Quoted(name), Quoted(value))
            }
            Self::Value(text) if text.is_empty() => f.write_str("< >"),
            Self::Value(text) if trimmed(text) != text || text.contains(['<', '>']) => f.write_str(text),
            Self::Value(text) => write!(f, "< {text} >"),
        }
    }
}

/// Without blanks and control characters of ASCII at both ends.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// Whether a character may stand in a value without quotes.
pub(super) fn is_bare(character: char) -> bool {
    !(character.is_whitespace() || character.is_control() || matches!(character, '(' | ')'))
}

struct Quoted<'v>(&'v str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        let is_bare = !value.is_empty() && !value.starts_with(['\'', '"']) && value.chars().all(is_bare);
        if is_bare {
            f.write_str(value)
        } else {
            write!(f, "\"{}\"", value.replace('"', "\"\""))
        }
    }
}
