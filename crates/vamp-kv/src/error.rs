//! What can go wrong with a store, and whether trying again can help.

use std::fmt;

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The store could not be asked, or did not answer in time. Nothing is known about the key.
    Unavailable,
    /// The value is larger than the store takes; the limit in bytes.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The lease has expired, or never was.
    LeaseExpired,
    /// Somebody else wrote at the same time; a new try reads what they wrote.
    Conflict,
    /// The guard of a write does not hold: this writer has been replaced by another.
    Fenced,
    /// The store does not let this caller do that.
    Denied,
    /// The store answered something that makes no sense.
    Protocol,
    /// The store cannot do that: see its capabilities.
    Unsupported,
    /// The settings are wrong.
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
    /// A failure of `operation` on `subject`, which is a key, an address or a lease.
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

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self.kind, ErrorKind::Unavailable | ErrorKind::Conflict)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.operation, self.subject)?;
        match self.kind {
            ErrorKind::Unavailable => f.write_str("the store could not be asked")?,
            ErrorKind::TooLarge { limit } => write!(
                f,
                "the value is larger than the {limit} bytes that the store takes"
            )?,
            ErrorKind::LeaseExpired => f.write_str("the lease has expired")?,
            ErrorKind::Conflict => f.write_str("somebody else wrote at the same time")?,
            ErrorKind::Fenced => f.write_str("another writer has taken over")?,
            ErrorKind::Denied => f.write_str("the store does not allow it")?,
            ErrorKind::Protocol => f.write_str("the answer of the store makes no sense")?,
            ErrorKind::Unsupported => f.write_str("the store cannot do that")?,
            ErrorKind::Configuration => f.write_str("the settings are wrong")?,
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
