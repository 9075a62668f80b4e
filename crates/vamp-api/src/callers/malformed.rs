use std::fmt;

/// A text that is no [`Origin`](crate::Origin) or [`HostName`](crate::HostName): trying again does not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    pub(super) text: String,
    pub(super) wanted: &'static str,
}

impl Malformed {
    /// What such a text looks like, as the end of the sentence *wanted is …*.
    #[must_use]
    pub fn wanted(&self) -> &'static str {
        self.wanted
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use '{}': wanted is {}", self.text, self.wanted)
    }
}

impl std::error::Error for Malformed {}
