//! Lines as they came, many in one piece of memory that all sinks share.

use std::sync::Arc;

/// What a line costs beside its bytes, at most: its place in a chunk, and the chunk, when it has no other line.
const OVERHEAD: usize = 160;

/// Lines that were received in one go.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// When, in milliseconds since 1970-01-01 00:00 UTC.
    pub(crate) received: i64,
    /// Number of the first line; those of a host ascend.
    pub(crate) first: u64,
    data: Box<[u8]>,
    /// Where each line ends in the data.
    ends: Box<[u32]>,
}

impl Chunk {
    /// Lines given by the bytes of all and the end of each.
    pub(crate) fn new(
        received: i64,
        first: u64,
        data: impl Into<Box<[u8]>>,
        ends: impl Into<Box<[u32]>>,
    ) -> Self {
        Self {
            received,
            first,
            data: data.into(),
            ends: ends.into(),
        }
    }

    pub(crate) fn lines(&self) -> usize {
        self.ends.len()
    }

    /// A line as it came, its end included.
    pub(crate) fn line(&self, index: usize) -> &[u8] {
        let end = |index: usize| self.ends.get(index).map_or(0, |end| *end as usize);
        let start = index.checked_sub(1).map_or(0, end);
        self.data.get(start..end(index)).unwrap_or_default()
    }

    /// What a line counts for in the bound of a buffer.
    pub(crate) fn weight(&self, index: usize) -> usize {
        self.line(index).len() + OVERHEAD
    }
}

/// Some lines of a chunk.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) chunk: Arc<Chunk>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Part {
    pub(crate) fn whole(chunk: Arc<Chunk>) -> Self {
        let end = chunk.lines();
        Self { chunk, start: 0, end }
    }

    pub(crate) fn lines(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn weight(&self) -> usize {
        (self.start..self.end).map(|index| self.chunk.weight(index)).sum()
    }
}

/// One line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// As it came.
    pub(crate) bytes: &'a [u8],
    /// When, in milliseconds since 1970-01-01 00:00 UTC.
    pub(crate) received: i64,
    /// Its number.
    pub(crate) sequence: u64,
}

/// What has become of a line that a sink was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Not known to be delivered: it is tried again.
    Open,
    /// The sink has it.
    Delivered,
    /// The sink will never take it.
    Rejected,
}

/// Lines that a sink is given, in order, and what has become of each.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) parts: Vec<Part>,
    pub(crate) fates: Vec<Fate>,
}

impl Batch {
    pub(crate) fn new(parts: Vec<Part>) -> Self {
        let lines = parts.iter().map(Part::lines).sum();
        Self {
            parts,
            fates: vec![Fate::Open; lines],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.fates.len()
    }

    pub(crate) fn count(&self, fate: Fate) -> u64 {
        self.fates.iter().filter(|seen| **seen == fate).count() as u64
    }

    /// Notes that the lines from one place to another are delivered; returns them.
    pub(crate) fn delivered(&mut self, from: usize, to: usize) -> Vec<Part> {
        let fates = self.fates.get_mut(from..to).unwrap_or_default();
        fates.fill(Fate::Delivered);
        let mut found = Vec::new();
        let mut before = 0;
        for part in &self.parts {
            let start = part.start + from.saturating_sub(before).min(part.lines());
            let end = part.start + to.saturating_sub(before).min(part.lines());
            if start < end {
                let chunk = part.chunk.clone();
                found.push(Part { chunk, start, end });
            }
            before += part.lines();
        }
        found
    }

    /// All lines in order.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.parts.iter().flat_map(|part| {
            (part.start..part.end).map(|index| Line {
                bytes: part.chunk.line(index),
                received: part.chunk.received,
                sequence: part.chunk.first + index as u64,
            })
        })
    }

    /// The lines that are still open, in order.
    pub(crate) fn into_open(self) -> Vec<Part> {
        let mut open: Vec<Part> = Vec::new();
        let mut fates = self.fates.into_iter();
        for part in self.parts {
            for index in part.start..part.end {
                if fates.next() != Some(Fate::Open) {
                    continue;
                }
                match open.last_mut() {
                    Some(last) if Arc::ptr_eq(&last.chunk, &part.chunk) && last.end == index => last.end += 1,
                    _ => open.push(Part {
                        chunk: part.chunk.clone(),
                        start: index,
                        end: index + 1,
                    }),
                }
            }
        }
        open
    }
}
