//! The words of a line.

use std::borrow::Cow;
use std::iter::FusedIterator;
use std::ops::Range;

use super::grammar::{Fault, Quotes, Step, is_bare_byte, is_space, step, variable_fault};

/// A word of a line, as it is written and as HAProxy reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'d> {
    line: &'d str,
    start: usize,
    end: usize,
    form: Form,
}

/// What a word is made of, so that most need not be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Neither quotes nor backslashes.
    Plain,
    /// Quotes or backslashes.
    Quoted,
    /// And something that HAProxy refuses.
    Faulty,
}

/// A part of a word, as HAProxy reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece<'d> {
    /// Characters that stand for themselves.
    Text(&'d str),
    /// The byte that an escape stands for: `\n`, `\"`, `\x7f`.
    Escaped(u8),
    /// An environment variable. HAProxy reads them within double quotes only.
    Variable(Variable<'d>),
}

/// An environment variable within a word: section 2.3 of the configuration manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable<'d> {
    /// As it is written: `$NAME`, `${NAME}`, `${NAME-default}`, `${NAME[*]}`.
    pub written: &'d str,
    /// Its name. Those that begin with a dot (`.FILE`, `.LINE`, `.SECTION`) are HAProxy's own.
    pub name: &'d str,
    /// What is read where no such variable exists.
    pub default: Option<&'d str>,
    /// `[*]`: white space in the value separates words.
    pub splits: bool,
}

impl<'d> Token<'d> {
    /// As it is written, with quotes and backslashes.
    #[must_use]
    pub fn written(&self) -> &'d str {
        self.line.get(self.start..self.end).unwrap_or_default()
    }

    /// As HAProxy reads it: without quotes and escapes. Environment variables stay as they are written; whether there are any says
    /// [`has_variables`](Self::has_variables). Bytes that are no UTF-8 (`\xff`) become U+FFFD; [`pieces`](Self::pieces) has them.
    #[must_use]
    pub fn text(&self) -> Cow<'d, str> {
        if self.is_plain() {
            return Cow::Borrowed(self.written());
        }
        let mut pieces = self.pieces();
        match (pieces.next(), pieces.next()) {
            (None, _) => return Cow::Borrowed(""),
            (Some(Piece::Text(text)), None) => return Cow::Borrowed(text),
            _ => {}
        }
        let mut text = Vec::with_capacity(self.end - self.start);
        for piece in self.pieces() {
            match piece {
                // HAProxy ends its texts with a zero.
                Piece::Escaped(0) => break,
                Piece::Escaped(byte) => text.push(byte),
                Piece::Text(piece) | Piece::Variable(Variable { written: piece, .. }) => {
                    text.extend_from_slice(piece.as_bytes());
                }
            }
        }
        Cow::Owned(
            String::from_utf8(text)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        )
    }

    /// Whether HAProxy reads exactly this.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        if self.is_plain() {
            self.written() == text
        } else {
            self.text() == text && !self.has_variables()
        }
    }

    /// What it is made of.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'d>> + use<'d> {
        Steps::of(self.written()).filter_map(|(_, step)| match step {
            Step::Piece(piece) | Step::Fault(_, piece) => Some(piece),
            Step::Quotes(_) => None,
        })
    }

    /// Whether it depends on the environment.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        !self.is_plain() && self.pieces().any(|piece| matches!(piece, Piece::Variable(_)))
    }

    /// Where it stands in [the text of its line](super::Line::text), in bytes.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// In which column it begins: characters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        column(self.line, self.start)
    }

    /// The first that HAProxy refuses in it, with its place in the line.
    pub(super) fn fault(&self) -> Option<(Fault, usize)> {
        if self.form != Form::Faulty {
            return None;
        }
        let mut open = None;
        for (at, step) in Steps::of(self.written()) {
            let at = self.start + at;
            match step {
                Step::Quotes(Quotes::None) => open = None,
                Step::Quotes(_) => open = Some(at),
                Step::Fault(Fault::Hexadecimal, _) => return Some((Fault::Hexadecimal, at)),
                Step::Fault(..) => {
                    let (fault, offset) = variable_fault(self.line.get(at + 1..).unwrap_or_default());
                    return Some((fault, at + 1 + offset));
                }
                Step::Piece(_) => {}
            }
        }
        open.map(|at| (Fault::UnclosedQuote, at))
    }

    fn is_plain(&self) -> bool {
        self.form == Form::Plain
    }

    /// Whether it ends with a backslash that stands for itself.
    pub(super) fn ends_with_backslash(&self) -> bool {
        self.written().ends_with('\\') && self.pieces().last() == Some(Piece::Text("\\"))
    }
}

