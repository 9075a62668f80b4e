//! The log lines of [`base::http_log_format`](crate::base::http_log_format) and
//! [`base::tcp_log_format`](crate::base::tcp_log_format), read into records that borrow from the line.
//!
//! HAProxy logs with the same socket what it has to say about itself — "Server x is DOWN" — and operators log with formats of their own.
//! Such lines are kept as text; none is an error.
//!
//! ```
//! use vamp_haproxy::log::LogLine;
//!
//! let line = r#"<134>Nov 23 06:18:09 haproxy[4484]: {"ci":"192.0.2.7","cp":55604,"t":"23/Nov/2026:06:18:09.450","ft":"shop","b":"shop","s":"<NOSRV>","Tw":0,"Tc":-1,"Tt":4,"B":0,"ts":"SC","ac":5,"fc":1,"bc":0,"sc":0,"rc":+1,"sq":0,"bq":0}"#;
//! let LogLine::Record(record) = LogLine::read(line.as_bytes()) else { panic!() };
//! assert_eq!((record.frontend_name(), record.total_time, record.connect_time), ("shop", Some(4), None));
//! assert!(record.redispatched && !record.termination.is_normal());
//! ```

mod date;
mod read;
mod record;
mod request;
mod syslog;
mod termination;

pub use date::AcceptDate;
pub use read::{Broken, BrokenReason};
pub use record::{Connections, HttpRecord, LogRecord};
pub use request::{RequestLine, RequestParts, decoded};
pub use syslog::{Facility, Severity};
pub use termination::Termination;

use std::borrow::Cow;

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all lines are records, and a box would be an allocation for each"
)]
pub enum LogLine<'a> {
    /// A finished request or connection, in one of our two formats.
    Record(LogRecord<'a>),
    /// Everything else.
    Text(LogText<'a>),
}

/// A line that is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogText<'a> {
    /// Which part of the system speaks, when the line says so.
    pub facility: Option<Facility>,
    /// How bad it is, when the line says so.
    pub severity: Option<Severity>,
    /// What is said, without syslog's header and without the end of the line.
    pub text: Cow<'a, str>,
    /// Why a text that begins like a record is none; `None` when it does not begin with `{`.
    pub broken: Option<Broken>,
}

impl<'a> LogLine<'a> {
    /// Reads a datagram of syslog or a line of a file.
    ///
    /// Understood are the headers of RFC 3164 and RFC 5424, a priority alone, and none. What is not UTF-8 is replaced by `U+FFFD`; the line is
    /// copied then.
    #[must_use]
    pub fn read(line: &'a [u8]) -> Self {
        match str::from_utf8(line) {
            Ok(text) => Self::read_text(text),
            Err(_) => LogLine::read_text(&String::from_utf8_lossy(line)).into_owned(),
        }
    }

    /// The same for a line that is text already.
    #[must_use]
    pub fn read_text(line: &'a str) -> Self {
        let line = line.trim_end_matches(['\n', '\r', '\0']);
        let header = syslog::split(line);
        let broken = if header.message.starts_with('{') {
            match read::record(header.message) {
                Ok(record) => return Self::Record(record),
                Err(broken) => Some(broken),
            }
        } else {
            None
        };
        Self::Text(LogText {
            facility: header.facility,
            severity: header.severity,
            text: Cow::Borrowed(header.message),
            broken,
        })
    }

    /// The record, when it is one.
    #[must_use]
    pub fn record(&self) -> Option<&LogRecord<'a>> {
        match self {
            Self::Record(record) => Some(record),
            Self::Text(_) => None,
        }
    }

    /// The same line, independent of what it was read from.
    #[must_use]
    pub fn into_owned(self) -> LogLine<'static> {
        match self {
            Self::Record(record) => LogLine::Record(record.into_owned()),
            Self::Text(text) => LogLine::Text(LogText {
                text: Cow::Owned(text.text.into_owned()),
                facility: text.facility,
                severity: text.severity,
                broken: text.broken,
            }),
        }
    }
}
