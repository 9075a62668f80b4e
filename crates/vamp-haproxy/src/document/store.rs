//! The document: the text as it was read, and what was edited since.

use std::fmt;
use std::ops::Range;

use memchr::{memchr, memmem};

use super::line::{content, section_kind};
use super::section::Start;
use super::{Line, LineEnd, Lines, Section, SectionKind};

/// A configuration of HAProxy, or a part of one: see [the module](super).
///
/// Lines count from 1, as in HAProxy's own messages. Of a text of more than [`Document::LIMIT`] bytes the rest is kept as one last line.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The text as it was read.
    text: Box<str>,
    lines: Vec<Place>,
    /// Lines that are not as they were read.
    written: Vec<String>,
    /// Places in `written` that no line uses any more.
    free: Vec<u32>,
    /// By their lines.
    starts: Vec<Start>,
    /// Whether the lines are not those of `text`.
    edited: bool,
}

/// Where a line is: an offset in the text that was read, up to whose next line feed it goes, or an index of what was written since.
///
/// Four bytes, because there is one for each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place(u32);

impl Place {
    const WRITTEN: u32 = 1 << 31;

    fn read(offset: usize) -> Option<Self> {
        u32::try_from(offset)
            .ok()
            .filter(|offset| offset & Self::WRITTEN == 0)
            .map(Self)
    }

    fn written(index: u32) -> Self {
        Self(index | Self::WRITTEN)
    }

    /// The index of what was written, else the offset of what was read.
    fn get(self) -> Result<usize, usize> {
        if self.0 & Self::WRITTEN == 0 {
            Err(self.0 as usize)
        } else {
            Ok((self.0 & !Self::WRITTEN) as usize)
        }
    }
}

impl Document {
    /// So many bytes of a text are read: 2 GiB.
    pub const LIMIT: usize = 1 << 31;

    /// Reads a configuration. Every text is one; [`problems`](Self::problems) tells what HAProxy will not like.
    #[must_use]
    pub fn parse(text: impl Into<String>) -> Self {
        Self::parse_up_to(text.into(), Self::LIMIT)
    }

    /// Reads the lines that begin before `limit`; the rest becomes one line.
    pub(super) fn parse_up_to(mut text: String, limit: usize) -> Self {
        let rest = match text.as_bytes().get(limit..).map(|rest| memchr(b'\n', rest)) {
            Some(Some(line_feed)) => text.split_off(limit + line_feed + 1),
            _ => String::new(),
        };
        let bytes = text.as_bytes();
        // Counting first is quicker than growing, and leaves no room unused.
        let count = memchr::memchr_iter(b'\n', bytes).count() + usize::from(!bytes.ends_with(b"\n"));
        let mut lines = Vec::with_capacity(count);
        let mut starts = Vec::new();
        let mut begin = 0;
        let ends = memchr::memchr_iter(b'\n', bytes).map(|line_feed| line_feed + 1);
        for end in ends.chain(std::iter::once(bytes.len())) {
            let Some(place) = Place::read(begin).filter(|_| begin < end) else {
                continue;
            };
            if let Some(kind) = text.get(begin..end).and_then(section_kind)
                && let Ok(line) = u32::try_from(lines.len())
            {
                starts.push(Start { line, kind });
            }
            lines.push(place);
            begin = end;
        }
        starts.shrink_to_fit();
        let mut document = Self {
            text: text.into_boxed_str(),
            lines,
            written: Vec::new(),
            free: Vec::new(),
            starts,
            edited: false,
        };
        if !rest.is_empty() {
            document.insert(document.line_count(), rest);
        }
        document
    }

