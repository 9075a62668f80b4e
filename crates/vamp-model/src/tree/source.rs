use std::cell::{Cell, OnceCell};

/// A text whose offsets are turned into lines and columns where somebody asks for them.
#[derive(Debug)]
pub(crate) struct Source<'t> {
    text: &'t str,
    /// Where each line starts; made when the first place is asked for.
    lines: OnceCell<Vec<u32>>,
    /// The last place asked for, so that a long line is counted once and not for each of its places.
    last: Cell<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    offset: usize,
    line: usize,
    column: usize,
}

/// Marks the encoding at the start of a text, and belongs to no line.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

impl<'t> Source<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self {
            text,
            lines: OnceCell::new(),
            last: Cell::new(Place {
                offset: 0,
                line: usize::MAX,
                column: 1,
            }),
        }
    }

    pub(crate) const fn text(&self) -> &'t str {
        self.text
    }

    /// The line of a byte, and its column in characters, both from 1. A place behind the text is its end.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let offset = self.text.floor_char_boundary(offset);
        let lines = self.lines.get_or_init(|| line_starts(self.text));
        let line = lines
            .partition_point(|start| *start as usize <= offset)
            .saturating_sub(1);
        let start = lines.get(line).map_or(0, |start| *start as usize);
        let last = self.last.get();
        let (from, column) = if last.line == line && last.offset <= offset {
            (last.offset, last.column)
        } else {
            (start, 1)
        };
        let walked = self.text.get(from..offset).unwrap_or_default();
        let column = column + walked.chars().count();
        self.last.set(Place {
            // The mark of the encoding stands before the first line.
            offset: offset.max(from),
            line,
            column,
        });
        (line + 1, column)
    }
}

/// A line ends with a line feed, a carriage return, or both.
fn line_starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let first = if text.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len_utf8()
    } else {
        0
    };
    let behind_breaks = bytes.iter().enumerate().filter_map(|(offset, byte)| match byte {
        b'\n' => Some(offset + 1),
        b'\r' if bytes.get(offset + 1) != Some(&b'\n') => Some(offset + 1),
        _ => None,
    });
    std::iter::once(first)
        .chain(behind_breaks)
        .filter_map(|start| u32::try_from(start).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_columns_in_characters_in_any_order() {
        let text = "\u{feff}aé😀b\r\nc\rd\n\né";
        let places: Vec<(usize, char)> = text.char_indices().collect();
        let expected = [
            (1, 1), // The mark itself is shown where the text begins.
            (1, 1),
            (1, 2),
            (1, 3),
            (1, 4),
            (1, 5),
            (1, 6),
            (2, 1),
            (2, 2),
            (3, 1),
            (3, 2),
            (4, 1),
            (5, 1),
        ];
        let source = Source::new(text);
        for ((offset, _), place) in places.iter().zip(expected) {
            assert_eq!(source.position(*offset), place, "{offset}");
        }
        for ((offset, _), place) in places.iter().zip(expected).rev() {
            assert_eq!(source.position(*offset), place, "{offset}");
        }
        assert_eq!(source.position(usize::MAX), (5, 2));
        assert_eq!(Source::new("").position(0), (1, 1));
    }
}
