//! A configuration of typed lines: what this crate writes.

mod directive;
mod line;
mod print;
mod read;
mod server;

pub use directive::{Directive, Mode};
pub use line::{Comment, Label, Line, Section};
pub use read::Lines;
pub use server::{ProxyHeader, Server};

use std::fmt::{self, Display, Formatter};

use crate::Document;

/// A configuration, or a part of one, as this crate writes it. What others write is read as a [`Document`].
///
/// Typed lines go in and come out, and in between they are the text that HAProxy gets: a configuration of a million lines is one piece of
/// memory, and to print it is to hand it over.
///
/// ```
/// use vamp_haproxy::base::{BaseOptions, base};
/// use vamp_haproxy::config::{Directive, Line};
///
/// let base = base(&BaseOptions::default());
/// let binds = base.lines().filter(|line| matches!(line, Line::Directive(Directive::Bind { .. })));
/// assert_eq!(binds.map(|line| line.to_string()).collect::<Vec<_>>(), ["  bind 0.0.0.0:1988"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    text: String,
    count: usize,
}

impl Config {
    /// A configuration without lines.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A configuration without lines, with room for so many bytes of them.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            count: 0,
        }
    }

    /// The configuration with these lines.
    #[must_use]
    pub fn of<'t>(lines: impl IntoIterator<Item = Line<'t>>) -> Self {
        let mut config = Self::new();
        for line in lines {
            config.push(line);
        }
        config
    }

    /// The lines in their order; the line that HAProxy calls *n* is number *n* − 1 here.
    #[must_use]
    pub fn lines(&self) -> Lines<'_> {
        Lines::of(&self.text, self.count)
    }

    /// Adds a line at the end.
    pub fn push<'t>(&mut self, line: impl Into<Line<'t>>) {
        line.into().write(&mut self.text);
        self.text.push('\n');
        self.count += 1;
    }

    /// The text that HAProxy reads.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As [`Config::as_str`], to keep: nothing is copied.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}

impl Display for Config {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&Config> for Document {
    fn from(config: &Config) -> Self {
        Self::parse(config.as_str())
    }
}

impl From<Config> for Document {
    fn from(config: Config) -> Self {
        Self::parse(config.into_text())
    }
}
