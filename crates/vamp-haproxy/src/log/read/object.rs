//! The record as any JSON object: other order, white space, escapes, keys that the formats do not know.

use std::borrow::Cow;

use super::cursor::{Cursor, Run};
use super::scalar::Number;
use super::{Broken, BrokenReason};
use crate::log::{Connections, HttpRecord, LogRecord, RequestLine, Termination};

/// A value of a key that the formats know.
#[derive(Debug)]
enum Value<'a> {
    Text(Cow<'a, str>),
    Number(Number),
}

/// The values that were found; of a key that stands twice the later one counts.
#[derive(Debug, Default)]
struct Values<'a>([Option<Value<'a>>; KEYS]);

/// How many keys both formats have together.
const KEYS: usize = 27;

/// The place of a key among those of both formats.
fn place(key: &str) -> Option<usize> {
    Some(match key.as_bytes() {
        b"ci" => 0,
        b"cp" => 1,
        b"t" => 2,
        b"ft" => 3,
        b"b" => 4,
        b"s" => 5,
        b"Tq" => 6,
        b"Tw" => 7,
        b"Tc" => 8,
        b"Tr" => 9,
        b"Tt" => 10,
        b"ST" => 11,
        b"B" => 12,
        b"CC" => 13,
        b"CS" => 14,
        b"tsc" => 15,
        b"ts" => 16,
        b"ac" => 17,
        b"fc" => 18,
        b"bc" => 19,
        b"sc" => 20,
        b"rc" => 21,
        b"sq" => 22,
        b"bq" => 23,
        b"hr" => 24,
        b"hs" => 25,
        b"r" => 26,
        _ => return None,
    })
}

pub(super) fn record(text: &str) -> Result<LogRecord<'_>, Broken> {
    let mut line = Cursor::new(text);
    let mut values = Values::default();
    expect(&mut line, "{", "an opening brace")?;
    line.skip_white_space();
    let mut more = line.peek() != Some(b'}');
    while more {
        line.skip_white_space();
        expect(&mut line, "\"", "a key")?;
        let key = string(&mut line)?;
        line.skip_white_space();
        expect(&mut line, ":", "a colon")?;
        line.skip_white_space();
        match place(&key) {
            Some(place) => {
                let value = value(&mut line)?;
                if let Some(slot) = values.0.get_mut(place) {
                    *slot = Some(value);
                }
            }
            None => skip_value(&mut line)?,
        }
        line.skip_white_space();
        more = line.literal(",").is_some();
    }
    expect(&mut line, "}", "a comma or the closing brace")?;
    line.skip_white_space();
    if !line.at_end() {
        return Err(broken(&line, BrokenReason::Expected("the end of the line")));
    }
    values.record().map_err(|reason| broken(&line, reason))
}

fn broken(line: &Cursor<'_>, reason: BrokenReason) -> Broken {
    Broken {
        offset: line.at(),
        reason: if line.at_end() && matches!(reason, BrokenReason::Expected(_)) {
            BrokenReason::Cut
        } else {
            reason
        },
    }
}

fn expect(line: &mut Cursor<'_>, literal: &str, what: &'static str) -> Result<(), Broken> {
    line.literal(literal)
        .ok_or_else(|| broken(line, BrokenReason::Expected(what)))
}

/// A value that may also be a number in quotes: JSON knows no `+`, and careful formats quote it.
fn value<'a>(line: &mut Cursor<'a>) -> Result<Value<'a>, Broken> {
    if line.literal("\"").is_some() {
        return string(line).map(Value::Text);
    }
    match line.number() {
        Some(number) => Ok(Value::Number(number)),
        None => Err(broken(line, BrokenReason::Expected("a number or a string"))),
    }
}

/// What stands between an opening quote, which was stepped over, and its closing one.
fn string<'a>(line: &mut Cursor<'a>) -> Result<Cow<'a, str>, Broken> {
    let (first, mut end) = line.run();
    let mut text = Cow::Borrowed(first);
    loop {
        match end {
            Run::Quote => {
                line.skip();
                return Ok(text);
            }
            Run::Backslash => escape(line, text.to_mut()),
            Run::Control | Run::End => return Err(broken(line, BrokenReason::Expected("a closing quote"))),
        }
        let (more, next) = line.run();
        if !more.is_empty() {
            text.to_mut().push_str(more);
        }
        end = next;
    }
}

/// Takes a backslash and, where it stands for something, what follows.
fn escape(line: &mut Cursor<'_>, text: &mut String) {
    line.skip();
    let rest = line.rest();
    let (meant, length) = match rest.as_bytes() {
        // The quote that closes the record: HAProxy cuts long request lines, and it may do so behind a backslash.
        [b'"', b'}'] => ('\\', 0),
        [b'"', ..] => ('"', 1),
        [b'\\', ..] => ('\\', 1),
        [b'/', ..] => ('/', 1),
        [b'u', ..] => code_point(rest).unwrap_or(('\\', 0)),
        _ => ('\\', 0),
    };
    text.push(meant);
    (0..length).for_each(|_| line.skip());
}

