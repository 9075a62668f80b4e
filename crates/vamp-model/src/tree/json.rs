//! JSON into a tree with positions.

use std::borrow::Cow;

use super::source::BYTE_ORDER_MARK;
use super::{Entry, Limits, Malformed, Mapping, Mark, Node, Plain, Scalar, Text, Value};

/// The one value of the text.
pub(super) fn parse<'t>(text: &'t str, limits: &Limits) -> Result<Node<'t>, Malformed> {
    let has_mark = text.starts_with(BYTE_ORDER_MARK);
    let mut reader = Reader {
        text,
        position: if has_mark { BYTE_ORDER_MARK.len_utf8() } else { 0 },
        depth: 0,
        depth_limit: limits.effective_depth(),
        elements: Vec::new(),
        entries: Vec::new(),
    };
    reader.skip_blanks();
    let node = reader.value()?;
    reader.skip_blanks();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.fail("one value is expected, and more follows")),
    }
}

struct Reader<'t> {
    text: &'t str,
    position: usize,
    depth: usize,
    depth_limit: usize,
    /// Elements of the arrays that are open, so that an array that ends is copied into exactly the room it needs.
    elements: Vec<Node<'t>>,
    /// Entries of the objects that are open.
    entries: Vec<(Text<'t>, Entry<'t>)>,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn fail(&self, message: impl Into<String>) -> Malformed {
        Malformed::syntax(Mark::at(self.position), message)
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.position += 1;
        }
    }

    fn value(&mut self) -> Result<Node<'t>, Malformed> {
        let start = self.position;
        let value = match self.peek() {
            Some(b'{') => return self.nested(Self::object),
            Some(b'[') => return self.nested(Self::array),
            Some(b'"') => Scalar::text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Plain::Bool(true))?,
            Some(b'f') => self.word("false", Plain::Bool(false))?,
            Some(b'n') => self.word("null", Plain::Null)?,
            Some(_) => return Err(self.fail("a JSON value is expected")),
            None => return Err(self.fail("a JSON value is expected, and the text ends")),
        };
        Ok(Node {
            value: Value::Scalar(value),
            mark: Mark::new(start, self.position),
        })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value<'t>, Malformed>) -> Result<Node<'t>, Malformed> {
        let bracket = Mark::new(self.position, self.position + 1);
        if self.depth >= self.depth_limit {
            let message = format!(
                "objects and arrays stand inside one another deeper than the limit `depth` of {}",
                self.depth_limit
            );
            return Err(Malformed::limit(bracket, message));
        }
        self.depth += 1;
        self.position += 1;
        self.skip_blanks();
        let value = read(self)?;
        self.depth -= 1;
        Ok(Node { value, mark: bracket })
    }

    fn object(&mut self) -> Result<Value<'t>, Malformed> {
        if self.peek() == Some(b'}') {
            self.position += 1;
            return Ok(Value::Mapping(Mapping::default()));
        }
        let before = self.entries.len();
        loop {
            let start = self.position;
            if self.peek() != Some(b'"') {
                return Err(self.fail("a key in double quotes is expected"));
            }
            let name = self.string()?;
            let key = Mark::new(start, self.position);
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return Err(self.fail("a colon is expected after a key"));
            }
            self.position += 1;
            self.skip_blanks();
            let node = self.value()?;
            self.entries.push((name, Entry { key, node }));
            if self.last_element(b'}')? {
                let own = self.entries.len() - before;
                let entries = self.entries.drain(before..).collect();
                return Ok(Value::Mapping(Mapping::new(entries, own)));
            }
        }
    }

    fn array(&mut self) -> Result<Value<'t>, Malformed> {
        if self.peek() == Some(b']') {
            self.position += 1;
            return Ok(Value::Sequence(Box::default()));
        }
        let before = self.elements.len();
        loop {
            let element = self.value()?;
            self.elements.push(element);
            if self.last_element(b']')? {
                return Ok(Value::Sequence(self.elements.drain(before..).collect()));
            }
        }
    }

    /// Steps over what stands after an element: the closing bracket (true) or a comma (false).
    fn last_element(&mut self, close: u8) -> Result<bool, Malformed> {
        self.skip_blanks();
        match self.peek() {
            Some(byte) if byte == close => {
                self.position += 1;
                Ok(true)
            }
            Some(b',') => {
                self.position += 1;
                self.skip_blanks();
                Ok(false)
            }
            _ => Err(self.fail(format!("',' or '{}' is expected", char::from(close)))),
        }
    }

    fn word(&mut self, word: &'static str, plain: Plain) -> Result<Scalar<'t>, Malformed> {
        if !self.text[self.position..].starts_with(word) {
            return Err(self.fail("a JSON value is expected"));
        }
        self.position += word.len();
        Ok(Scalar {
            source: word.into(),
            plain,
        })
    }

    fn number(&mut self) -> Result<Scalar<'t>, Malformed> {
        let start = self.position;
        if self.peek() == Some(b'-') {
            self.position += 1;
        }
        match self.peek() {
            Some(b'0') => self.position += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.fail("a digit is expected")),
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.position += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            whole = false;
            self.position += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.position += 1;
            }
            self.digits()?;
        }
        let source = &self.text[start..self.position];
        let plain = if whole {
            source.parse().map_or(Plain::Huge, Plain::Int)
        } else {
            source.parse().map_or(Plain::Text, Plain::Float)
        };
        Ok(Scalar {
            source: source.into(),
            plain,
        })
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.position;
        while let Some(b'0'..=b'9') = self.peek() {
            self.position += 1;
        }
        if self.position == start {
            return Err(self.fail("a digit is expected"));
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Text<'t>, Malformed> {
        self.position += 1;
        let mut text: Cow<'t, str> = Cow::Borrowed("");
        loop {
            let piece = self.unescaped();
            if text.is_empty() {
                text = Cow::Borrowed(piece);
            } else {
                text.to_mut().push_str(piece);
            }
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(text.into());
                }
                Some(b'\\') => text.to_mut().push(self.escape()?),
                Some(_) => return Err(self.fail("a control character inside a text is written as an escape")),
                None => return Err(self.fail("a text is not closed")),
            }
        }
    }

    /// The characters up to the next quote, escape or control character.
    fn unescaped(&mut self) -> &'t str {
        let start = self.position;
        while self
            .peek()
            .is_some_and(|byte| !matches!(byte, b'"' | b'\\') && byte >= 0x20)
        {
            self.position += 1;
        }
        &self.text[start..self.position]
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        self.position += 1;
        let byte = self.peek();
        let character = match byte {
            Some(b'"' | b'\\' | b'/') => byte.map_or('\\', char::from),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.position += 1;
                return self.unicode();
            }
            _ => return Err(self.fail("an unknown escape")),
        };
        self.position += 1;
        Ok(character)
    }

    fn unicode(&mut self) -> Result<char, Malformed> {
        let first = self.four_digits()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if !self.text[self.position..].starts_with("\\u") {
                return Err(self.fail("half a surrogate pair"));
            }
            self.position += 2;
            let second = self.four_digits()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.fail("half a surrogate pair"));
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.fail("half a surrogate pair"))
    }

    fn four_digits(&mut self) -> Result<u32, Malformed> {
        let digits = self
            .text
            .get(self.position..self.position + 4)
            .unwrap_or_default();
        let hexadecimal = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| hexadecimal);
        match code {
            Some(code) => {
                self.position += 4;
                Ok(code)
            }
            None => Err(self.fail("four hexadecimal digits are expected")),
        }
    }
}
