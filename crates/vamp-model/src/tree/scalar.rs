//! What a plain scalar means by the rules of YAML 1.1, as SnakeYAML 1.x applies them.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::Text;

/// A scalar: its text as written and what it means.
#[derive(Debug)]
pub(crate) struct Scalar<'t> {
    /// The text as written, without quotes and escapes.
    pub(crate) source: Text<'t>,
    pub(crate) plain: Plain,
}

/// What a scalar means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    /// A whole number beyond 64 bits.
    Huge,
    Float(f64),
    /// A date or time, in seconds since 1970 began in UTC.
    Timestamp(i64),
    Text,
}

impl<'t> Scalar<'t> {
    pub(crate) fn text(source: impl Into<Text<'t>>) -> Self {
        Self {
            source: source.into(),
            plain: Plain::Text,
        }
    }

    /// A scalar without quotes.
    pub(crate) fn plain(source: impl Into<Text<'t>>) -> Self {
        let source = source.into();
        let plain = meaning(&source);
        Self { source, plain }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.plain == Plain::Null
    }

    /// The text of a mapping's key: numbers and truth values in their canonical form.
    pub(crate) fn into_key(self) -> Text<'t> {
        let canonical = match self.plain {
            Plain::Bool(value) => value.to_string(),
            Plain::Int(_) if is_canonical_integer(&self.source) => return self.source,
            Plain::Int(value) => value.to_string(),
            Plain::Float(value) => float_text(value),
            Plain::Null | Plain::Huge | Plain::Timestamp(_) | Plain::Text => return self.source,
        };
        if self.source == *canonical {
            self.source
        } else {
            canonical.into()
        }
    }

    /// A date or time in UTC and whole seconds, such as `2017-02-03T04:05:06Z`.
    pub(crate) fn timestamp(&self) -> Option<String> {
        match self.plain {
            Plain::Timestamp(seconds) => timestamp_text(seconds),
            _ => None,
        }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self.plain {
            Plain::Null => serde_json::Value::Null,
            Plain::Bool(value) => value.into(),
            Plain::Int(value) => value.into(),
            Plain::Float(value) => serde_json::Number::from_f64(value)
                .map_or_else(|| float_text(value).into(), serde_json::Value::Number),
            Plain::Timestamp(_) => self
                .timestamp()
                .map_or_else(|| self.source.as_str().into(), Into::into),
            Plain::Huge => match self.source.parse::<u64>() {
                Ok(number) => number.into(),
                Err(_) => self.source.as_str().into(),
            },
            Plain::Text => self.source.as_str().into(),
        }
    }

    /// What the scalar is, in words for messages.
    pub(crate) const fn describe(&self) -> &'static str {
        match self.plain {
            Plain::Null => "nothing",
            Plain::Bool(_) => "a truth value",
            Plain::Int(_) => "a whole number",
            Plain::Huge => "a whole number beyond 64 bits",
            Plain::Float(_) => "a number",
            Plain::Timestamp(_) => "a date",
            Plain::Text => "text",
        }
    }
}

impl Clone for Scalar<'_> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.copy(),
            plain: self.plain,
        }
    }
}

/// Whether a whole number is written as numbers are printed.
fn is_canonical_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    text == "0"
        || digits.starts_with(|c: char| ('1'..='9').contains(&c))
            && digits.bytes().all(|b| b.is_ascii_digit())
}

/// A time in UTC and whole seconds.
fn timestamp_text(seconds: i64) -> Option<String> {
    let instant = jiff::Timestamp::from_second(seconds).ok()?;
    Some(instant.to_string())
}

/// A float in the form that texts have always shown: at least one decimal, an exponent only for large and small ones.
fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-3..1e7).contains(&magnitude) {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let point = if mantissa.contains('.') { "" } else { ".0" };
        return format!("{mantissa}{point}E{exponent}");
    }
    format!("{value:?}")
}

fn meaning(text: &str) -> Plain {
    let Some(&first) = text.as_bytes().first() else {
        return Plain::Null;
    };
    // Most scalars are words: everything special starts with one of these.
    match first {
        b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O' => word(text),
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text),
        _ => Plain::Text,
    }
}

fn word(text: &str) -> Plain {
    match text {
        "~" | "null" | "Null" | "NULL" => Plain::Null,
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Plain::Bool(true),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Plain::Bool(false),
        _ => Plain::Text,
    }
}

fn number(text: &str) -> Plain {
    // Sizes, versions and ports with a type begin like numbers, too, and are seen at a glance to be none.
    if !text.bytes().all(may_be_in_number) {
        return Plain::Text;
    }
    integer(text)
        .or_else(|| float(text))
        .or_else(|| timestamp(text).map(Plain::Timestamp))
        .unwrap_or(Plain::Text)
}

