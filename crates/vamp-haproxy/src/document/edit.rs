//! Editing: what was not edited stays as it was, byte for byte.

use std::borrow::Cow;

use super::check::is_name;
use super::grammar::is_bare_byte;
use super::line::content;
use super::token::Words;
use super::{Document, LineEnd, LineKind, SectionKind, Token};
use crate::text::{Text, Word, quoted};

/// An edit that was not made; the document is as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// There is no such line.
    #[error("there is no line {line}")]
    NoLine {
        /// The line, from 1.
        line: usize,
    },
    /// The line has no such word.
    #[error("line {line} has no word {word}")]
    NoWord {
        /// The line, from 1.
        line: usize,
        /// The word, from 0.
        word: usize,
    },
    /// The text would not be one word in that place, or change what the other words are.
    #[error("'{}' is not one word in this place", written.escape_debug())]
    NotOneWord {
        /// The text.
        written: String,
    },
    /// The text would not be some words at the end of the line.
    #[error("'{}' cannot stand at the end of this line", written.escape_debug())]
    NoWords {
        /// The text.
        written: String,
    },
    /// The section needs a name and has none, takes none and has one, or the name has characters that HAProxy refuses.
    #[error("'{}' is no name for a section '{}'", name.escape_debug(), kind.as_str())]
    Name {
        /// The kind of section.
        kind: SectionKind,
        /// The name; empty without one.
        name: String,
    },
    /// A line of a section would begin a section of its own.
    #[error("'{}' begins a section", line.escape_debug())]
    BeginsSection {
        /// The line.
        line: String,
    },
    /// There is no such server.
    #[error("there is no server '{}' in '{}'", server.escape_debug(), backend.escape_debug())]
    NoServer {
        /// The backend or listen section.
        backend: String,
        /// The server.
        server: String,
    },
    /// HAProxy takes weights from 0 to 256.
    #[error("{weight} is no weight: at most 256")]
    Weight {
        /// The weight.
        weight: u16,
    },
}

impl Document {
    /// Makes HAProxy read `value` as a word of a line, which is quoted where it has to be.
    ///
    /// Words count from 0: word 0 is the keyword, or `no` before it.
    ///
    /// # Errors
    /// There is no such word, or the value cannot stand there: `[` at the beginning of a line.
    pub fn set_word(&mut self, line: usize, word: usize, value: &Text<'_>) -> Result<(), EditError> {
        self.write_word(line, word, &spelled(value.as_str()))
    }

