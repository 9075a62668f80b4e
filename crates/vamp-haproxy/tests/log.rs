//! Log lines as values.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use support::log_lines::{Values, encoded, values};
use vamp_haproxy::log::{Broken, BrokenReason, LogLine, LogRecord, Severity};

fn record(line: &str) -> LogRecord<'_> {
    match LogLine::read(line.as_bytes()) {
        LogLine::Record(record) => record,
        LogLine::Text(text) => panic!("{text:?}"),
    }
}

fn broken(line: &str) -> Broken {
    match LogLine::read(line.as_bytes()) {
        LogLine::Record(record) => panic!("{record:?}"),
        LogLine::Text(text) => {
            assert_eq!(text.text, line);
            text.broken.unwrap()
        }
    }
}

/// What the values mean.
fn assert_means(record: &LogRecord<'_>, values: &Values) {
    let time = |name| values.get(name).parse::<u32>().ok();
    let count = |name| values.get(name).trim_start_matches('+').parse::<u32>().unwrap();
    assert_eq!(record.client, values.get("ci"));
    assert_eq!(record.client_port, time("cp"));
    assert_eq!(record.accept_date, values.get("t"));
    assert_eq!(record.frontend, values.get("ft"));
    assert_eq!(record.frontend_name(), values.get("ft").trim_end_matches('~'));
    assert_eq!(record.backend, values.get("b"));
    assert_eq!(record.server, values.get("s"));
    assert_eq!(record.queue_time, time("Tw"));
    assert_eq!(record.connect_time, time("Tc"));
    assert_eq!(record.total_time, time("Tt"));
    assert_eq!(record.bytes_sent.to_string(), values.get("B"));
    assert_eq!(record.connections.process, count("ac"));
    assert_eq!(record.connections.frontend, count("fc"));
    assert_eq!(record.connections.backend, count("bc"));
    assert_eq!(record.connections.server, count("sc"));
    assert_eq!(record.server_queue, count("sq"));
    assert_eq!(record.backend_queue, count("bq"));
    // S02-181: the `+` of a redispatch is no part of the number.
    assert_eq!(
        (record.retries, record.redispatched),
        (count("rc"), values.get("rc").starts_with('+'))
    );
    let ends = values.get(if values.http { "tsc" } else { "ts" });
    assert_eq!(record.termination.to_string(), ends);
    assert_eq!(record.http.is_some(), values.http);
    if let Some(http) = &record.http {
        assert_eq!((http.request_time, http.response_time), (time("Tq"), time("Tr")));
        assert_eq!(http.status.map(u32::from), time("ST"));
        assert_eq!(http.request.as_str(), encoded(values.get("r")));
        let parts = http.request.parts().unwrap();
        assert_eq!(
            format!("{} {} {}", parts.method, parts.target, parts.version.unwrap()),
            http.request.as_str()
        );
        assert_eq!(
            (&*http.request_cookie, &*http.response_headers),
            (values.get("CC"), values.get("hs"))
        );
    }
}

/// The keys and values of a record as they stand in the line.
fn members(line: &str) -> Vec<String> {
    let mut members = vec![String::new()];
    let mut quoted = false;
    for character in line.trim_matches(['{', '}']).chars() {
        quoted ^= character == '"';
        match character {
            ',' if !quoted => members.push(String::new()),
            _ => members.last_mut().unwrap().push(character),
        }
    }
    members
}

