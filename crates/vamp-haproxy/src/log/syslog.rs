//! The header that syslog puts before a message: RFC 3164, RFC 5424, or less.

use std::fmt;

/// How bad a message is: RFC 5424, section 6.2.1. The worst is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The system is unusable.
    Emergency,
    /// Something must be done at once.
    Alert,
    /// Critical conditions.
    Critical,
    /// Errors.
    Error,
    /// Warnings.
    Warning,
    /// Normal, but worth a look: HAProxy's changes of state.
    Notice,
    /// Requests that went well.
    Informational,
    /// For those who look for mistakes.
    Debug,
}

/// Which part of a system speaks: RFC 5424, section 6.2.1. HAProxy's is the second word of its `log` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facility(u8);

/// What stands before a message, and the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub(super) facility: Option<Facility>,
    pub(super) severity: Option<Severity>,
    pub(super) message: &'a str,
}

/// The names that HAProxy's `log` keyword takes, in the order of their codes.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "auth2", "ftp", "ntp",
    "audit", "alert", "cron2", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

impl Facility {
    /// Its code, 0–23; 16 is `local0`.
    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Facility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FACILITIES.get(usize::from(self.0)).copied().unwrap_or("unknown"))
    }
}

impl Severity {
    fn of(code: u8) -> Self {
        match code {
            0 => Self::Emergency,
            1 => Self::Alert,
            2 => Self::Critical,
            3 => Self::Error,
            4 => Self::Warning,
            5 => Self::Notice,
            6 => Self::Informational,
            _ => Self::Debug,
        }
    }
}

/// Takes the header off a line.
pub(super) fn split(line: &str) -> Header<'_> {
    let (priority, rest) = priority(line).map_or((None, line), |(code, rest)| (Some(code), rest));
    let message = if rest.starts_with('{') {
        Some(rest)
    } else {
        rfc_3164(rest).or_else(|| rfc_5424(rest))
    };
    Header {
        facility: priority.map(|code| Facility(code / 8)),
        severity: priority.map(|code| Severity::of(code % 8)),
        message: message.or_else(|| after_tag(rest)).unwrap_or(rest),
    }
}

/// `<134>`.
fn priority(line: &str) -> Option<(u8, &str)> {
    let (digits, rest) = line.strip_prefix('<')?.split_once('>')?;
    let valid = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let code: u8 = digits.parse().ok()?;
    (valid && code < 192).then_some((code, rest))
}

/// `Nov 23 06:18:09 host haproxy[4484]: message`; HAProxy leaves the host out unless it is told its own.
fn rfc_3164(text: &str) -> Option<&str> {
    let &[
        m1,
        m2,
        m3,
        b' ',
        _,
        _,
        b' ',
        _,
        _,
        b':',
        _,
        _,
        b':',
        _,
        _,
        b' ',
        ..,
    ] = text.as_bytes()
    else {
        return None;
    };
    if ![m1, m2, m3].iter().all(u8::is_ascii_alphabetic) {
        return None;
    }
    let rest = text.get(16..)?;
    // Before a message there is at most the name of the host and the tag.
    match rest.split_once(": ") {
        Some((before, message)) if before.matches(' ').count() <= 1 => Some(message),
        _ => Some(rest),
    }
}

/// `1 2026-11-23T06:18:09.450123+00:00 host haproxy 4484 - - message`.
fn rfc_5424(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix("1 ")?;
    for _ in 0..5 {
        rest = rest.split_once(' ')?.1;
    }
    let message = match rest.strip_prefix('-') {
        Some(message) => message,
        None => structured_data(rest)?,
    };
    // A byte order mark says that the message is UTF-8.
    let message = message.strip_prefix(' ').unwrap_or(message);
    Some(message.strip_prefix('\u{feff}').unwrap_or(message))
}

/// What follows `[id name="value"][…]`.
fn structured_data(text: &str) -> Option<&str> {
    let (mut inside, mut quoted, mut escaped) = (false, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if inside => quoted = !quoted,
            b']' if inside && !quoted => inside = false,
            b'[' if !inside => inside = true,
            b' ' if !inside => return text.get(at..),
            _ if !inside => return None,
            _ => {}
        }
    }
    None
}

/// A record behind a header of another form, such as one with a date that a log collector wrote.
fn after_tag(text: &str) -> Option<&str> {
    const TAG_END: &str = "]: ";
    let at = text.find("]: {")?;
    text.get(at + TAG_END.len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_all_forms_are_taken_off() {
        for (line, priority, message) in [
            ("<134>Nov 23 06:18:09 haproxy[4484]: {}", Some(134), "{}"),
            ("<134>Nov  3 06:18:09 host haproxy[4484]: {}", Some(134), "{}"),
            (
                "<133>Nov 23 06:18:09 haproxy[1]: Server a/b is DOWN, reason: none",
                Some(133),
                "Server a/b is DOWN, reason: none",
            ),
            (
                "<133>Nov 23 06:18:09 a message without a tag: yes",
                Some(133),
                "a message without a tag: yes",
            ),
            (
                "<134>1 2026-11-23T06:18:09.450123+00:00 host haproxy 4484 - - {}",
                Some(134),
                "{}",
            ),
            (
                "<134>1 2026-11-23T06:18:09Z - haproxy 1 - [a@1 x=\"]\\\" \"][b] \u{feff}text",
                Some(134),
                "text",
            ),
            ("2026-11-23T06:18:09.45+00:00 host haproxy[1]: {}", None, "{}"),
            ("Nov 23 06:18:09 host haproxy[1]: {}", None, "{}"),
            ("<134>{}", Some(134), "{}"),
            ("<3>text", Some(3), "text"),
            ("{}", None, "{}"),
            ("Server a/b is UP.", None, "Server a/b is UP."),
            ("<192>text", None, "<192>text"),
            ("<+12>text", None, "<+12>text"),
            ("<>text", None, "<>text"),
            ("<134", None, "<134"),
            ("<134>1 2026", Some(134), "1 2026"),
            ("", None, ""),
        ] {
            let header = split(line);
            assert_eq!(header.message, message, "{line}");
            let code = header.facility.zip(header.severity);
            assert_eq!(
                code.map(|(facility, severity)| facility.0 * 8 + severity as u8),
                priority,
                "{line}"
            );
        }
    }
}
