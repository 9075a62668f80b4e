//! A line in the form that a sink wants.

use std::io::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vamp_haproxy::log::{AcceptDate, LogLine, LogRecord};

use super::chunk::Line;
use super::config::Format;

/// What is added to the documents of a sink.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    /// `host`
    pub(crate) host: String,
    /// `type`
    pub(crate) kind: &'static str,
}

/// How many lines were records, and how many were not.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Read {
    pub(crate) parsed: u64,
    pub(crate) unparsable: u64,
}

/// Zones are whole quarters of an hour away from UTC.
const QUARTER: i64 = 15 * 60 * 1000;

/// Appends a line without a line feed, and says when it happened, in milliseconds since 1970-01-01 00:00 UTC.
pub(crate) fn encode(
    line: &Line<'_>,
    format: Format,
    document: &Document,
    read: &mut Read,
    out: &mut Vec<u8>,
) -> i64 {
    let trimmed = line.bytes.trim_ascii_end();
    if format == Format::Raw {
        out.extend_from_slice(trimmed);
        return line.received;
    }
    let parsed = LogLine::read(trimmed);
    match &parsed {
        LogLine::Record(_) => read.parsed += 1,
        LogLine::Text(_) => read.unparsable += 1,
    }
    match (format, &parsed) {
        (Format::Message, _) => {
            out.extend_from_slice(message(trimmed, &parsed));
            line.received
        }
        (_, LogLine::Record(record)) => {
            let at = accepted_at(record, line.received);
            head(out, at, document);
            write_record(out, record);
            at
        }
        (_, LogLine::Text(text)) => {
            head(out, line.received, document);
            string(out, "message", &text.text);
            if let Some(severity) = text.severity {
                string(out, "severity", &format!("{severity:?}").to_lowercase());
            }
            if let Some(broken) = &text.broken {
                string(out, "error", &broken.to_string());
            }
            out.push(b'}');
            line.received
        }
    }
}

/// The line without syslog's header.
fn message<'a>(line: &'a [u8], parsed: &'a LogLine<'_>) -> &'a [u8] {
    match parsed {
        LogLine::Text(text) => text.text.as_bytes(),
        // A record is the whole object at the end of the line.
        LogLine::Record(_) => line
            .iter()
            .position(|byte| *byte == b'{')
            .and_then(|at| line.get(at..))
            .unwrap_or(line),
    }
}

/// When the connection was accepted. The date in the line is local and does not say how far its zone is from UTC: that is seen in the
/// difference to the moment of receipt, less the time that the session took. So the hour that comes twice in autumn is told apart.
pub(crate) fn accepted_at(record: &LogRecord<'_>, received: i64) -> i64 {
    let Some(date) = AcceptDate::read(&record.accept_date) else {
        return received;
    };
    let local = date.unix_milliseconds(0);
    let expected = received - i64::from(record.total_time.unwrap_or(0));
    let quarters = (local - expected + QUARTER / 2).div_euclid(QUARTER);
    local - quarters * QUARTER
}

fn head(out: &mut Vec<u8>, at: i64, document: &Document) {
    out.extend_from_slice(b"{\"@timestamp\":\"");
    timestamp(out, at);
    out.extend_from_slice(b"\",\"@version\":\"1\"");
    string(out, "type", document.kind);
    if !document.host.is_empty() {
        string(out, "host", &document.host);
    }
}

/// `2026-11-23T05:18:09.450Z`
pub(crate) fn timestamp(out: &mut Vec<u8>, milliseconds: i64) {
    let at = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    let at = TimeZone::UTC.to_datetime(at);
    let (date, time) = (at.date(), at.time());
    // Writing to memory does not fail.
    let _ = write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond(),
    );
}

/// The keys of HAProxy's line in their order, then the end of the object. A number with a `+` has lost it, which `redispatched` and
/// `unfinished` tell.
fn write_record(out: &mut Vec<u8>, record: &LogRecord<'_>) {
    let time = |value: Option<u32>| value.map_or(-1, i64::from);
    string(out, "ci", &record.client);
    number(out, "cp", time(record.client_port));
    string(out, "t", &record.accept_date);
    string(out, "ft", &record.frontend);
    string(out, "b", &record.backend);
    string(out, "s", &record.server);
    if let Some(http) = &record.http {
        number(out, "Tq", time(http.request_time));
    }
    number(out, "Tw", time(record.queue_time));
    number(out, "Tc", time(record.connect_time));
    if let Some(http) = &record.http {
        number(out, "Tr", time(http.response_time));
    }
    number(out, "Tt", time(record.total_time));
    if let Some(http) = &record.http {
        number(out, "ST", http.status.map_or(-1, i64::from));
    }
    number(out, "B", i64::try_from(record.bytes_sent).unwrap_or(i64::MAX));
    let termination = record.termination.to_string();
    match &record.http {
        Some(http) => {
            string(out, "CC", &http.request_cookie);
            string(out, "CS", &http.response_cookie);
            string(out, "tsc", &termination);
        }
        None => string(out, "ts", &termination),
    }
    number(out, "ac", record.connections.process.into());
    number(out, "fc", record.connections.frontend.into());
    number(out, "bc", record.connections.backend.into());
    number(out, "sc", record.connections.server.into());
    number(out, "rc", record.retries.into());
    number(out, "sq", record.server_queue.into());
    number(out, "bq", record.backend_queue.into());
    if let Some(http) = &record.http {
        string(out, "hr", &http.request_headers);
        string(out, "hs", &http.response_headers);
        string(out, "r", http.request.as_str());
    }
    if record.redispatched {
        out.extend_from_slice(b",\"redispatched\":true");
    }
    if record.unfinished {
        out.extend_from_slice(b",\"unfinished\":true");
    }
    out.push(b'}');
}

