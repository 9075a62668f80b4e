use saphyr_parser::Input;
use saphyr_parser::input::SkipTabs;

/// A text as the parser of YAML wants it: character by character, nearly all of which are single bytes.
///
/// It does the same as the parser's own inputs, in fewer steps.
pub(super) struct Characters<'t> {
    text: &'t str,
    /// The next byte. It is the first one of a character.
    next: usize,
}

/// What the parser sees behind the end.
const END: char = '\0';

impl<'t> Characters<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, next: 0 }
    }

    #[inline]
    fn byte(&self, distance: usize) -> Option<u8> {
        self.text.as_bytes().get(self.next + distance).copied()
    }

    /// The next byte; of characters beyond ASCII, and at the end, one that is none of those that the parser knows.
    #[inline]
    fn known_byte(&self) -> u8 {
        self.byte(0).unwrap_or(0)
    }

    #[cold]
    fn wide(&self) -> char {
        self.rest().chars().next().unwrap_or(END)
    }

    #[cold]
    fn far(&self, distance: usize) -> char {
        self.rest().chars().nth(distance).unwrap_or(END)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.next..).unwrap_or_default()
    }

    #[inline]
    fn width(first: u8) -> usize {
        match first {
            0x00..=0x7f => 1,
            0x80..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xff => 4,
        }
    }

    fn at_marker(&self, sign: u8) -> bool {
        let ends = self.byte(3).is_none_or(is_blank_break_or_end);
        ends && (0..3).all(|distance| self.byte(distance) == Some(sign))
    }

    /// Steps over characters up to a line break, the end, or a byte order mark, which starts a document only.
    fn skip_line(&mut self) -> usize {
        let mut count = 0;
        while self.raw_read_non_breakz_ch().is_some() {
            count += 1;
        }
        count
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

const fn is_blank_break_or_end(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0)
}

const fn is_flow(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}

impl Input for Characters<'_> {
    /// All characters are there from the beginning.
    #[inline]
    fn lookahead(&mut self, _: usize) {}

    #[inline]
    fn buflen(&self) -> usize {
        self.bufmaxlen()
    }

    /// The parser makes a text with room for 32 bytes for each scalar, and then room for so many more: four bytes, the longest
    /// character, and these fit without a second allocation.
    #[inline]
    fn bufmaxlen(&self) -> usize {
        28
    }

    #[inline]
    fn raw_read_ch(&mut self) -> char {
        let character = self.peek();
        self.skip();
        character
    }

    #[inline]
    fn raw_read_non_breakz_ch(&mut self) -> Option<char> {
        let character = self.peek();
        let ends = matches!(character, '\n' | '\r' | '\u{feff}' | END);
        if ends {
            return None;
        }
        self.skip();
        Some(character)
    }

    #[inline]
    fn skip(&mut self) {
        if let Some(first) = self.byte(0) {
            self.next += Self::width(first);
        }
    }

    #[inline]
    fn skip_n(&mut self, count: usize) {
        for _ in 0..count {
            self.skip();
        }
    }

    #[inline]
    fn peek(&self) -> char {
        match self.byte(0) {
            Some(byte) if byte.is_ascii() => char::from(byte),
            Some(_) => self.wide(),
            None => END,
        }
    }

    #[inline]
    fn peek_nth(&self, distance: usize) -> char {
        if distance == 1
            && self.byte(0).is_some_and(|first| first.is_ascii())
            && let Some(second) = self.byte(1)
            && second.is_ascii()
        {
            return char::from(second);
        }
        self.far(distance)
    }

    #[inline]
    fn peek_opt(&self) -> Option<char> {
        self.byte(0).map(|_| self.peek())
    }

    #[inline]
    fn next_2_are(&self, first: char, second: char) -> bool {
        self.rest().starts_with([first]) && self.peek_nth(1) == second
    }

    #[inline]
    fn next_is_document_indicator(&self) -> bool {
        self.at_marker(b'-') || self.at_marker(b'.')
    }

    #[inline]
    fn next_is_document_start(&self) -> bool {
        self.at_marker(b'-')
    }

    #[inline]
    fn next_is_document_end(&self) -> bool {
        self.at_marker(b'.')
    }

    fn skip_ws_to_eol(&mut self, skip_tabs: SkipTabs) -> (usize, Result<SkipTabs, &'static str>) {
        let start = self.next;
        let (mut tabs, mut blanks) = (false, false);
        loop {
            match self.known_byte() {
                b' ' => blanks = true,
                b'\t' if skip_tabs == SkipTabs::Yes => tabs = true,
                _ => break,
            }
            self.next += 1;
        }
        let mut count = self.next - start;
        if self.known_byte() == b'#' {
            if !tabs && !blanks {
                return (
                    count,
                    Err("comments must be separated from other tokens by whitespace"),
                );
            }
            count += self.skip_line();
        }
        (count, Ok(SkipTabs::Result(tabs, blanks)))
    }

    #[inline]
    fn next_can_be_plain_scalar(&self, in_flow: bool) -> bool {
        match self.known_byte() {
            b':' => {
                let next = self.byte(1).unwrap_or(0);
                !(is_blank_break_or_end(next) || in_flow && is_flow(next))
            }
            byte if byte.is_ascii() => !(in_flow && is_flow(byte)),
            _ => self.wide() != '\u{feff}',
        }
    }

    #[inline]
    fn next_is_blank_or_break(&self) -> bool {
        matches!(self.known_byte(), b' ' | b'\t' | b'\n' | b'\r')
    }

    #[inline]
    fn next_is_blank_or_breakz(&self) -> bool {
        is_blank_break_or_end(self.known_byte())
    }

    #[inline]
    fn next_is_blank(&self) -> bool {
        is_blank(self.known_byte())
    }

    #[inline]
    fn next_is_break(&self) -> bool {
        matches!(self.known_byte(), b'\n' | b'\r')
    }

    #[inline]
    fn next_is_breakz(&self) -> bool {
        matches!(self.known_byte(), b'\n' | b'\r' | 0)
    }

    #[inline]
    fn next_is_z(&self) -> bool {
        self.known_byte() == 0
    }

    #[inline]
    fn next_is_flow(&self) -> bool {
        is_flow(self.known_byte())
    }

    #[inline]
    fn next_is_digit(&self) -> bool {
        self.known_byte().is_ascii_digit()
    }

    fn skip_while_non_breakz(&mut self) -> usize {
        self.skip_line()
    }

    fn skip_while_blank(&mut self) -> usize {
        let start = self.next;
        while is_blank(self.known_byte()) {
            self.next += 1;
        }
        self.next - start
    }
}

