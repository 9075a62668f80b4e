use std::ops::Range;

/// A stretch of a text, in bytes. Small, because every value and key has one; [`Source`](super::Source) tells line and column.
///
/// A scalar is marked from its first to its last character, quotes included; a collection by what it begins with: its first key,
/// a dash or a bracket. A value that is not written at all has a mark without length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    start: u32,
    length: u32,
}

impl Mark {
    pub(crate) const START: Self = Self { start: 0, length: 0 };

    /// Texts are shorter than 4 GiB: [`parse_documents`](super::parse_documents) sees to it.
    pub(super) fn new(start: usize, end: usize) -> Self {
        let saturated = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            start: saturated(start),
            length: saturated(end.saturating_sub(start)),
        }
    }

    pub(super) fn at(place: usize) -> Self {
        Self::new(place, place)
    }

    pub(crate) const fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) const fn end(self) -> usize {
        self.start as usize + self.length as usize
    }

    pub(crate) const fn range(self) -> Range<usize> {
        self.start()..self.end()
    }
}
