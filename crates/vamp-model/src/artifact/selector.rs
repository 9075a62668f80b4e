use std::fmt;
use std::str::FromStr;

/// Which instances a route or gateway leads to, as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Selector(String);

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Selector {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A text is no selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is empty or more than one line", .0.escape_debug())]
pub struct InvalidSelector(pub String);

impl FromStr for Selector {
    type Err = InvalidSelector;

    fn from_str(text: &str) -> Result<Self, InvalidSelector> {
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err(InvalidSelector(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}