#[cfg(test)]
mod tests {
    use saphyr_parser::{Event, Parser, ScanError, Span};

    use super::*;

    const TEXTS: [&str; 9] = [
        "a: b\nc:\n- d: \"e\\n\\u00e9 \\\n  f\" # g\n- 'h''i\n\n  j'\n- [k: l, {m: n?o:p}, -, q]\n",
        "--- !!str &x a\n...\n%YAML 1.1\n---\n*x : y\n--- # z\n",
        "? [a, b]\n: |+2\n   c\n\n  d\n  e\n\n? f\n: >-\n  g\n    h\n\n  i\n",
        "a:\n                                        |\n                                        b\n                                       c\n",
        "a: |\n                                        b\n                                        c\n\n                                         d\n",
        "é: 😀\u{85}ж\r\nä: \"ü😀\" #ß\r- ñ\n\u{feff}a\u{feff}b: c\n",
        "k: v #w\n\tx: y\n  \tz: {\ta: b,\t\"c\":d,e: f}\n",
        "&anchor1 a: !<tag:x,2000:y> b\n%TAG ! tag:a,2000:\n!e!f g: !h%21 i\n",
        "a long plain text of more than thirty-two characters - which: is: no: key\n  and goes on\n\n  here\n",
    ];

    const CHANGES: [&str; 15] = [
        "", "\n", "\r", " ", "\t", ":", "#", "- ", "\"", "\0", "é", "\u{feff}", "---", "...", "]",
    ];

    fn events<T: Input>(parser: &mut Parser<'_, T>) -> Vec<Result<(String, Span), ScanError>> {
        let mut events = Vec::new();
        while let Some(event) = parser.next_event() {
            let last = matches!(event, Err(_) | Ok((Event::StreamEnd, _)));
            events.push(event.map(|(event, span)| (format!("{event:?}"), span)));
            if last {
                break;
            }
        }
        events
    }

    #[test]
    fn the_parser_sees_what_it_sees_of_texts_otherwise() {
        for text in TEXTS {
            for (offset, character) in text.char_indices() {
                for change in CHANGES {
                    let behind = &text[offset + character.len_utf8()..];
                    let changed = format!("{}{change}{behind}", &text[..offset]);
                    let expected = events(&mut Parser::new_from_iter(changed.chars()));
                    let found = events(&mut Parser::new(Characters::new(&changed)));
                    assert_eq!(found, expected, "{changed:?}");
                }
                let cut = &text[..offset];
                let expected = events(&mut Parser::new_from_iter(cut.chars()));
                assert_eq!(
                    events(&mut Parser::new(Characters::new(cut))),
                    expected,
                    "{cut:?}"
                );
            }
        }
    }
}
