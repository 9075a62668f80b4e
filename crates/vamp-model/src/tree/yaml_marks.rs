//! Where the parser of YAML says that values stand, made exact.
//!
//! It counts characters; includes tags and anchors before a value, and blanks and a comment behind a quoted one; and points at a
//! collection in various ways.

use saphyr_parser::{Marker, ScalarStyle, Span};

use super::Mark;
use super::offsets::Offsets;

pub(super) struct Marks<'t> {
    text: &'t str,
    /// Bytes before the text that the parser does not see.
    before: usize,
    offsets: Offsets<'t>,
}

impl<'t> Marks<'t> {
    /// Marks in a text whose beginning the parser does not see.
    pub(super) fn new(text: &'t str, before: usize) -> Self {
        let seen = text.get(before..).unwrap_or_default();
        Self {
            text,
            before,
            offsets: Offsets::new(seen),
        }
    }

    fn byte(&mut self, marker: &Marker) -> usize {
        self.before + self.offsets.byte(marker.index())
    }

    pub(super) fn source(&self, mark: Mark) -> &'t str {
        self.text.get(mark.range()).unwrap_or_default()
    }

    /// A single place, such as that of a mistake.
    pub(super) fn place(&mut self, marker: &Marker) -> Mark {
        Mark::at(self.byte(marker))
    }

    pub(super) fn span(&mut self, span: &Span) -> Mark {
        let start = self.byte(&span.start);
        Mark::new(start, self.byte(&span.end))
    }

    /// A scalar without tag and anchor, comment and blanks.
    pub(super) fn scalar(&mut self, span: &Span, style: ScalarStyle, decorated: bool) -> Mark {
        let whole = self.span(span);
        if style == ScalarStyle::Plain && !decorated {
            return whole;
        }
        let start = if decorated {
            behind_properties(self.text, whole)
        } else {
            whole.start()
        };
        let source = self.text.get(start..whole.end()).unwrap_or_default();
        let length = match style {
            ScalarStyle::Plain => source.len(),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => quoted_length(source),
            ScalarStyle::Literal | ScalarStyle::Folded => source.trim_end().len(),
        };
        Mark::new(start, start + length)
    }

    /// The tag of a value.
    pub(super) fn tag(&mut self, span: &Span) -> Mark {
        let start = self.byte(&span.start);
        let rest = self.text.get(start..).unwrap_or_default();
        let words = rest.split_whitespace();
        let tag = words.take(2).find(|word| word.starts_with('!'));
        tag.map_or(Mark::at(start), |tag| {
            let start = start + rest.find(tag).unwrap_or(0);
            Mark::new(start, start + tag.len())
        })
    }

    /// The bracket with which a mapping begins; one without brackets begins with its first key, of which only the place is known yet.
    pub(super) fn mapping(&mut self, span: &Span) -> Mark {
        let whole = self.span(span);
        self.bracket(whole, b'{').unwrap_or(Mark::at(whole.end()))
    }

    /// The bracket or dash with which a sequence begins.
    pub(super) fn sequence(&mut self, span: &Span) -> Mark {
        let whole = self.span(span);
        let end = whole.end();
        if let Some(bracket) = self.bracket(whole, b'[') {
            return bracket;
        }
        if self.text.as_bytes().get(end) == Some(&b'-') {
            return Mark::new(end, end + 1);
        }
        // The dash of a sequence that is not indented has been passed already.
        let before = self.text.get(..end).unwrap_or_default();
        let dash = before.trim_end_matches([' ', '\t']).strip_suffix('-');
        dash.map_or(Mark::at(end), |before| Mark::new(before.len(), before.len() + 1))
    }

    fn bracket(&self, mark: Mark, bracket: u8) -> Option<Mark> {
        let source = self.text.as_bytes().get(mark.range())?;
        (source.last() == Some(&bracket)).then(|| Mark::new(mark.end() - 1, mark.end()))
    }
}

/// The first byte of a value behind its tag and anchor.
fn behind_properties(text: &str, mark: Mark) -> usize {
    let source = text.get(mark.range()).unwrap_or_default();
    let mut rest = source;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix('#') {
            rest = comment.trim_start_matches(|c| c != '\n' && c != '\r');
        } else if rest.starts_with(['&', '!']) {
            rest = rest.trim_start_matches(|c: char| !c.is_whitespace());
        } else {
            return mark.end() - rest.len();
        }
    }
}

/// The bytes of a text in quotes, with the quotes.
fn quoted_length(source: &str) -> usize {
    let bytes = source.as_bytes();
    let Some(&quote) = bytes.first() else { return 0 };
    let mut position = 1;
    while let Some(&byte) = bytes.get(position) {
        position += 1;
        match byte {
            b'\\' if quote == b'"' => position += 1,
            byte if byte != quote => {}
            // In single quotes, a quote is written twice.
            _ if quote == b'\'' && bytes.get(position) == Some(&quote) => position += 1,
            _ => return position,
        }
    }
    bytes.len()
}
