//! What can go wrong with a call, and whether the server has done what was asked.

use std::fmt;

use crate::wire::{ErrorBody, ErrorItem};

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No connection to the server: it was not asked, so nothing has happened there.
    CouldNotAsk,
    /// The server was asked and gave no answer, or not in time. Whether it has done what was asked is not known.
    NoAnswer,
    /// What was asked for does not exist (404).
    Absent,
    /// The request is wrong, or at odds with what exists (400, 409, 413, 422): the same request will be refused again.
    Refused,
    /// The artifact is not in the state that the request demanded (412).
    PreconditionFailed,
    /// The caller must say who it is, or may not do that (401, 403).
    Denied,
    /// The server failed (5xx); see [`Error::is_temporary`].
    ServerFailed,
    /// The answer makes no sense: perhaps this is no Vamp server, or one of another version.
    Protocol,
    /// The address of the server, or a name that cannot stand in one.
    Usage,
}

/// What the server said instead of doing what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, in words.
    pub message: String,
    /// Everything that is wrong with the document sent, in the order of the places.
    pub errors: Vec<ErrorItem>,
    /// How the server's log calls the request, where it says so.
    pub request_id: Option<String>,
}

/// A failure of a call.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    operation: &'static str,
    subject: String,
    answer: Option<Box<ApiError>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What calls return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, operation: &'static str, subject: impl fmt::Display) -> Self {
        Self {
            kind,
            operation,
            subject: subject.to_string(),
            answer: None,
            source: None,
        }
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The failure that an answer tells.
    pub(crate) fn answered(
        operation: &'static str,
        subject: impl fmt::Display,
        status: u16,
        body: ErrorBody,
        request_id: Option<String>,
    ) -> Self {
        let kind = match status {
            404 => ErrorKind::Absent,
            412 => ErrorKind::PreconditionFailed,
            401 | 403 => ErrorKind::Denied,
            400..=499 => ErrorKind::Refused,
            500..=599 => ErrorKind::ServerFailed,
            _ => ErrorKind::Protocol,
        };
        let answer = ApiError {
            status,
            message: body.message,
            errors: body.errors,
            request_id,
        };
        Self {
            answer: Some(Box::new(answer)),
            ..Self::new(kind, operation, subject)
        }
    }

    /// What sort of failure it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What the server said, where it answered.
    #[must_use]
    pub fn answer(&self) -> Option<&ApiError> {
        self.answer.as_deref()
    }

    /// Whether the same call may succeed later. It does not say that the call has had no effect: see
    /// [`ErrorKind::NoAnswer`].
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self.kind {
            ErrorKind::CouldNotAsk | ErrorKind::NoAnswer => true,
            ErrorKind::ServerFailed => self
                .answer()
                .is_some_and(|answer| matches!(answer.status, 502..=504)),
            _ => false,
        }
    }
}

impl vamp_io::retry::Temporary for Error {
    fn is_temporary(&self) -> bool {
        self.is_temporary()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.operation, self.subject)?;
        if let Some(answer) = &self.answer {
            return write!(f, "{} (status {})", answer.message, answer.status);
        }
        f.write_str(match self.kind {
            ErrorKind::CouldNotAsk => "the server cannot be reached",
            ErrorKind::NoAnswer => "the server did not answer; it may have done it nevertheless",
            ErrorKind::Absent => "there is no such thing",
            ErrorKind::Refused => "refused",
            ErrorKind::PreconditionFailed => "somebody else has changed it",
            ErrorKind::Denied => "not allowed",
            ErrorKind::ServerFailed => "the server failed",
            ErrorKind::Protocol => "the answer makes no sense",
            ErrorKind::Usage => "this cannot be asked",
        })?;
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
