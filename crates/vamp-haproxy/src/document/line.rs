//! Lines: what kind they are, and what stands in them.

use std::iter::FusedIterator;

use super::token::Words;
use super::{Document, Section, SectionKind, Token};

/// A line of a document.
#[derive(Debug, Clone, Copy)]
pub struct Line<'d> {
    document: &'d Document,
    index: usize,
    written: &'d str,
}

/// What a line ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnd {
    /// A line feed.
    #[default]
    Lf,
    /// A carriage return and a line feed.
    CrLf,
    /// Nothing: it is the last line. HAProxy refuses such a file.
    None,
}

impl LineEnd {
    /// The characters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::None => "",
        }
    }

    /// That of a line.
    pub(super) fn of(written: &str) -> Self {
        match written.strip_suffix('\n') {
            Some(line) if line.ends_with('\r') => Self::CrLf,
            Some(_) => Self::Lf,
            None => Self::None,
        }
    }
}

/// What a line is to HAProxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineKind {
    /// Nothing: no words, or an empty first word.
    Blank,
    /// Nothing but a comment.
    Comment,
    /// `[name]`: the scope of what follows.
    Scope,
    /// The first line of a section.
    Section(SectionKind),
    /// A part of a conditional block.
    Condition(Branch),
    /// A message that HAProxy emits while it reads.
    Message(Level),
    /// Any other keyword with its arguments.
    Keyword,
}

/// The parts of a conditional block: section 2.4 of the configuration manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// `.if CONDITION`
    If,
    /// `.elif CONDITION`
    ElseIf,
    /// `.else`
    Else,
    /// `.endif`
    EndIf,
}

/// How loud a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `.diag`: in diagnostic mode only.
    Diag,
    /// `.notice`
    Notice,
    /// `.warning`
    Warning,
    /// `.alert`: HAProxy refuses the configuration.
    Alert,
}

/// The keyword of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyword<'d> {
    /// What stands before it.
    pub prefix: Option<Prefix>,
    /// The keyword: of `option httplog` it is `option`.
    pub token: Token<'d>,
}

/// What may stand before a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// `no`: turned off.
    No,
    /// `default`: as HAProxy has it by itself.
    Default,
}

impl Prefix {
    /// The prefix that a word is.
    pub(super) fn of(word: Token<'_>) -> Option<Self> {
        if word.is("no") {
            Some(Self::No)
        } else if word.is("default") {
            Some(Self::Default)
        } else {
            None
        }
    }
}

impl<'d> Line<'d> {
    pub(super) fn new(document: &'d Document, index: usize, written: &'d str) -> Self {
        Self {
            document,
            index,
            written,
        }
    }

    /// Its number, from 1, as HAProxy names it.
    #[must_use]
    pub fn number(&self) -> usize {
        self.index + 1
    }

