use std::path::Path;

/// The kind of a failed operation of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting cannot work: a socket path that is too long, a limit of zero, an unreadable base file.
    Configuration,
    /// The HAProxy program is missing or too old.
    Binary,
    /// Another agent holds the state directory.
    Locked,
    /// A file of the state or runtime directory could not be read or written.
    File,
    /// HAProxy could not be started, asked or stopped.
    Haproxy,
    /// Something took longer than its limit.
    Timeout,
    /// An address for log lines cannot be used: the socket is taken, or the machine refuses it.
    Logs,
    /// A part of the agent ended that ends with the agent only.
    Internal,
}

/// What went wrong, during which operation, on which subject.
#[derive(Debug, thiserror::Error)]
#[error("{operation} {subject}: {message}")]
pub struct Error {
    kind: ErrorKind,
    operation: &'static str,
    subject: String,
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        operation: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            operation,
            subject: subject.into(),
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn file(
        operation: &'static str,
        path: &Path,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        let message = source.to_string();
        Self::new(ErrorKind::File, operation, path.display().to_string(), message).caused_by(source)
    }

    pub(crate) fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The kind of the failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was being done, as a verb: `start`, `write`, `reload`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What it was done to: a path, a program, a process.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The cause in words, for HAProxy its own words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the same call can succeed later without anybody changing the settings.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Locked | ErrorKind::Haproxy | ErrorKind::Timeout
        )
    }
}

/// The result of an operation of the agent.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The innermost cause of an error: "connection refused" rather than "error sending request".
#[cfg(feature = "logs")]
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
