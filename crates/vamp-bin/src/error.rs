use std::fmt;

use crate::Exit;
use crate::display::Complaint;

/// Why a command did not do what it was asked to, in words for the person at the terminal.
#[derive(Debug)]
pub struct Error {
    exit: Exit,
    message: String,
    complaints: Vec<Complaint>,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of a command or of a part of one.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure that ends the program with `exit`; `message` names what was tried, on what, and the cause.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            complaints: Vec::new(),
            hint: None,
            source: None,
        }
    }

    /// Something is wrong with the command line or the settings.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// An operation on a file or directory failed.
    #[must_use]
    pub fn file(exit: Exit, operation: &str, path: &std::path::Path, source: std::io::Error) -> Self {
        Self::new(exit, format!("cannot {operation} {}: {source}", path.display())).because(source)
    }

    /// The same with advice on what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with the places in files that are to blame.
    #[must_use]
    pub(crate) fn at(mut self, complaints: Vec<Complaint>) -> Self {
        self.complaints = complaints;
        self
    }

    /// The same with its cause, which the message already tells.
    #[must_use]
    pub fn because(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The status with which the program ends.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// Whether the same command may succeed later without anybody changing its arguments.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self.exit, Exit::Unreachable | Exit::TimedOut | Exit::Conflict)
    }

    /// Everything there is to say, over several lines, ending with a line feed.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = format!("error: {}\n", self.message);
        for complaint in &self.complaints {
            text.push_str(&complaint.to_string());
        }
        if let Some(hint) = &self.hint {
            text.push_str("hint: ");
            text.push_str(hint);
            text.push('\n');
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