/// Whether a number, date or time can contain the byte: digits of any radix, signs, separators, the letters of `.inf`, `.nan` and
/// exponents, and the `T`, `Z` and blanks of times.
const fn may_be_in_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b'x' | b'_' | b'.' | b':' | b'+' | b'-')
        || matches!(
            byte,
            b'i' | b'I' | b'n' | b'N' | b't' | b'T' | b'Z' | b' ' | b'\t'
        )
}

/// Digits without the underscores that may stand between them.
fn without_underscores(digits: &str) -> Cow<'_, str> {
    if digits.contains('_') {
        Cow::Owned(digits.replace('_', ""))
    } else {
        Cow::Borrowed(digits)
    }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn integer(text: &str) -> Option<Plain> {
    let (negative, unsigned) = split_sign(text);
    if unsigned.contains(':') {
        return sexagesimal_integer(negative, unsigned);
    }
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0'] => (10, unsigned),
        [b'0', b'b', ..] => (2, &unsigned[2..]),
        [b'0', b'x', ..] => (16, &unsigned[2..]),
        [b'0', ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    let starts_with_digit = radix != 10 || digits.starts_with(|c: char| c.is_ascii_digit());
    let digits = without_underscores(digits);
    if !starts_with_digit || digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let signed = if negative {
        Cow::Owned(format!("-{digits}"))
    } else {
        digits
    };
    Some(i64::from_str_radix(&signed, radix).map_or(Plain::Huge, Plain::Int))
}

/// `1:30` is 90: whole numbers to the base 60.
fn sexagesimal_integer(negative: bool, unsigned: &str) -> Option<Plain> {
    let starts_well = unsigned.starts_with(|c: char| ('1'..='9').contains(&c));
    let mut parts = unsigned.split(':');
    let head: i64 = parts.next()?.replace('_', "").parse().ok()?;
    let mut total = Some(head);
    for part in parts {
        let digit = sixtieth(part)?;
        total = total.and_then(|total| total.checked_mul(60)?.checked_add(digit));
    }
    let signed = |total: i64| Plain::Int(if negative { -total } else { total });
    starts_well.then(|| total.map_or(Plain::Huge, signed))
}

/// A digit to the base 60: `0` to `59`, with or without leading zero.
fn sixtieth(part: &str) -> Option<i64> {
    let plain = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let value: i64 = part.parse().ok()?;
    (plain && value < 60).then_some(value)
}

fn float(text: &str) -> Option<Plain> {
    let (negative, unsigned) = split_sign(text);
    let sign = if negative { -1.0 } else { 1.0 };
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Some(Plain::Float(sign * f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Some(Plain::Float(f64::NAN)),
        _ => {}
    }
    if unsigned.contains(':') {
        return sexagesimal_float(unsigned).map(|value| Plain::Float(sign * value));
    }
    let plain = without_underscores(unsigned);
    let (mantissa, exponent) = plain
        .split_once(['e', 'E'])
        .map_or((&*plain, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let good_mantissa = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let good_exponent = exponent.is_none_or(|exponent| {
        let (_, digits_of_exponent) = split_sign(exponent);
        !digits_of_exponent.is_empty() && digits(digits_of_exponent)
    });
    if !(good_mantissa && good_exponent) {
        return None;
    }
    plain.parse::<f64>().ok().map(|value| Plain::Float(sign * value))
}

/// `1:30.5` is 90.5.
fn sexagesimal_float(unsigned: &str) -> Option<f64> {
    let (whole, fraction) = unsigned.split_once('.')?;
    let fraction = fraction.replace('_', "");
    let mut parts = whole.split(':');
    let head = parts.next()?;
    if !head.starts_with(|c: char| c.is_ascii_digit()) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut total: f64 = head.replace('_', "").parse().ok()?;
    for part in parts {
        total = total.mul_add(60.0, f64::from(i32::try_from(sixtieth(part)?).ok()?));
    }
    let fraction: f64 = format!("0.{fraction}0").parse().ok()?;
    Some(total + fraction)
}

/// A date `2017-02-03`, or a date-time with `T`, `t` or blanks between and an optional offset.
fn timestamp(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[0].is_ascii_digit() || bytes[4] != b'-' {
        return None;
    }
    let date_end = text.find(['T', 't', ' ', '\t']).unwrap_or(text.len());
    let (date, rest) = text.split_at(date_end);
    let mut parts = date.split('-');
    let year = digits_of(parts.next()?, 4, 4)?;
    let month = digits_of(parts.next()?, 1, 2)?;
    let day = digits_of(parts.next()?, 1, 2)?;
    if parts.next().is_some() {
        return None;
    }
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let (time, offset) = if rest.is_empty() {
        (Time::midnight(), Offset::UTC)
    } else {
        time_and_offset(rest.trim_start_matches(['T', 't', ' ', '\t']))?
    };
    let instant = offset.to_timestamp(DateTime::from_parts(date, time)).ok()?;
    Some(instant.as_second())
}

fn time_and_offset(text: &str) -> Option<(Time, Offset)> {
    let time_end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.')))
        .unwrap_or(text.len());
    let (time, zone) = text.split_at(time_end);
    let clock = time.split_once('.').map_or(time, |(clock, _)| clock);
    let mut parts = clock.split(':');
    let hour = digits_of(parts.next()?, 1, 2)?;
    let minute = digits_of(parts.next()?, 2, 2)?;
    let second = digits_of(parts.next()?, 2, 2)?;
    if parts.next().is_some() {
        return None;
    }
    let byte = |value: i16| i8::try_from(value).ok();
    let time = Time::new(byte(hour)?, byte(minute)?, byte(second)?, 0).ok()?;
    Some((time, offset(zone.trim())?))
}

fn offset(zone: &str) -> Option<Offset> {
    if zone.is_empty() || zone == "Z" {
        return Some(Offset::UTC);
    }
    let negative = match zone.as_bytes().first()? {
        b'-' => true,
        b'+' => false,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':').unwrap_or((&zone[1..], "0"));
    let seconds = i32::from(digits_of(hours, 1, 2)?) * 3600 + i32::from(digits_of(minutes, 1, 2)?) * 60;
    Offset::from_seconds(if negative { -seconds } else { seconds }).ok()
}

fn digits_of(text: &str, shortest: usize, longest: usize) -> Option<i16> {
    let plain = (shortest..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_yaml_1_1_says() {
        let cases = [
            ("", Plain::Null),
            ("~", Plain::Null),
            ("NULL", Plain::Null),
            ("yes", Plain::Bool(true)),
            ("Off", Plain::Bool(false)),
            ("TRUE", Plain::Bool(true)),
            ("oN", Plain::Text),
            ("y", Plain::Text),
            ("n", Plain::Text),
            ("0", Plain::Int(0)),
            ("-12", Plain::Int(-12)),
            ("1_000", Plain::Int(1000)),
            ("0b101", Plain::Int(5)),
            ("017", Plain::Int(15)),
            ("08", Plain::Float(8.0)),
            ("0x1F", Plain::Int(31)),
            ("1:30", Plain::Int(90)),
            ("99999999999999999999", Plain::Huge),
            ("1.5", Plain::Float(1.5)),
            (".5", Plain::Float(0.5)),
            ("5.", Plain::Float(5.0)),
            ("1e3", Plain::Float(1000.0)),
            ("1.0e+3", Plain::Float(1000.0)),
            ("-.inf", Plain::Float(f64::NEG_INFINITY)),
            ("1:30.5", Plain::Float(90.5)),
            (".", Plain::Text),
            ("-", Plain::Text),
            ("1.2.3", Plain::Text),
            ("8080/tcp", Plain::Text),
            ("10.0.0.1", Plain::Text),
            ("30s", Plain::Text),
            ("é", Plain::Text),
            ("1é:é.", Plain::Text),
        ];
        for (text, expected) in cases {
            assert_eq!(meaning(text), expected, "{text}");
        }
        assert!(matches!(meaning(".nan"), Plain::Float(value) if value.is_nan()));
    }

    #[test]
    fn dates_and_times_are_normalised_to_utc_and_seconds() {
        let cases = [
            ("2017-02-03", Some("2017-02-03T00:00:00Z")),
            ("2017-02-03T04:05:06Z", Some("2017-02-03T04:05:06Z")),
            ("2017-02-03 04:05:06.789 +01:30", Some("2017-02-03T02:35:06Z")),
            ("2017-2-3T4:05:06-1", Some("2017-02-03T05:05:06Z")),
            ("2017-13-03", None),
            ("2017-02-03-04", None),
            ("2017-02-03T04:05", None),
        ];
        for (text, expected) in cases {
            let utc = timestamp(text).and_then(timestamp_text);
            assert_eq!(utc.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn floats_become_text_as_they_always_have() {
        let cases = [
            (1.0, "1.0"),
            (1.1, "1.1"),
            (1000.0, "1000.0"),
            (1e7, "1.0E7"),
            (1e10, "1.0E10"),
            (1e-5, "1.0E-5"),
            (0.001, "0.001"),
            (0.0, "0.0"),
            (-2.5, "-2.5"),
        ];
        for (value, expected) in cases {
            assert_eq!(float_text(value), expected);
        }
    }
}
