use std::fmt;
use std::str::FromStr;

/// What stays at the same place for a client, once it has been there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sticky {
    /// The route.
    Route,
    /// The instance.
    Instance,
}

/// A text is neither `route` nor `instance`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is neither `route` nor `instance`", .0.escape_debug())]
pub struct InvalidSticky(pub String);

impl Sticky {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Instance => "instance",
        }
    }
}

impl fmt::Display for Sticky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Sticky {
    type Err = InvalidSticky;

    /// Reads `route` and `instance` in any case.
    fn from_str(text: &str) -> Result<Self, InvalidSticky> {
        [Self::Route, Self::Instance]
            .into_iter()
            .find(|sticky| text.eq_ignore_ascii_case(sticky.as_str()))
            .ok_or_else(|| InvalidSticky(text.to_owned()))
    }
}

impl serde_core::Serialize for Sticky {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