    /// The lines in their order.
    #[must_use]
    pub fn lines(&self) -> Lines<'_> {
        Lines::between(self, 0, self.lines.len())
    }

    /// The line with this number, from 1.
    #[must_use]
    pub fn line(&self, number: usize) -> Option<Line<'_>> {
        let index = number.checked_sub(1)?;
        (index < self.lines.len()).then(|| self.line_at(index))
    }

    /// How many lines there are.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// The sections in their order, those within conditional blocks among them.
    pub fn sections(&self) -> impl DoubleEndedIterator<Item = Section<'_>> {
        (0..self.starts.len()).filter_map(move |index| Section::of(self, index))
    }

    /// The sections of one kind.
    pub fn sections_of(&self, kind: SectionKind) -> impl DoubleEndedIterator<Item = Section<'_>> {
        self.sections().filter(move |section| section.kind() == kind)
    }

    /// The first section of this kind and name.
    #[must_use]
    pub fn section(&self, kind: SectionKind, name: &str) -> Option<Section<'_>> {
        self.sections_of(kind).find(|section| section.is_named(name))
    }

    /// What a line that is added ends with: the same as the first.
    #[must_use]
    pub fn line_end(&self) -> LineEnd {
        match self.lines().next().map(|line| line.end()) {
            Some(LineEnd::CrLf) => LineEnd::CrLf,
            _ => LineEnd::Lf,
        }
    }

    /// The lines in which these characters stand.
    pub(crate) fn lines_with(&self, characters: &str) -> Vec<Line<'_>> {
        if self.edited {
            return self
                .lines()
                .filter(|line| line.written().contains(characters))
                .collect();
        }
        let places = memmem::find_iter(self.text.as_bytes(), characters.as_bytes());
        let is_before = |place: &Place, at: usize| place.get().is_err_and(|offset| offset <= at);
        let mut indices: Vec<usize> = places
            .filter_map(|at| {
                self.lines
                    .partition_point(|place| is_before(place, at))
                    .checked_sub(1)
            })
            .collect();
        indices.dedup();
        indices.into_iter().map(|index| self.line_at(index)).collect()
    }

    /// The text of the lines from one up to another, where nothing was edited.
    pub(super) fn between(&self, lines: Range<usize>) -> Option<&str> {
        if self.edited {
            return None;
        }
        let offset = |index: usize| match self.lines.get(index) {
            Some(place) => place.get().err(),
            None => Some(self.text.len()),
        };
        self.text.get(offset(lines.start)?..offset(lines.end)?)
    }

    /// Whether the rest of the text was too long to be read.
    pub(super) fn is_cut(&self) -> bool {
        self.lines()
            .next_back()
            .is_some_and(|line| content(line.written()).contains('\n'))
    }

    pub(super) fn starts(&self) -> &[Start] {
        &self.starts
    }

    pub(super) fn line_at(&self, index: usize) -> Line<'_> {
        Line::new(self, index, self.written_at(index))
    }

    pub(super) fn section_of(&self, index: usize) -> Option<Section<'_>> {
        let after = self.starts.partition_point(|start| start.line as usize <= index);
        Section::of(self, after.checked_sub(1)?)
    }

    /// A line with its end.
    fn written_at(&self, index: usize) -> &str {
        match self.lines.get(index).map(|place| place.get()) {
            Some(Ok(written)) => self.written.get(written).map_or("", String::as_str),
            Some(Err(offset)) => {
                let text = self.text.get(offset..).unwrap_or_default();
                let end = memchr(b'\n', text.as_bytes()).map_or(text.len(), |line_feed| line_feed + 1);
                text.get(..end).unwrap_or_default()
            }
            None => "",
        }
    }

    /// Puts a line, with its end, in the place of another.
    pub(super) fn replace(&mut self, index: usize, text: String) {
        let Some(place) = self.lines.get(index) else {
            return;
        };
        self.edited = true;
        match place.get() {
            Ok(written) => {
                if let Some(slot) = self.written.get_mut(written) {
                    *slot = text;
                }
            }
            Err(_) => {
                let place = self.store(text);
                if let Some(line) = self.lines.get_mut(index) {
                    *line = place;
                }
            }
        }
        self.update_start(index);
    }

    /// Puts a line, with its end, before another, or at the end.
    pub(super) fn insert(&mut self, index: usize, text: String) {
        let index = index.min(self.lines.len());
        self.edited = true;
        let place = self.store(text);
        self.lines.insert(index, place);
        for start in self.starts_from(index) {
            start.line += 1;
        }
        self.update_start(index);
    }

    /// Takes a line out.
    pub(super) fn remove(&mut self, index: usize) {
        if index >= self.lines.len() {
            return;
        }
        self.edited = true;
        let place = self.lines.remove(index);
        if let Ok(written) = place.get() {
            if let Some(slot) = self.written.get_mut(written) {
                *slot = String::new();
            }
            self.free.extend(u32::try_from(written).ok());
        }
        if let Ok(at) = self.start_at(index) {
            self.starts.remove(at);
        }
        for start in self.starts_from(index) {
            start.line -= 1;
        }
    }

    fn start_at(&self, line: usize) -> Result<usize, usize> {
        self.starts
            .binary_search_by(|start| (start.line as usize).cmp(&line))
    }

    /// Those of this line and of the lines after it.
    fn starts_from(&mut self, line: usize) -> &mut [Start] {
        let at = self.starts.partition_point(|start| (start.line as usize) < line);
        self.starts.get_mut(at..).unwrap_or_default()
    }

    fn store(&mut self, text: String) -> Place {
        if let Some(index) = self.free.pop()
            && let Some(slot) = self.written.get_mut(index as usize)
        {
            *slot = text;
            return Place::written(index);
        }
        // 2³¹ lines in memory of their own would take 64 GB.
        let index = u32::try_from(self.written.len()).unwrap_or(u32::MAX);
        self.written.push(text);
        Place::written(index)
    }

    /// After a line has changed.
    fn update_start(&mut self, index: usize) {
        let kind = section_kind(self.written_at(index));
        let found = self.start_at(index);
        match (found, kind, u32::try_from(index)) {
            (Ok(at), Some(kind), _) => {
                if let Some(start) = self.starts.get_mut(at) {
                    start.kind = kind;
                }
            }
            (Ok(at), None, _) => drop(self.starts.remove(at)),
            (Err(at), Some(kind), Ok(line)) => self.starts.insert(at, Start { line, kind }),
            (Err(_), _, _) => {}
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.edited {
            self.lines().try_for_each(|line| f.write_str(line.written()))
        } else {
            f.write_str(&self.text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::ProblemKind;

    #[test]
    fn what_is_too_long_is_kept_as_one_last_line() {
        let text = "global\n é\nbackend b\n mode tcp\nlisten c";
        for limit in 0..=text.len() {
            let document = Document::parse_up_to(text.to_owned(), limit);
            assert_eq!(document.to_string(), text, "{limit}");
            let is_told = document
                .problems()
                .iter()
                .any(|problem| problem.kind == ProblemKind::TooLong);
            // Up to the limit there are whole lines; the last one alone needs no reading.
            let lines_after = text.as_bytes().iter().skip(limit).filter(|byte| **byte == b'\n');
            assert_eq!(is_told, lines_after.count() > 1, "{limit}");
        }
    }
}
