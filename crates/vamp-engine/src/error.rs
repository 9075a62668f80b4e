//! What can go wrong with a request, and whether trying again can help.

use std::fmt;

use vamp_model::ValuePath;

/// What sort of failure it is: each has one answer in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What the request is about does not exist.
    NotFound,
    /// The request cannot be fulfilled as it stands; [`Error::problems`] says why.
    Invalid,
    /// Somebody else changed the same artifact at the same moment. The same request may succeed.
    Conflict,
    /// The artifact is not in the revision that the request asked for.
    PreconditionFailed {
        /// The revision that is there; none when the artifact is absent.
        actual: Option<u64>,
    },
    /// Something that is needed could not be asked: the store, HAProxy, the engine itself while it stops.
    Unavailable,
    /// What is stored makes no sense, or the engine is at fault.
    Internal,
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The sort of problem: one of [`vamp_model::code`] or of [`crate::code`].
    pub code: &'static str,
    /// The value concerned, as a [`ValuePath`] into the document; empty for the document itself, or where it is not known.
    pub path: String,
    /// The line in the text of the request, from 1, where it is known.
    pub line: Option<usize>,
    /// The column in characters, from 1, where it is known.
    pub column: Option<usize>,
    /// What is wrong, in words.
    pub message: String,
    /// What would help, if known.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of the whole request.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            path: String::new(),
            line: None,
            column: None,
            message: message.into(),
            hint: None,
        }
    }

    /// The same problem at the value to which these keys lead.
    #[must_use]
    pub fn at<'k>(self, keys: impl IntoIterator<Item = &'k str>) -> Self {
        self.at_path(&keys.into_iter().fold(ValuePath::new(), ValuePath::key))
    }

    /// The same problem at this value.
    #[must_use]
    pub fn at_path(mut self, path: &ValuePath) -> Self {
        self.path = path.to_string();
        self
    }

    /// The same problem with what would help.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

impl From<vamp_model::Problem> for Problem {
    fn from(problem: vamp_model::Problem) -> Self {
        Self {
            code: problem.code,
            path: problem.path,
            line: Some(problem.line),
            column: Some(problem.column),
            message: problem.message,
            hint: problem.hint,
        }
    }
}

/// A request that was not fulfilled. Nothing of it was stored, except after [`Unavailable`](ErrorKind::Unavailable), where the store may
/// have taken it.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    operation: &'static str,
    subject: String,
    /// In the order of validation.
    problems: Vec<Problem>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What the operations of the engine return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A failure of `operation` on `subject`.
    pub(crate) fn new(kind: ErrorKind, operation: &'static str, subject: impl fmt::Display) -> Self {
        Self {
            kind,
            operation,
            subject: subject.to_string(),
            problems: Vec::new(),
            source: None,
        }
    }

    /// The same with the problems at places below another one.
    pub(crate) fn below(mut self, place: &vamp_model::ValuePath) -> Self {
        for problem in &mut self.problems {
            problem.path = match problem.path.as_str() {
                "" => place.to_string(),
                path if path.starts_with('[') => format!("{place}{path}"),
                path => format!("{place}.{path}"),
            };
        }
        self
    }

    /// A request in which these things are wrong, in the order of validation.
    pub(crate) fn invalid(
        operation: &'static str,
        subject: impl fmt::Display,
        problems: Vec<Problem>,
    ) -> Self {
        Self {
            problems,
            ..Self::new(ErrorKind::Invalid, operation, subject)
        }
    }

    /// The same failure with its cause.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What sort of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What is wrong with the request, in the order of validation; empty unless it is [`Invalid`](ErrorKind::Invalid).
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What the request was about.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The first problem in the order of validation, or what happened, in one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        self.problems
            .first()
            .map_or_else(|| self.to_string(), |problem| problem.message.clone())
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self.kind, ErrorKind::Unavailable | ErrorKind::Conflict)
    }

    /// What a failure of the store means for the request.
    pub(crate) fn of_store(
        operation: &'static str,
        subject: impl fmt::Display,
        error: vamp_store::Error,
    ) -> Self {
        let kind = match error.kind() {
            vamp_store::ErrorKind::Conflict { .. } => ErrorKind::Conflict,
            vamp_store::ErrorKind::Unavailable | vamp_store::ErrorKind::InUse => ErrorKind::Unavailable,
            vamp_store::ErrorKind::Invalid | vamp_store::ErrorKind::TooLarge { .. } => {
                let problem = Problem::new(crate::code::NOT_STORABLE, error.to_string());
                return Self::invalid(operation, subject, vec![problem]).because(error);
            }
            _ => ErrorKind::Internal,
        };
        Self::new(kind, operation, subject).because(error)
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
        match self.kind {
            ErrorKind::NotFound => f.write_str("it does not exist")?,
            ErrorKind::Invalid => {
                for (position, problem) in self.problems.iter().enumerate() {
                    let separator = if position == 0 { "" } else { "; " };
                    write!(f, "{separator}{problem}")?;
                }
                return Ok(());
            }
            ErrorKind::Conflict => f.write_str("somebody else changed it at the same moment")?,
            ErrorKind::PreconditionFailed {
                actual: Some(revision),
            } => {
                write!(
                    f,
                    "it is in revision {revision}, and the request asked for another"
                )?;
            }
            ErrorKind::PreconditionFailed { actual: None } => f.write_str("it is absent")?,
            ErrorKind::Unavailable => f.write_str("something that is needed could not be asked")?,
            ErrorKind::Internal => f.write_str("internal error")?,
        }
        self.source
            .as_ref()
            .map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