proptest! {
    #[test]
    fn what_haproxy_writes_is_read_as_it_was_meant(values in values()) {
        let (line, datagram) = (values.line(), values.datagram());
        let read = record(&datagram);
        assert_means(&read, &values);
        prop_assert_eq!(&record(&line), &read);
        let owned = LogLine::read(datagram.as_bytes()).into_owned();
        prop_assert_eq!(owned.record(), Some(&read));
    }

    #[test]
    fn order_white_space_and_further_keys_make_no_difference(
        (values, order) in values().prop_flat_map(|values| {
            let members = members(&values.line().replace(['{', '}'], "")).len();
            (Just(values), Just((0..members).collect::<Vec<_>>()).prop_shuffle())
        }),
        further in vec(prop_oneof![
            Just(r#""x" : {"a":[1,"]}",{"b":null}],"ci":"no"}"#),
            Just(r#""note":"a \"quoted\" \u00e9\\""#),
            Just(r#""":-1.5e3"#),
            Just(r#""ft_":true"#),
        ], 0..3),
    ) {
        let mut values = values;
        if values.http {
            // Braces within the path would be trimmed by the test, not by the crate.
            values = values.with("r", "GET /a,b HTTP/1.1");
        }
        let line = values.line();
        let mut members = members(&line);
        let ordered: Vec<String> = order.iter().map(|place| std::mem::take(&mut members[*place])).collect();
        let all: Vec<String> = further.iter().map(ToString::to_string).chain(ordered).collect();
        let other = format!("{{ {} }} ", all.join(" ,\t"));
        prop_assert_eq!(record(&other), record(&line));
    }

    #[test]
    fn mutated_lines_are_records_or_texts(values in values(), edits in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4), cut in any::<prop::sample::Index>()) {
        let mut bytes = values.datagram().into_bytes();
        for (place, byte) in &edits {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        bytes.truncate(cut.index(bytes.len() * 3));
        let _ = LogLine::read(&bytes);
        let _ = LogLine::read(&bytes).into_owned();
    }

    #[test]
    fn any_bytes_are_a_line(bytes in vec(any::<u8>(), 0..200), text in "\\PC{0,60}") {
        let _ = LogLine::read(&bytes);
        let _ = LogLine::read_text(&format!("<134>{{{text}"));
        let _ = LogLine::read_text(&format!("{{\"ci\":\"{text}\"}}"));
    }
}

#[test]
fn what_was_not_reached_is_none() {
    let values = Values::http()
        .with("Tq", -1)
        .with("Tw", -1)
        .with("Tc", -1)
        .with("Tr", -1)
        .with("ST", -1);
    let line = values
        .with("s", "<NOSRV>")
        .with("tsc", "CR--")
        .with("r", "<BADREQ>")
        .line();
    let record = record(&line);
    let http = record.http.as_ref().unwrap();
    assert_eq!(
        (
            record.queue_time,
            record.connect_time,
            http.request_time,
            http.response_time
        ),
        (None, None, None, None)
    );
    assert_eq!(
        (record.status(), record.server_name(), http.request.parts()),
        (None, None, None)
    );
    assert_eq!((record.termination.cause, record.termination.phase), ('C', 'R'));
    assert!(!record.termination.is_normal());
    // Counts of connections below zero are none.
    assert_eq!(
        self::record(&Values::tcp().with("fc", -1).line())
            .connections
            .frontend,
        0
    );
}

#[test]
fn lines_before_the_end_say_so() {
    for (line, expected) in [
        (Values::http().line(), false),
        (Values::http().with("Tt", "+25").line(), true),
        (Values::tcp().with("B", "+302").line(), true),
    ] {
        let record = record(&line);
        assert_eq!(
            (record.unfinished, record.total_time, record.bytes_sent),
            (expected, Some(25), 302)
        );
    }
}

#[test]
fn quoted_numbers_are_numbers() {
    let line = Values::tcp().with("rc", "+2").line();
    let quoted = line.replace("\"rc\":+2", "\"rc\":\"+2\"");
    assert_ne!(line, quoted);
    assert_eq!(record(&quoted), record(&line));
}

#[test]
fn backslashes_are_read_as_haproxy_writes_them_and_escapes_as_json_does() {
    for (written, expected) in [
        (r"GET /a\b\n\t HTTP/1.1", r"GET /a\b\n\t HTTP/1.1"),
        (r"GET /a\\b HTTP/1.1", r"GET /a\b HTTP/1.1"),
        (r"GET \/a HTTP/1.1", "GET /a HTTP/1.1"),
        (r"GET /\u00e9\ud83d\ude00 HTTP/1.1", "GET /é😀 HTTP/1.1"),
        (r"GET /\ud83d\u0001\u00g0\u12", r"GET /\ud83d\u0001\u00g0\u12"),
        (r#"GET /\"a\" HTTP/1.1"#, r#"GET /"a" HTTP/1.1"#),
        // Request lines are cut after 1024 characters, wherever that is.
        (r"GET /cut\", r"GET /cut\"),
    ] {
        let line = Values::http().with("r", "@").line().replace('@', written);
        assert_eq!(record(&line).http.unwrap().request.as_str(), expected);
    }
}

#[test]
fn what_haproxy_says_about_itself_is_text() {
    for (line, severity, facility, expected) in [
        (
            "<129>Nov 23 06:18:09 haproxy[4484]: Server a/b is DOWN, reason: Layer4 timeout.\n",
            Some(Severity::Alert),
            Some("local0"),
            "Server a/b is DOWN, reason: Layer4 timeout.",
        ),
        (
            "<133>Nov 23 06:18:09 host haproxy[4484]: Proxy f started.",
            Some(Severity::Notice),
            Some("local0"),
            "Proxy f started.",
        ),
        (
            "backend a has no server available!\r\n",
            None,
            None,
            "backend a has no server available!",
        ),
        ("", None, None, ""),
    ] {
        let LogLine::Text(text) = LogLine::read(line.as_bytes()) else {
            panic!("{line}")
        };
        assert_eq!(
            (
                text.severity,
                text.facility.map(|facility| facility.to_string()).as_deref()
            ),
            (severity, facility)
        );
        assert_eq!((&*text.text, text.broken), (expected, None));
    }
    let LogLine::Text(text) = LogLine::read(b"<134>caf\xe9") else {
        panic!()
    };
    assert_eq!(text.text, "caf\u{fffd}");
}

#[test]
fn lines_that_are_cut_or_broken_are_text_and_say_where_and_why() {
    let whole = Values::http().line();
    for end in 1..whole.len() {
        let reason = broken(&whole[..end]).reason;
        assert_eq!(reason, BrokenReason::Cut, "{}", &whole[..end]);
    }
    let cases: [(&str, String, &str); 9] = [
        (
            "another value",
            whole.replace("\"ST\":200", "\"ST\":true"),
            "expected a number or a string",
        ),
        (
            "out of range",
            whole.replace("\"ST\":200", "\"ST\":70000"),
            "\"ST\" has a value that HAProxy does not write",
        ),
        (
            "another kind",
            whole.replace("\"ft\":\"shop\"", "\"ft\":7"),
            "\"ft\" has a value that HAProxy does not write",
        ),
        (
            "no state",
            whole.replace("\"----\"", "\"---\""),
            "\"tsc\" has a value that HAProxy does not write",
        ),
        (
            "without a key",
            whole.replace("\"ft\":\"shop\",", ""),
            "the record has no \"ft\"",
        ),
        ("without quotes", whole.replace("\"b\"", "b"), "expected a key"),
        (
            "without a colon",
            whole.replace("\"b\":", "\"b\"="),
            "expected a colon",
        ),
        (
            "more behind it",
            format!("{whole}x"),
            "expected the end of the line",
        ),
        (
            "another object",
            "{\"level\":\"info\"}".to_owned(),
            "the record has no \"tsc\"",
        ),
    ];
    for (what, line, expected) in cases {
        let broken = broken(&line);
        assert_eq!(broken.reason.to_string(), expected, "{what}");
        assert!(
            broken.offset <= line.len() && broken.to_string().starts_with("byte "),
            "{what}: {broken}"
        );
    }
}

#[test]
fn nesting_costs_no_stack() {
    let line = format!("{{\"x\":{}", "[".repeat(1_000_000));
    assert_eq!(broken(&line).reason, BrokenReason::Cut);
}
