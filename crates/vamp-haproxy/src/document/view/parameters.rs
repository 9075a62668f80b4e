//! Parameters at the end of a `bind` or `server` line.

use crate::document::{Line, Token, Words};

/// The parameters of a line.
#[derive(Debug, Clone)]
pub struct Parameters<'d> {
    next: usize,
    words: Words<'d>,
    takes_value: fn(&str) -> bool,
}

/// A parameter of a line: its name, and the value that may follow.
#[derive(Debug, Clone, Copy)]
pub struct Parameter<'d> {
    word: usize,
    name: Token<'d>,
    value: Option<Token<'d>>,
}

impl<'d> Parameters<'d> {
    /// Those that begin with this word of a line.
    pub(super) fn of(line: Line<'d>, word: usize, takes_value: fn(&str) -> bool) -> Self {
        let mut words = line.words();
        for _ in 0..word {
            words.next();
        }
        Self {
            next: word,
            words,
            takes_value,
        }
    }
}

impl<'d> Iterator for Parameters<'d> {
    type Item = Parameter<'d>;

    fn next(&mut self) -> Option<Parameter<'d>> {
        let name = self.words.next()?;
        let word = self.next;
        let takes_value = (self.takes_value)(&name.text());
        let value = if takes_value { self.words.next() } else { None };
        self.next += 1 + usize::from(value.is_some());
        Some(Parameter { word, name, value })
    }
}

impl<'d> Parameter<'d> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> Token<'d> {
        self.name
    }

    /// Which word of the line its name is, from 0.
    #[must_use]
    pub fn word(&self) -> usize {
        self.word
    }

    /// Its value, when it takes one.
    #[must_use]
    pub fn value(&self) -> Option<Token<'d>> {
        self.value
    }
}
