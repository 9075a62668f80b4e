//! A configuration as a list of lines, each of which is understood or kept as it was written.

mod directive;
mod line;
mod parse;
mod print;
mod server;

pub use directive::{Directive, Mode};
pub use line::{Comment, Label, Line, Section};
pub(crate) use parse::is_section;
pub use server::{ProxyHeader, Server};

/// A configuration, or a part of one.
///
/// [`Config::parse`] loses nothing: whatever the text was, printing gives it back byte for byte. Lines in the form in which this crate
/// prints them are understood, all others are kept as [`Line::Verbatim`].
///
/// ```
/// use vamp_haproxy::Config;
///
/// let text = "backend b\n  server s 127.0.0.1:80 weight 10 check\n\tuser's own  line # kept";
/// assert_eq!(Config::parse(text).to_string(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    lines: Vec<Line>,
    /// The last line has no line feed at its end.
    unterminated: bool,
}

impl Config {
    /// A configuration without lines.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The configuration with these lines.
    #[must_use]
    pub fn of(lines: Vec<Line>) -> Self {
        Self {
            lines,
            unterminated: false,
        }
    }

    /// The lines in their order; the line that HAProxy calls *n* is number *n* − 1 here.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Adds a line at the end.
    pub fn push(&mut self, line: impl Into<Line>) {
        self.unterminated = false;
        self.lines.push(line.into());
    }

    pub(crate) fn lines_mut(&mut self) -> &mut [Line] {
        &mut self.lines
    }
}