fn key(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn string(out: &mut Vec<u8>, name: &str, value: &str) {
    key(out, name);
    // Writing text to memory does not fail.
    let _ = serde_json::to_writer(out, value);
}

fn number(out: &mut Vec<u8>, name: &str, value: i64) {
    key(out, name);
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const HTTP: &str = r#"<134>Nov 23 06:18:09 haproxy[4484]: {"ci":"127.0.0.1","cp":55604,"t":"23/Nov/2026:06:18:09.450","ft":"shop","b":"shop","s":"one","Tq":0,"Tw":0,"Tc":0,"Tr":1,"Tt":7,"ST":200,"B":302,"CC":"-","CS":"-","tsc":"----","ac":5,"fc":1,"bc":0,"sc":0,"rc":+1,"sq":0,"bq":0,"hr":"","hs":"","r":"GET /q?x=#22y#22 HTTP/1.1"}
"#;

    fn milliseconds(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn encoded(line: &str, format: Format, received: &str) -> (String, Read) {
        let line = Line {
            bytes: line.as_bytes(),
            received: milliseconds(received),
            sequence: 0,
        };
        let document = Document {
            host: "edge-1".to_owned(),
            kind: "haproxy",
        };
        let (mut out, mut read) = (Vec::new(), Read::default());
        encode(&line, format, &document, &mut read, &mut out);
        (String::from_utf8(out).unwrap(), read)
    }

    #[test]
    fn a_record_becomes_a_document_with_its_time_in_utc() {
        let (text, read) = encoded(HTTP, Format::Json, "2026-11-23T05:18:09.460Z");
        let document: Value = serde_json::from_str(&text).unwrap();
        // S06-114: the keys of HAProxy stand at the top beside `type`, and the time is that of `t`; the line's clock is an hour ahead.
        assert_eq!(
            (&document["type"], &document["ft"]),
            (&"haproxy".into(), &"shop".into())
        );
        assert_eq!(document["@timestamp"], "2026-11-23T05:18:09.450Z");
        assert_eq!((&document["ST"], &document["Tt"]), (&200.into(), &7.into()));
        assert_eq!(
            (&document["rc"], &document["redispatched"]),
            (&1.into(), &true.into())
        );
        assert_eq!(document["r"], "GET /q?x=#22y#22 HTTP/1.1");
        assert_eq!((read.parsed, read.unparsable), (1, 0));
    }

    #[test]
    fn other_lines_are_documents_with_their_text() {
        let line = "<129>Nov 23 06:18:09 haproxy[4484]: Server shop/one is DOWN.\n";
        let (text, read) = encoded(line, Format::Json, "2026-11-23T05:18:09.460Z");
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["message"], "Server shop/one is DOWN.");
        assert_eq!(document["severity"], "alert");
        assert_eq!(document["@timestamp"], "2026-11-23T05:18:09.460Z");
        assert_eq!((read.parsed, read.unparsable), (0, 1));
    }

    #[test]
    fn raw_is_the_line_and_message_is_what_follows_the_header() {
        let now = "2026-11-23T05:18:09.460Z";
        assert_eq!(encoded(HTTP, Format::Raw, now).0, HTTP.trim_end());
        let message = encoded(HTTP, Format::Message, now).0;
        assert!(message.starts_with("{\"ci\":\"127.0.0.1\"") && message.ends_with("HTTP/1.1\"}"));
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart() {
        let twice = |received: &str| {
            let line = HTTP.replace("23/Nov/2026:06:18:09.450", "25/Oct/2026:02:30:00.000");
            let (text, _) = encoded(&line, Format::Json, received);
            serde_json::from_str::<Value>(&text).unwrap()["@timestamp"].clone()
        };
        assert_eq!(twice("2026-10-25T00:30:00.010Z"), "2026-10-25T00:30:00.000Z");
        assert_eq!(twice("2026-10-25T01:30:00.010Z"), "2026-10-25T01:30:00.000Z");
    }

    #[test]
    fn a_long_session_is_dated_by_its_begin() {
        let line = HTTP.replace("\"Tt\":7", "\"Tt\":7200000");
        let (text, _) = encoded(&line, Format::Json, "2026-11-23T07:18:09.455Z");
        assert!(
            text.starts_with("{\"@timestamp\":\"2026-11-23T05:18:09.450Z\""),
            "{text}"
        );
    }
}