    /// Writes a word in the place of another, as it is, with quotes and environment variables: `"${WEIGHT-10}"`.
    ///
    /// # Errors
    /// There is no such word, or what is written is not one whole word there.
    pub fn write_word(&mut self, line: usize, word: usize, written: &str) -> Result<(), EditError> {
        let refused = || EditError::NotOneWord {
            written: written.to_owned(),
        };
        let found = self.line(line).ok_or(EditError::NoLine { line })?;
        let old = found.words().nth(word).ok_or(EditError::NoWord { line, word })?;
        Text::new(written).map_err(|_| refused())?;
        let span = old.span();
        let (before, after) = around(found.written(), span.start, span.end);
        let text = [before, written, after].concat();
        let mut news = Words::of(content(&text)).enumerate();
        let mut olds = found.words().enumerate();
        let new = news.by_ref().nth(word).map(|(_, new)| new);
        olds.by_ref().nth(word);
        let is_one_word = new.is_some_and(|new| {
            new.span() == (span.start..span.start + written.len()) && new.fault().is_none()
        });
        let as_written = |(index, token): (usize, Token<'_>)| (index, token.written().to_owned());
        if !is_one_word || !news.map(as_written).eq(olds.map(as_written)) {
            return Err(refused());
        }
        self.replace(line - 1, text);
        Ok(())
    }

    /// Adds words at the end of a line, before its comment.
    ///
    /// # Errors
    /// There is no such line, it has no words, or the text is not whole words: it has an open quote, or a comment.
    pub fn append_words(&mut self, line: usize, words: &Text<'_>) -> Result<(), EditError> {
        let refused = || EditError::NoWords {
            written: words.as_str().to_owned(),
        };
        let found = self.line(line).ok_or(EditError::NoLine { line })?;
        let last = found.words().last().ok_or_else(refused)?;
        let end = last.span().end;
        let (before, after) = around(found.written(), end, end);
        let added = words.as_str().trim_matches([' ', '\t']);
        let text = [before, " ", added, after].concat();
        let news: Vec<Token<'_>> = Words::of(content(&text)).skip(found.words().count()).collect();
        let are_whole = news.iter().all(|new| new.fault().is_none())
            && news.first().is_some_and(|first| first.span().start == end + 1)
            && news
                .last()
                .is_some_and(|last| last.span().end == end + 1 + added.len());
        if !are_whole {
            return Err(refused());
        }
        self.replace(line - 1, text);
        Ok(())
    }

    /// Puts a text in the place of a line, indentation and comment included; the line's end stays.
    ///
    /// # Errors
    /// There is no such line.
    pub fn replace_line(&mut self, line: usize, text: &Text<'_>) -> Result<(), EditError> {
        let found = self.line(line).ok_or(EditError::NoLine { line })?;
        let written = [text.as_str(), found.end().as_str()].concat();
        if written.is_empty() {
            // The last line without a line end, and now without anything else, is no line.
            self.remove(line - 1);
        } else {
            self.replace(line - 1, written);
        }
        Ok(())
    }

    /// Inserts a line, which becomes the one with the number `line`; one more than there are adds it at the end.
    ///
    /// # Errors
    /// There are not so many lines.
    pub fn insert_line(&mut self, line: usize, text: &Text<'_>) -> Result<(), EditError> {
        let index = line
            .checked_sub(1)
            .filter(|index| *index <= self.line_count())
            .ok_or(EditError::NoLine { line })?;
        if index == self.line_count() {
            self.end_last_line();
        }
        let written = [text.as_str(), self.line_end().as_str()].concat();
        self.insert(index, written);
        Ok(())
    }

    /// Takes a line out.
    ///
    /// # Errors
    /// There is no such line.
    pub fn remove_line(&mut self, line: usize) -> Result<(), EditError> {
        self.line(line).ok_or(EditError::NoLine { line })?;
        self.remove(line - 1);
        Ok(())
    }

    /// Adds a section at the end, after a blank line, with these lines, which are indented as the document's are.
    ///
    /// # Errors
    /// HAProxy would refuse the name, or a line begins a section of its own.
    pub fn append_section(
        &mut self,
        kind: SectionKind,
        name: Option<&Word<'_>>,
        lines: &[Text<'_>],
    ) -> Result<(), EditError> {
        let is_named = match name {
            Some(name) => kind.takes_name() && is_name(name.as_str()),
            None => !kind.needs_name(),
        };
        if !is_named {
            let name = name.map(ToString::to_string).unwrap_or_default();
            return Err(EditError::Name { kind, name });
        }
        let begins_section = |line: &&Text<'_>| super::line::section_kind(line.as_str()).is_some();
        if let Some(line) = lines.iter().find(begins_section) {
            let line = line.as_str().to_owned();
            return Err(EditError::BeginsSection { line });
        }
        self.end_last_line();
        let end = self.line_end().as_str();
        let indentation = self.indentation().to_owned();
        let is_blank = |line: super::Line<'_>| line.text().trim().is_empty();
        if self.lines().next_back().is_some_and(|last| !is_blank(last)) {
            self.insert(self.line_count(), end.to_owned());
        }
        let gap = if name.is_some() { " " } else { "" };
        let name = name.map_or("", Word::as_str);
        self.insert(self.line_count(), [kind.as_str(), gap, name, end].concat());
        for line in lines {
            let line = line.as_str().trim_start_matches([' ', '\t']);
            let indentation = if line.is_empty() { "" } else { indentation.as_str() };
            self.insert(self.line_count(), [indentation, line, end].concat());
        }
        Ok(())
    }

    /// Gives a server a weight, 0 to 256, in the first `backend` or `listen` section of this name. A line without `weight` gets one.
    ///
    /// # Errors
    /// There is no such server, or the weight is too large.
    pub fn set_server_weight(&mut self, backend: &str, server: &str, weight: u16) -> Result<(), EditError> {
        if weight > crate::config::Server::MAX_WEIGHT {
            return Err(EditError::Weight { weight });
        }
        let is_backend = |kind| matches!(kind, SectionKind::Backend | SectionKind::Listen);
        let found = self
            .sections()
            .find(|section| is_backend(section.kind()) && section.is_named(backend))
            .and_then(|section| section.servers().find(|found| found.name().is(server)))
            .ok_or_else(|| EditError::NoServer {
                backend: backend.to_owned(),
                server: server.to_owned(),
            })?;
        let line = found.line().number();
        // HAProxy takes the last of several.
        let last = found
            .parameters()
            .filter(|parameter| parameter.name().is("weight"))
            .last();
        match last {
            Some(parameter) => {
                let word = parameter.word() + 1;
                self.write_word(line, word, &weight.to_string())
            }
            None => self.append_words(line, &Text::trusted(format!("weight {weight}"))),
        }
    }

    fn end_last_line(&mut self) {
        let end = self.line_end();
        let Some(last) = self
            .lines()
            .next_back()
            .filter(|last| last.end() == LineEnd::None)
        else {
            return;
        };
        let written = [last.written(), end.as_str()].concat();
        self.replace(self.line_count() - 1, written);
    }

    /// How the lines of sections are indented: as the first that is, or by two blanks.
    fn indentation(&self) -> &str {
        self.lines()
            .filter(|line| line.kind() == LineKind::Keyword)
            .map(|line| line.indentation())
            .find(|indentation| !indentation.is_empty())
            .unwrap_or("  ")
    }
}

/// What stands before and after a part of a text.
fn around(text: &str, start: usize, end: usize) -> (&str, &str) {
    (
        text.get(..start).unwrap_or_default(),
        text.get(end..).unwrap_or_default(),
    )
}

/// The text as one word that HAProxy reads as this text.
fn spelled(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && text.bytes().all(is_bare_byte) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(quoted(text))
    }
}