/// The column of a place in a line.
pub(super) fn column(line: &str, at: usize) -> usize {
    line.get(..at).unwrap_or(line).chars().count() + 1
}

/// The steps of a word, each with its place.
struct Steps<'t> {
    text: &'t str,
    rest: &'t str,
    quotes: Quotes,
    /// Whether a brace of a variable can still be closed. After one that is not, looking for the end of each other that follows
    /// would take a time that grows with the square of the line.
    braces: bool,
}

impl<'t> Steps<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            text,
            rest: text,
            quotes: Quotes::None,
            braces: true,
        }
    }
}

impl<'t> Iterator for Steps<'t> {
    type Item = (usize, Step<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.text.len() - self.rest.len();
        let (rest, step) = step(self.rest, self.quotes, self.braces).ok()?;
        match step {
            Step::Quotes(quotes) => self.quotes = quotes,
            Step::Fault(Fault::VariableBrace, _) => self.braces = false,
            _ => {}
        }
        self.rest = rest;
        Some((at, step))
    }
}

/// The words of a line.
#[derive(Debug, Clone)]
pub struct Words<'d> {
    line: &'d str,
    at: usize,
    /// As in `Steps`.
    braces: bool,
}

impl<'d> Words<'d> {
    /// The words of a line without its end.
    pub(super) fn of(line: &'d str) -> Self {
        let at = spaces(line.as_bytes());
        // A scope has no words: HAProxy takes the line by itself.
        let is_scope = line.as_bytes().get(at) == Some(&b'[');
        Self {
            line,
            at: if is_scope { line.len() } else { at },
            braces: true,
        }
    }

    /// The place after the words that were read and the white space that follows them.
    pub(super) fn position(&self) -> usize {
        self.at
    }
}

impl<'d> Iterator for Words<'d> {
    type Item = Token<'d>;

    fn next(&mut self) -> Option<Token<'d>> {
        let rest = self.line.get(self.at..)?;
        let (length, form) = word(rest, &mut self.braces);
        if length == 0 {
            return None;
        }
        let (start, end) = (self.at, self.at + length);
        let after = rest.as_bytes().get(length..).unwrap_or_default();
        // A carriage return ends the line, unless other white space stands before it.
        self.at = match after.first() {
            Some(b'\r') => end,
            _ => end + spaces(after),
        };
        Some(Token {
            line: self.line,
            start,
            end,
            form,
        })
    }
}

impl FusedIterator for Words<'_> {}

/// The length of the word that a text begins with, and what it is made of.
fn word(text: &str, braces: &mut bool) -> (usize, Form) {
    let bytes = text.as_bytes();
    let plain = bare(bytes);
    if !matches!(bytes.get(plain), Some(b'"' | b'\'' | b'\\')) {
        return (plain, Form::Plain);
    }
    let mut steps = Steps::of(text);
    steps.braces = *braces;
    let mut form = Form::Quoted;
    for (_, step) in steps.by_ref() {
        if matches!(step, Step::Fault(..)) {
            form = Form::Faulty;
        }
    }
    if steps.quotes != Quotes::None {
        form = Form::Faulty;
    }
    *braces = steps.braces;
    (text.len() - steps.rest.len(), form)
}

/// How many characters that stand for themselves a text begins with, in bytes.
pub(super) fn bare(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !is_bare_byte(*byte))
        .unwrap_or(bytes.len())
}

/// How much white space a text begins with.
pub(super) fn spaces(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !is_space(*byte))
        .unwrap_or(bytes.len())
}
