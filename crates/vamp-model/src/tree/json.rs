//! JSON into a tree with positions.

use super::{Entry, Limits, Malformed, Mapping, Mark, Node, Plain, Scalar, Value};

/// The one value of the text.
pub(super) fn parse(text: &str, limits: &Limits) -> Result<Node, Malformed> {
    let mut reader = Reader {
        text,
        position: 0,
        line: 1,
        line_start: 0,
        counted_to: 0,
        column: 1,
        depth: 0,
        depth_limit: limits.depth,
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
    line: usize,
    line_start: usize,
    /// Up to which byte of the line `column` counts, so that long lines are walked once only.
    counted_to: usize,
    column: usize,
    depth: usize,
    depth_limit: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn mark(&mut self) -> Mark {
        if self.counted_to < self.line_start {
            self.counted_to = self.line_start;
            self.column = 1;
        }
        let walked = self.text.get(self.counted_to..self.position).unwrap_or_default();
        self.column += walked.chars().count();
        self.counted_to = self.position;
        Mark::new(self.line, self.column)
    }

    fn fail(&mut self, message: impl Into<String>) -> Malformed {
        Malformed::syntax(self.mark(), message)
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' | b'\r' => {
                    self.position += 1;
                    // A line ends with one of the two, or with both: then the second one ends it.
                    if byte == b'\n' || self.peek() != Some(b'\n') {
                        self.line += 1;
                        self.line_start = self.position;
                    }
                }
                b' ' | b'\t' => self.position += 1,
                _ => return,
            }
        }
    }

    fn value(&mut self) -> Result<Node, Malformed> {
        let mark = self.mark();
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Value::Scalar(Scalar::text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => Value::Scalar(self.number()?),
            Some(b't') => self.word("true", Plain::Bool(true))?,
            Some(b'f') => self.word("false", Plain::Bool(false))?,
            Some(b'n') => self.word("null", Plain::Null)?,
            Some(_) => return Err(self.fail("a JSON value is expected")),
            None => return Err(self.fail("a JSON value is expected, and the text ends")),
        };
        Ok(Node { value, mark })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Malformed>) -> Result<Value, Malformed> {
        if self.depth >= self.depth_limit {
            let message = format!(
                "more than {} objects and arrays inside one another",
                self.depth_limit
            );
            return Err(Malformed::limit(self.mark(), message));
        }
        self.depth += 1;
        self.position += 1;
        self.skip_blanks();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value, Malformed> {
        let mut entries = Mapping::default();
        if self.peek() == Some(b'}') {
            self.position += 1;
            return Ok(Value::Mapping(entries));
        }
        loop {
            let key = self.mark();
            if self.peek() != Some(b'"') {
                return Err(self.fail("a key in double quotes is expected"));
            }
            let name = self.string()?;
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return Err(self.fail("a colon is expected after a key"));
            }
            self.position += 1;
            self.skip_blanks();
            let node = self.value()?;
            entries.insert(name, Entry { key, node });
            if self.last_element(b'}')? {
                return Ok(Value::Mapping(entries));
            }
        }
    }

    fn array(&mut self) -> Result<Value, Malformed> {
        let mut nodes = Vec::new();
        if self.peek() == Some(b']') {
            self.position += 1;
            return Ok(Value::Sequence(nodes));
        }
        loop {
            nodes.push(self.value()?);
            if self.last_element(b']')? {
                return Ok(Value::Sequence(nodes));
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

    fn word(&mut self, word: &str, plain: Plain) -> Result<Value, Malformed> {
        if !self.text[self.position..].starts_with(word) {
            return Err(self.fail("a JSON value is expected"));
        }
        self.position += word.len();
        Ok(Value::Scalar(Scalar {
            source: word.to_owned(),
            plain,
        }))
    }

    fn number(&mut self) -> Result<Scalar, Malformed> {
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
        let source = self.text[start..self.position].to_owned();
        let plain = if whole {
            source.parse().map_or(Plain::Huge, Plain::Int)
        } else {
            source.parse().map_or(Plain::Text, Plain::Float)
        };
        Ok(Scalar { source, plain })
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

    fn string(&mut self) -> Result<String, Malformed> {
        self.position += 1;
        let mut text = String::new();
        loop {
            let start = self.position;
            while self
                .peek()
                .is_some_and(|byte| !matches!(byte, b'"' | b'\\') && byte >= 0x20)
            {
                self.position += 1;
            }
            text.push_str(&self.text[start..self.position]);
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.fail("a control character inside a text is written as an escape")),
                None => return Err(self.fail("a text is not closed")),
            }
        }
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
