use std::fmt;
use std::str::FromStr;

/// What is known besides the two configurations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DiffOptions<'f> {
    /// The version of the HAProxy that runs, which decides what it does at run time. Default 2.6. A command that is beyond it
    /// is refused, and its plan ends in a reload.
    pub version: Version,
    /// The files that the configurations name whose contents may differ. Default: none, all are the same.
    pub files: Vec<ChangedFile<'f>>,
}

/// A file that a configuration names: a map, patterns of an ACL, a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedFile<'f> {
    /// Its path as the configuration says it. Of a file in a directory of certificates: that of the directory, and its name.
    pub path: &'f str,
    /// Its contents when HAProxy was loaded, with what was changed since; `None` when it did not exist.
    pub running: Option<&'f str>,
    /// Its contents from now on; `None` when it is gone.
    pub wanted: Option<&'f str>,
}

/// A version of HAProxy: the two numbers that say what it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The number before the first dot.
    pub major: u16,
    /// The number after it.
    pub minor: u16,
}

/// A text that names no version of HAProxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no version of HAProxy: two numbers with a dot between, as in 2.6", text.escape_debug())]
pub struct InvalidVersion {
    text: String,
}

impl DiffOptions<'_> {
    /// For an HAProxy of this version, with all files as they are.
    #[must_use]
    pub fn for_version(version: Version) -> Self {
        Self {
            version,
            ..Self::default()
        }
    }
}

impl Version {
    /// A version.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::new(2, 6)
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    /// Reads the first two numbers of `2.6`, `2.6.12-1+deb12u1`, `3.0-dev1`.
    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let invalid = || InvalidVersion {
            text: text.to_owned(),
        };
        let (major, rest) = text.split_once('.').ok_or_else(invalid)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let minor = rest.get(..digits).unwrap_or_default();
        let number = |text: &str| text.parse().map_err(|_| invalid());
        Ok(Self::new(number(major)?, number(minor)?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
