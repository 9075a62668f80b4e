//! What can go wrong with a store, and whether trying again can help.

use std::fmt;

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What a write expected of its artifact does not hold. Nothing of the batch was written.
    Conflict {
        /// Which write of the batch it was, from 0.
        index: usize,
        /// The revision that is there; none when the artifact is absent.
        actual: Option<u64>,
    },
    /// What was handed in can never be stored: an event without tags, an empty name. The source says which.
    Invalid,
    /// An artifact or an event is larger than a store takes; the limit in bytes.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The store could not be asked, or is closed: nothing is known about what was asked for. After a commit it is
    /// unknown whether it happened.
    Unavailable,
    /// Another process uses the same state directory.
    InUse,
    /// The file was written by a newer release. It was left as it is.
    NewerFormat {
        /// The format of the file.
        found: u32,
        /// The newest format that this release knows.
        known: u32,
    },
    /// The file is damaged, or is none of ours. It was left as it is.
    Corrupt,
    /// The settings are wrong: a directory that cannot be made or written to.
    Configuration,
}

/// A failure of a store's operation.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    operation: &'static str,
    subject: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What the operations of a store return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A failure of `operation` on `subject`, which is an artifact, an event, or a path.
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str, subject: impl fmt::Display) -> Self {
        Self {
            kind,
            operation,
            subject: subject.to_string(),
            source: None,
        }
    }

    /// The same failure with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What sort of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The artifact, event or path that it is about.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the same call may succeed later. A conflict is none of these: what is there has to be read first.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self.kind, ErrorKind::Unavailable | ErrorKind::InUse)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.operation, self.subject)?;
        match self.kind {
            ErrorKind::Conflict {
                actual: Some(revision),
                ..
            } => write!(
                f,
                "revision {revision} is there, and the write expected otherwise"
            )?,
            ErrorKind::Conflict { actual: None, .. } => {
                f.write_str("it is absent, and the write expected otherwise")?;
            }
            ErrorKind::Invalid => f.write_str("cannot be stored")?,
            ErrorKind::TooLarge { limit } => {
                write!(f, "it is larger than the {limit} bytes that the store takes")?;
            }
            ErrorKind::Unavailable => f.write_str("the store could not be asked")?,
            ErrorKind::InUse => f.write_str("another process uses it")?,
            ErrorKind::NewerFormat { found, known } => write!(
                f,
                "it has format {found}, this release knows formats up to {known}; it was left as it is"
            )?,
            ErrorKind::Corrupt => f.write_str("it is damaged or none of ours; it was left as it is")?,
            ErrorKind::Configuration => f.write_str("it cannot be used")?,
        }
        self.source
            .as_ref()
            .map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

impl vamp_io::retry::Temporary for Error {
    fn is_temporary(&self) -> bool {
        self.is_temporary()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
