//! A place in a text, and the steps from there; a step that fails leaves the place where it was.

use super::scalar::Number;

#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// A string up to where it needs a closer look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// Up to the closing quote.
    Quote,
    /// Up to a backslash.
    Backslash,
    /// Up to a control character, which must not stand in a string.
    Control,
    /// Up to the end of the text.
    End,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Steps over these bytes.
    #[inline(always)]
    pub(super) fn literal(&mut self, literal: &str) -> Option<()> {
        let end = self.at + literal.len();
        let here = self.text.as_bytes().get(self.at..end)?;
        if here != literal.as_bytes() {
            return None;
        }
        self.at = end;
        Some(())
    }

    /// Steps over one character of one byte.
    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    pub(super) fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Steps up to the next quote, backslash or control character, and gives what lies between.
    #[inline]
    pub(super) fn run(&mut self) -> (&'a str, Run) {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut at = start;
        // Eight at a time, then the last few.
        while let Some(chunk) = bytes
            .get(at..at + 8)
            .and_then(|chunk| <[u8; 8]>::try_from(chunk).ok())
        {
            let marks = special(u64::from_le_bytes(chunk));
            if marks != 0 {
                at += (marks.trailing_zeros() / 8) as usize;
                break;
            }
            at += 8;
        }
        let is_special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
        let end = loop {
            match bytes.get(at) {
                None => break Run::End,
                Some(byte) if !is_special(byte) => at += 1,
                Some(b'"') => break Run::Quote,
                Some(b'\\') => break Run::Backslash,
                Some(_) => break Run::Control,
            }
        };
        self.at = at;
        (self.text.get(start..at).unwrap_or(""), end)
    }

    /// Steps over a number: a sign and at most 18 digits. A lone `-` is HAProxy's "none".
    #[inline(always)]
    pub(super) fn number(&mut self) -> Option<Number> {
        let bytes = self.text.as_bytes();
        let sign = bytes.get(self.at).copied();
        let (negative, plus) = (sign == Some(b'-'), sign == Some(b'+'));
        let start = self.at + usize::from(negative || plus);
        let mut at = start;
        let mut value: i64 = 0;
        while let Some(digit) = bytes
            .get(at)
            .map(|byte| byte.wrapping_sub(b'0'))
            .filter(|digit| *digit < 10)
        {
            if at - start == 18 {
                return None;
            }
            value = value * 10 + i64::from(digit);
            at += 1;
        }
        if at == start && !negative {
            return None;
        }
        self.at = at;
        let value = match (negative, at == start) {
            (true, true) => -1,
            (true, false) => -value,
            (false, _) => value,
        };
        Some(Number { value, plus })
    }
}

/// The high bit of each byte that is a quote, a backslash or a control character. Above the lowest such byte the bits mean nothing.
#[inline(always)]
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let zero_bytes = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let quotes = zero_bytes(word ^ (ONES * b'"' as u64));
    let backslashes = zero_bytes(word ^ (ONES * b'\\' as u64));
    let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    quotes | backslashes | controls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_at_the_first_byte_that_needs_a_look() {
        for filler in ["a", "é", "\u{7f}", "~", " ", "!", "#", "[", "]"] {
            for length in 0..20 {
                for (end, expected) in [
                    ("\"", Run::Quote),
                    ("\\", Run::Backslash),
                    ("\n", Run::Control),
                    ("\0", Run::Control),
                    ("", Run::End),
                ] {
                    let before = filler.repeat(length);
                    for after in ["", "\"", "\\\"\n      ", "aaaaaaaaaaaaaaaa"] {
                        let after = if end.is_empty() { "" } else { after };
                        let text = format!("{before}{end}{after}");
                        let mut cursor = Cursor::new(&text);
                        assert_eq!(cursor.run(), (before.as_str(), expected), "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_have_a_sign_and_end_before_they_overflow() {
        for (text, expected) in [
            ("0,", Some((0, false))),
            ("007,", Some((7, false))),
            ("+1,", Some((1, true))),
            ("-1,", Some((-1, false))),
            ("-,", Some((-1, false))),
            ("999999999999999999,", Some((999_999_999_999_999_999, false))),
            ("9999999999999999999,", None),
            ("+,", None),
            ("x", None),
            ("", None),
        ] {
            let number = Cursor::new(text).number();
            assert_eq!(
                number.map(|number| (number.value, number.plus)),
                expected,
                "{text}"
            );
        }
    }
}
