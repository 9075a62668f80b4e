//! What can go wrong with a platform, and whether trying again can help.

use std::fmt;

/// What sort of failure it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The platform could not be asked, or did not do it. Nothing is known about what runs.
    Unavailable,
    /// The type of the deployable is none that this driver runs.
    UnsupportedDeployable {
        /// The type that was asked for.
        found: String,
        /// The types that it runs.
        supported: &'static [&'static str],
    },
    /// The service cannot work as it is defined: an empty command line, a program that is nowhere, a health check of a
    /// port that the service does not have.
    Definition,
    /// What is asked for is something that this driver does not do, and that cannot be left out.
    Unsupported,
    /// Another driver works on the same state.
    Locked,
    /// What the driver keeps on disk could not be read or written.
    State,
    /// The settings are wrong.
    Configuration,
    /// The driver has been stopped.
    Stopped,
}

/// A failure of a driver's operation.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    operation: &'static str,
    subject: String,
    message: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What the operations of a driver return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A failure of `operation` on `subject`, which is a service, a path or an address.
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str, subject: impl fmt::Display) -> Self {
        Self {
            kind,
            operation,
            subject: subject.to_string(),
            message: None,
            source: None,
        }
    }

    /// The same failure, said in these words.
    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The same failure with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What sort of failure it is.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// What was being done, as a verb: `deploy`, `start`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What it was done to.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What is wrong, in a sentence without operation and subject.
    #[must_use]
    pub fn message(&self) -> String {
        let said = match (&self.message, &self.kind) {
            (Some(message), _) => message.clone(),
            (None, ErrorKind::Unavailable) => "the platform could not be asked".to_owned(),
            (None, ErrorKind::UnsupportedDeployable { found, supported }) => format!(
                "Unsupported deployable type '{found}', supported: {}.",
                supported.join(", ")
            ),
            (None, ErrorKind::Definition) => "the service cannot work as it is defined".to_owned(),
            (None, ErrorKind::Unsupported) => "this driver cannot do that".to_owned(),
            (None, ErrorKind::Locked) => "another driver works there".to_owned(),
            (None, ErrorKind::State) => "the driver's state could not be read or written".to_owned(),
            (None, ErrorKind::Configuration) => "the settings are wrong".to_owned(),
            (None, ErrorKind::Stopped) => "the driver has been stopped".to_owned(),
        };
        match &self.source {
            Some(source) => format!("{said}: {source}"),
            None => said,
        }
    }

    /// Whether the same call may succeed later without anybody changing what is asked for.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Unavailable | ErrorKind::Locked | ErrorKind::State
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.operation, self.subject, self.message())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
