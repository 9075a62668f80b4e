//! A configuration as a list of typed lines: what this crate writes.

mod directive;
mod line;
mod print;
mod server;

pub use directive::{Directive, Mode};
pub use line::{Comment, Label, Line, Section};
pub use server::{ProxyHeader, Server};

use crate::Document;

/// A configuration, or a part of one, as this crate writes it. What others write is read as a [`Document`].
///
/// ```
/// use vamp_haproxy::base::{BaseOptions, base};
/// use vamp_haproxy::config::{Directive, Line};
///
/// let base = base(&BaseOptions::default());
/// let binds = base.lines().iter().filter(|line| matches!(line, Line::Directive(Directive::Bind { .. })));
/// assert_eq!(binds.map(ToString::to_string).collect::<Vec<_>>(), ["  bind 0.0.0.0:1988"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    lines: Vec<Line>,
}

impl From<&Config> for Document {
    fn from(config: &Config) -> Self {
        Self::parse(config.to_string())
    }
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
        Self { lines }
    }

    /// The lines in their order; the line that HAProxy calls *n* is number *n* − 1 here.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Adds a line at the end.
    pub fn push(&mut self, line: impl Into<Line>) {
        self.lines.push(line.into());
    }
}
