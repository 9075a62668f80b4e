//! Keys: checked segments, so that no name can reach out of its place.

use std::fmt;
use std::str::FromStr;

/// Why a text is not a key or a segment of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a key: {reason}")]
pub struct InvalidKey {
    text: String,
    reason: &'static str,
}

/// A key: one or more segments. Printed with a slash before each: `/vamp/default/gateways`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// The key that a text names. Slashes at its beginning and end do not count.
    ///
    /// # Errors
    /// A segment is empty, `.` or `..`, or contains a control character.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let mut key = String::with_capacity(text.len() + 1);
        for segment in text.trim_matches('/').split('/') {
            check(segment, text)?;
            key.push('/');
            key.push_str(segment);
        }
        Ok(Self(key))
    }

    /// The key one segment further down.
    ///
    /// # Errors
    /// The segment is empty, `.` or `..`, or contains a slash or a control character.
    pub fn join(&self, segment: &str) -> Result<Self, InvalidKey> {
        check(segment, segment)?;
        Ok(Self(format!("{}/{segment}", self.0)))
    }

    /// The text with its leading slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this key is `prefix` itself or lies below it. Segments count: `/a/bc` does not lie below `/a/b`.
    #[must_use]
    pub fn is_at_or_below(&self, prefix: &Self) -> bool {
        self.0
            .strip_prefix(&prefix.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The key below `base`: all segments of `base`, then all of this.
    pub(crate) fn below(&self, base: &Self) -> Self {
        Self(format!("{}{}", base.0, self.0))
    }

    /// What is left without the segments of `base`; nothing when the key does not lie below it.
    pub(crate) fn without(&self, base: &Self) -> Option<Self> {
        let rest = self.0.strip_prefix(&base.0)?;
        rest.starts_with('/').then(|| Self(rest.to_owned()))
    }

    /// The last segment.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

fn check(segment: &str, text: &str) -> Result<(), InvalidKey> {
    let reason = match segment {
        "" => "a segment is empty",
        "." | ".." => "`.` and `..` are no segments",
        _ if segment.contains('/') => "a segment contains a slash",
        _ if segment.chars().any(char::is_control) => "it contains a control character",
        _ => return Ok(()),
    };
    Err(InvalidKey {
        text: text.to_owned(),
        reason,
    })
}

impl FromStr for Key {
    type Err = InvalidKey;

    /// As [`Key::parse`].
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        Self::parse(text)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_around_a_key_do_not_count_and_its_segments_are_checked() {
        let key: Key = "vamp/default/".parse().unwrap();
        assert_eq!(key.to_string(), "/vamp/default");
        for wrong in ["", "/", "a//b", "a/../b", "a\n"] {
            assert!(wrong.parse::<Key>().is_err(), "{wrong:?}");
        }
        assert!(key.join("a/b").is_err());
        assert_eq!(key.join("gateways").unwrap().name(), "gateways");
    }

    #[test]
    fn below_means_whole_segments() {
        let prefix: Key = "/a/b".parse().unwrap();
        let below = |text: &str| text.parse::<Key>().unwrap().is_at_or_below(&prefix);
        assert!(below("/a/b") && below("/a/b/c"));
        assert!(!below("/a/bc") && !below("/a"));
    }
}