    /// The line without its end.
    #[must_use]
    pub fn text(&self) -> &'d str {
        content(self.written)
    }

    /// The line with its end.
    #[must_use]
    pub fn written(&self) -> &'d str {
        self.written
    }

    /// What it ends with.
    #[must_use]
    pub fn end(&self) -> LineEnd {
        LineEnd::of(self.written)
    }

    /// The white space before its first word.
    #[must_use]
    pub fn indentation(&self) -> &'d str {
        let text = self.text();
        let length = super::token::spaces(text.as_bytes());
        text.get(..length).unwrap_or_default()
    }

    /// The words, the keyword with its prefix among them. What stands behind a NUL, or a carriage return within the line, is not read
    /// by HAProxy and no word.
    #[must_use]
    pub fn words(&self) -> Words<'d> {
        Words::of(self.text())
    }

    /// The comment, from its `#` to the end of the line.
    #[must_use]
    pub fn comment(&self) -> Option<&'d str> {
        let mut words = self.words();
        words.by_ref().for_each(drop);
        self.text()
            .get(words.position()..)
            .filter(|rest| rest.starts_with('#'))
    }

    /// What it is to HAProxy.
    #[must_use]
    pub fn kind(&self) -> LineKind {
        let text = self.text();
        let mut words = Words::of(text);
        let Some(first) = words.next() else {
            return match text.trim_start().as_bytes().first() {
                Some(b'#') => LineKind::Comment,
                Some(b'[') => LineKind::Scope,
                _ => LineKind::Blank,
            };
        };
        let word = first.text();
        match &*word {
            "" => LineKind::Blank,
            ".if" => LineKind::Condition(Branch::If),
            ".elif" => LineKind::Condition(Branch::ElseIf),
            ".else" => LineKind::Condition(Branch::Else),
            ".endif" => LineKind::Condition(Branch::EndIf),
            ".diag" => LineKind::Message(Level::Diag),
            ".notice" => LineKind::Message(Level::Notice),
            ".warning" => LineKind::Message(Level::Warning),
            ".alert" => LineKind::Message(Level::Alert),
            _ => section_kind(text).map_or(LineKind::Keyword, LineKind::Section),
        }
    }

    /// The keyword. None for lines that have none: blank ones, comments, scopes.
    #[must_use]
    pub fn keyword(&self) -> Option<Keyword<'d>> {
        self.split().map(|(keyword, _)| keyword)
    }

    /// The words after the keyword.
    #[must_use]
    pub fn arguments(&self) -> Words<'d> {
        self.split()
            .map_or_else(|| Words::of(""), |(_, arguments)| arguments)
    }

    /// Whether the keyword is this one, with or without a prefix.
    #[must_use]
    pub fn is(&self, keyword: &str) -> bool {
        self.keyword().is_some_and(|found| found.token.is(keyword))
    }

    /// The section that it stands in; of the first line of a section, that section. None before the first.
    #[must_use]
    pub fn section(&self) -> Option<Section<'d>> {
        self.document.section_of(self.index)
    }

    fn split(&self) -> Option<(Keyword<'d>, Words<'d>)> {
        let mut words = self.words();
        let first = words.next().filter(|first| !first.is(""))?;
        let Some(prefix) = Prefix::of(first) else {
            let keyword = Keyword {
                prefix: None,
                token: first,
            };
            return Some((keyword, words));
        };
        let keyword = Keyword {
            prefix: Some(prefix),
            token: words.next()?,
        };
        Some((keyword, words))
    }
}

/// A line without its end.
pub(super) fn content(written: &str) -> &str {
    match written.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => written,
    }
}

/// The kind of section that a line begins. The line may have its end.
pub(super) fn section_kind(line: &str) -> Option<SectionKind> {
    let bytes = line.as_bytes();
    let at = super::token::spaces(bytes);
    match bytes.get(at)? {
        // Most lines need no closer look: no section begins with these letters, nor does what may be escaped or have a prefix.
        b'a' | b'b' | b'c' | b'd' | b'f' | b'g' | b'h' | b'l' | b'm' | b'n' | b'p' | b'r' | b't' | b'u'
        | b'"' | b'\'' | b'\\' => {}
        _ => return None,
    }
    let bare = super::token::bare(bytes.get(at..)?);
    if !matches!(bytes.get(at + bare), Some(b'"' | b'\'' | b'\\')) {
        match line.get(at..at + bare)? {
            // The keyword follows.
            "no" | "default" => {}
            keyword => return SectionKind::of(keyword),
        }
    }
    let mut words = Words::of(content(line));
    let first = words.next()?;
    let keyword = match Prefix::of(first) {
        Some(_) => words.next()?,
        None => first,
    };
    if keyword.has_variables() {
        return None;
    }
    SectionKind::of(&keyword.text())
}

/// Lines of a document.
#[derive(Debug, Clone)]
pub struct Lines<'d> {
    document: &'d Document,
    next: usize,
    end: usize,
}

impl<'d> Lines<'d> {
    pub(super) fn between(document: &'d Document, start: usize, end: usize) -> Self {
        Self {
            document,
            next: start,
            end,
        }
    }
}

impl<'d> Iterator for Lines<'d> {
    type Item = Line<'d>;

    fn next(&mut self) -> Option<Line<'d>> {
        if self.next >= self.end {
            return None;
        }
        let line = self.document.line_at(self.next);
        self.next += 1;
        Some(line)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end.saturating_sub(self.next);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Lines<'_> {}

impl DoubleEndedIterator for Lines<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        self.end -= 1;
        Some(self.document.line_at(self.end))
    }
}

impl FusedIterator for Lines<'_> {}
