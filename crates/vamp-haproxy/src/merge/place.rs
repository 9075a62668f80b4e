//! Where a line stands: whose text, and which line of it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::Document;
use crate::document::Line;

/// A configuration of the user.
#[derive(Debug, Clone)]
pub struct OwnFile {
    /// What the user calls it: a path, mostly. Conflicts name it.
    pub name: String,
    /// What it says.
    pub document: Document,
}

impl OwnFile {
    /// A file with its text.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            document: Document::parse(text),
        }
    }
}

/// Whose text a line is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// What comes before the gateways: [`base`](crate::base).
    Base,
    /// The gateways' part: [`generate`](crate::generate()).
    Gateways,
    /// The [file](OwnFile) of the user that has this name.
    Own(Arc<str>),
}

/// A line, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Whose it is.
    pub source: Source,
    /// The line there, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    /// `own.cfg:3`, `the base (line 3)`, `the gateways (line 3)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Base => write!(f, "the base (line {})", self.line),
            Source::Gateways => write!(f, "the gateways (line {})", self.line),
            Source::Own(name) => write!(f, "{name}:{}", self.line),
        }
    }
}

/// A [`Place`] in small, for the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) file: usize,
    pub(super) line: usize,
}

/// All texts, by their numbers: base, gateways, and the user's.
pub(super) struct Files<'a> {
    pub(super) base: Cow<'a, Document>,
    others: Vec<Cow<'a, Document>>,
    pub(super) sources: Vec<Source>,
}

pub(super) const BASE: usize = 0;
pub(super) const GATEWAYS: usize = 1;
pub(super) const FIRST_OWN: usize = 2;

impl<'a> Files<'a> {
    pub(super) fn new(base: &'a Document, gateways: &'a Document, own: &'a [OwnFile]) -> Self {
        let own_documents = own.iter().map(|file| &file.document);
        let own_sources = own.iter().map(|file| Source::Own(file.name.as_str().into()));
        Self {
            base: ended(base),
            others: std::iter::once(gateways)
                .chain(own_documents)
                .map(ended)
                .collect(),
            sources: [Source::Base, Source::Gateways]
                .into_iter()
                .chain(own_sources)
                .collect(),
        }
    }

    pub(super) fn place(&self, at: At) -> Place {
        Place {
            source: self.sources.get(at.file).cloned().unwrap_or(Source::Base),
            line: at.line,
        }
    }

    pub(super) fn place_of(&self, file: usize, line: Line<'_>) -> Place {
        let line = line.number();
        self.place(At { file, line })
    }

    /// The texts with their numbers.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &Document)> {
        std::iter::once(&self.base)
            .chain(&self.others)
            .map(AsRef::as_ref)
            .enumerate()
    }

    /// Those of the user.
    pub(super) fn own(&self) -> impl Iterator<Item = (usize, &Document)> {
        self.all().skip(FIRST_OWN)
    }
}

/// The document with the line feed that its last line lacks: something may follow it.
fn ended(document: &Document) -> Cow<'_, Document> {
    match document.lines().next_back() {
        Some(last) if !last.written().ends_with('\n') => {
            let text = format!("{document}{}", document.line_end().as_str());
            Cow::Owned(Document::parse(text))
        }
        _ => Cow::Borrowed(document),
    }
}