/// The character of `uXXXX`, or of a surrogate pair, and its length. Control characters are not written so: HAProxy writes them as `#XX`.
fn code_point(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 4)?;
        let valid = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        valid.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    };
    let first = unit(1)?;
    let (code, length) = match first {
        0xd800..0xdc00 => {
            let second = text
                .get(5..7)
                .filter(|mark| *mark == "\\u")
                .and_then(|_| unit(7))?;
            let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            (0x10000 + ((first - 0xd800) << 10) + low, 11)
        }
        _ => (first, 5),
    };
    let character = char::from_u32(code).filter(|character| !character.is_control())?;
    Some((character, length))
}

/// Steps over any value, however deep, without a memory of more than its depth.
fn skip_value(line: &mut Cursor<'_>) -> Result<(), Broken> {
    let mut depth = 0_usize;
    loop {
        match line.peek() {
            Some(b'"') => {
                line.skip();
                string(line)?;
            }
            Some(b'{' | b'[') => {
                depth += 1;
                line.skip();
            }
            Some(b'}' | b']') if depth > 0 => {
                depth -= 1;
                line.skip();
            }
            Some(b',' | b':' | b' ' | b'\t' | b'\r' | b'\n') if depth > 0 => line.skip(),
            Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.') => {
                while matches!(
                    line.peek(),
                    Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.')
                ) {
                    line.skip();
                }
            }
            _ => return Err(broken(line, BrokenReason::Expected("a value"))),
        }
        if depth == 0 {
            return Ok(());
        }
    }
}

impl<'a> Values<'a> {
    fn take(&mut self, key: &'static str) -> Result<Value<'a>, BrokenReason> {
        let slot = place(key).and_then(|place| self.0.get_mut(place));
        slot.and_then(Option::take).ok_or(BrokenReason::Missing(key))
    }

    fn text(&mut self, key: &'static str) -> Result<Cow<'a, str>, BrokenReason> {
        match self.take(key)? {
            Value::Text(text) => Ok(text),
            Value::Number(_) => Err(BrokenReason::Value(key)),
        }
    }

    fn number(&mut self, key: &'static str) -> Result<Number, BrokenReason> {
        match self.take(key)? {
            Value::Number(number) => Ok(number),
            Value::Text(text) => {
                let mut digits = Cursor::new(&text);
                let number = digits.number().filter(|_| digits.at_end());
                number.ok_or(BrokenReason::Value(key))
            }
        }
    }

    fn reached<T: TryFrom<i64>>(&mut self, key: &'static str) -> Result<Option<T>, BrokenReason> {
        self.number(key)?.reached().map_err(|_| BrokenReason::Value(key))
    }

    fn count<T: TryFrom<i64>>(&mut self, key: &'static str) -> Result<T, BrokenReason> {
        self.number(key)?.count().map_err(|_| BrokenReason::Value(key))
    }

    fn has(&self, key: &str) -> bool {
        let value = place(key).and_then(|place| self.0.get(place));
        value.is_some_and(Option::is_some)
    }

    fn record(mut self) -> Result<LogRecord<'a>, BrokenReason> {
        let is_http = !self.has("ts");
        let ends = if is_http { "tsc" } else { "ts" };
        let termination = Termination::read(&self.text(ends)?).ok_or(BrokenReason::Value(ends))?;
        let [retries, total, bytes] = [self.number("rc")?, self.number("Tt")?, self.number("B")?];
        Ok(LogRecord {
            client: self.text("ci")?,
            client_port: self.reached("cp")?,
            accept_date: self.text("t")?,
            frontend: self.text("ft")?,
            backend: self.text("b")?,
            server: self.text("s")?,
            queue_time: self.reached("Tw")?,
            connect_time: self.reached("Tc")?,
            total_time: total.reached().map_err(|_| BrokenReason::Value("Tt"))?,
            bytes_sent: bytes.count().map_err(|_| BrokenReason::Value("B"))?,
            termination,
            connections: Connections {
                process: self.count("ac")?,
                frontend: self.count("fc")?,
                backend: self.count("bc")?,
                server: self.count("sc")?,
            },
            retries: retries.count().map_err(|_| BrokenReason::Value("rc"))?,
            redispatched: retries.plus,
            unfinished: total.plus || bytes.plus,
            server_queue: self.count("sq")?,
            backend_queue: self.count("bq")?,
            http: if is_http { Some(self.http()?) } else { None },
        })
    }

    fn http(&mut self) -> Result<HttpRecord<'a>, BrokenReason> {
        Ok(HttpRecord {
            request_time: self.reached("Tq")?,
            response_time: self.reached("Tr")?,
            status: self.reached("ST")?,
            request_cookie: self.text("CC")?,
            response_cookie: self.text("CS")?,
            request_headers: self.text("hr")?,
            response_headers: self.text("hs")?,
            request: RequestLine::new(self.text("r")?),
        })
    }
}
