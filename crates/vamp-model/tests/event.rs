//! Events as programs publish them, and questions for events.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::ops::{Bound, RangeBounds as _};

use serde_json::{Value, json};
use vamp_model::{
    Aggregation, Event, EventQuery, Format, FromText, Problem, code, read, read_event_request, to_json,
    to_yaml,
};

fn event(text: &str) -> Event {
    read(text, Format::Auto).unwrap()
}

fn query(text: &str) -> EventQuery {
    read(text, Format::Auto).unwrap()
}

fn refused<T: FromText + std::fmt::Debug>(text: &str) -> Problem {
    read::<T>(text, Format::Auto).unwrap_err().first().clone()
}

fn tags(event: &Event) -> Vec<&str> {
    event.tags.iter().map(String::as_str).collect()
}

#[test]
fn an_event_has_tags_a_type_a_time_and_any_value() {
    // S01-197: two tags, a quoted time, a whole number as value, and the type all arrive.
    let read =
        event("tags: [server, service]\ntimestamp: '2015-06-05T15:12:38.000Z'\nvalue: 14\ntype: metrics\n");
    assert_eq!(tags(&read), ["server", "service"]);
    assert_eq!(read.timestamp.unwrap().to_string(), "2015-06-05T15:12:38Z");
    assert_eq!(read.value, Some(json!(14)));
    assert_eq!(read.kind.as_str(), "metrics");

    let json = event(
        r#"{"tags":["a"],"type":"my-type_1","version":"2","timestamp":"2018-01-02T03:04:02.123456+02:00"}"#,
    );
    assert_eq!(json.version.as_deref(), Some("2"));
    assert_eq!(
        to_json(&json),
        r#"{"version":"2","tags":["a"],"timestamp":"2018-01-02T03:04:02.123456+02:00","type":"my-type_1"}"#
    );
}

#[test]
fn what_an_event_leaves_out_is_none_and_its_type_is_event() {
    let read = event("tags: a");
    // S01-201: without a value there is none; null and a key without anything are the same.
    assert_eq!(read.value, None);
    for nothing in ["~", "null", ""] {
        assert_eq!(event(&format!("tags: a\nvalue: {nothing}\n")), read);
    }
    assert_eq!((read.timestamp, &read.version), (None, &None));
    assert_eq!(read.kind.as_str(), "event");
    assert_eq!(to_json(&read), r#"{"tags":["a"],"type":"event"}"#);
    // A text of no length is a value.
    assert_eq!(event("{tags: a, value: ''}").value, Some(json!("")));
}

#[test]
fn tags_are_a_set_in_the_order_written() {
    // S01-198: a text is a set of one; a mapping is kept as it is, with what is in it.
    let read = event("tags: server\nvalue: {response: {time: 50, Code: [200, {x: ~}]}}\n");
    assert_eq!(tags(&read), ["server"]);
    assert_eq!(
        read.value,
        Some(json!({"response": {"time": 50, "Code": [200, {"x": null}]}}))
    );
    assert_eq!(
        tags(&event("tags: [z, a, z, m, b, y, c]")),
        ["z", "a", "m", "b", "y", "c"]
    );
    // Whatever is no text elsewhere is its text here.
    assert_eq!(
        tags(&event("tags: [1, 1.10, 'yes', 2018-01-02, '']")),
        ["1", "1.10", "yes", "2018-01-02", ""]
    );
    assert_eq!(tags(&event("tags: 5")), ["5"]);
}

#[test]
fn a_list_with_mappings_is_a_value_like_others() {
    let value = event("{tags: a, value: [1, {b: 2}, [], {}]}").value;
    assert_eq!(value, Some(json!([1, {"b": 2}, [], {}])));
}

#[test]
fn an_event_is_about_something() {
    // S01-199: absent tags are missing; an empty list is an event about nothing.
    let missing = refused::<Event>("value: 14\n");
    assert_eq!(missing.code, code::MISSING_PATH_VALUE);
    assert_eq!(missing.message, "Can't find any value for path: /tags");
    let nothing = refused::<Event>("tags: []\nvalue: 14\n");
    assert_eq!(nothing.code, code::NO_TAG_EVENT);
    assert_eq!(
        nothing.message,
        "Publishing an event without tags is not allowed."
    );
    assert_eq!(
        (nothing.line, nothing.column, nothing.path.as_str()),
        (1, 1, "tags")
    );
}

#[test]
fn a_time_has_an_offset_unless_yaml_knows_it() {
    // S01-200: a quoted time that is none, and a type with characters that it may not have.
    for text in [
        "yesterday",
        "2018-01-02",
        "2018-01-02 03:04:05",
        "2018-01-02T03:04:05",
        "1514862245",
        "",
    ] {
        let problem = refused::<Event>(&format!("tags: a\ntimestamp: '{text}'\n"));
        assert_eq!(problem.code, code::EVENT_TIMESTAMP, "{text}");
        assert_eq!(
            problem.message,
            format!("Event timestamp cannot be parsed: '{text}'.")
        );
        assert!(problem.hint.unwrap().contains("2031-04-05T06:07:08Z"));
    }
    for kind in ["a b", "", "ü", "a/b", "a.b"] {
        let problem = refused::<Event>(&format!("tags: a\ntype: '{kind}'\n"));
        assert_eq!(problem.code, code::EVENT_TYPE, "{kind}");
        assert_eq!(
            problem.message,
            format!("Unsupported event type '{kind}', only alphanumerics, '-' and '_' are allowed.")
        );
    }

    for (text, expected) in [
        ("2018-01-02T03:04:05Z", "2018-01-02T03:04:05Z"),
        ("2018-01-02T03:04:05.25+02:00", "2018-01-02T03:04:05.25+02:00"),
        ("2018-01-02T03:04:05", "2018-01-02T03:04:05Z"),
        ("2018-01-02 03:04:05 +1", "2018-01-02T02:04:05Z"),
    ] {
        let read = event(&format!("tags: a\ntimestamp: {text}\n"));
        assert_eq!(read.timestamp.unwrap().to_string(), expected);
    }
    for text in ["2018-01-02", "1514862245", "yesterday"] {
        let problem = refused::<Event>(&format!("tags: a\ntimestamp: {text}\n"));
        assert_eq!(problem.code, code::EVENT_TIMESTAMP, "{text}");
        assert!(problem.message.ends_with(&format!("'{text}'.")), "{problem}");
    }
    assert_eq!(
        refused::<Event>("{tags: a, timestamp: [x]}").code,
        code::UNEXPECTED_TYPE
    );
}

#[test]
fn an_event_has_no_other_keys_but_a_kind_that_nobody_looks_at() {
    assert_eq!(event("{tags: a, kind: whatever}"), event("tags: a"));
    for (key, message) in [
        ("id: x", r#"Unexpected in DSL: {"id":"x"}"#),
        ("digest: x", r#"Unexpected in DSL: {"digest":"x"}"#),
        ("metadata: {}", r#"Unexpected in DSL: {"metadata":{}}"#),
        ("foo: bar", r#"Unexpected in DSL: {"foo":"bar"}"#),
    ] {
        let problem = refused::<Event>(&format!("tags: a\n{key}\n"));
        assert_eq!(
            (problem.code, problem.message.as_str()),
            (code::UNEXPECTED_ELEMENT, message)
        );
    }
    let mapping = refused::<Event>("tags: {a: b}");
    assert_eq!(mapping.message, r#"Unexpected in DSL: {"tags":[{"a":"b"}]}"#);
    assert_eq!(refused::<Event>("tags: [{a: b}]").message, mapping.message);
    // A word that YAML takes for something else was hardly meant as it.
    for wrong in ["{}", "[[a]]", "[~]", "[{}]", "[1, true]", "yes"] {
        let problem = refused::<Event>(&format!("tags: {wrong}"));
        assert_eq!(problem.code, code::UNEXPECTED_TYPE, "{wrong}");
    }
}

#[test]
fn all_that_is_wrong_with_an_event_is_told_at_once() {
    let text = "tag: a\ntimestamp: x\ntype: a b\nversion: [1]\n";
    let problems = read::<Event>(text, Format::Yaml).unwrap_err();
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(
        codes,
        [
            code::MISSING_PATH_VALUE,
            code::UNEXPECTED_ELEMENT,
            code::EVENT_TIMESTAMP,
            code::EVENT_TYPE,
            code::UNEXPECTED_TYPE
        ]
    );
    assert_eq!(
        problems.iter().nth(1).unwrap().hint.as_deref(),
        Some("did you mean `tags`?")
    );
}

#[test]
fn what_the_store_adds_is_written_around_the_event() {
    let mut stored = event("{tags: [b, a], value: 7, timestamp: '2018-01-02T03:04:09Z', version: '1.0'}");
    stored.id = Some("4f35".into());
    stored.digest = Some("e6a9".into());
    assert_eq!(
        to_json(&stored),
        concat!(
            r#"{"id":"4f35","version":"1.0","tags":["b","a"],"value":7,"#,
            r#""timestamp":"2018-01-02T03:04:09Z","type":"event","digest":"e6a9"}"#
        )
    );
}

#[test]
fn a_query_names_tags_bounds_and_an_aggregator() {
    // S01-202: tags, a bound that stays the text it is, and an aggregator with its field; the type may be left out.
    let asked = query(
        "tags: [server, service]\ntimestamp: {gt: 'now() - 10m'}\naggregator: {type: average, field: response.time}\n",
    );
    assert_eq!(Vec::from_iter(&asked.tags), ["server", "service"]);
    let Bound::Excluded(from) = &asked.time.from else {
        panic!("{asked:?}")
    };
    assert_eq!(from.as_str(), "now() - 10m");
    assert_eq!(asked.time.to, Bound::Unbounded);
    let aggregator = asked.aggregator.as_ref().unwrap();
    assert_eq!(
        (aggregator.kind, aggregator.field()),
        (Aggregation::Average, "response.time")
    );
    assert_eq!(asked.kind, None);
    assert_eq!(
        query("{tags: a, type: 'no type'}").kind.as_deref(),
        Some("no type")
    );

    for (word, kind) in [
        ("min", Aggregation::Min),
        ("MAX", Aggregation::Max),
        ("Average", Aggregation::Average),
        ("suM", Aggregation::Sum),
        ("count", Aggregation::Count),
    ] {
        let aggregator = query(&format!("{{tags: [], aggregator: {{type: {word}}}}}"))
            .aggregator
            .unwrap();
        assert_eq!((aggregator.kind, aggregator.field()), (kind, "value"));
    }
}

#[test]
fn a_range_has_one_bound_on_each_side() {
    // S01-203: two bounds on one side, and an aggregator that does not exist, which is told in lower case.
    for both in [
        "{gt: now-1m, gte: now-2m}",
        "{lt: now, lte: now}",
        "{lt: x, lte: y, gt: z}",
    ] {
        let problem = refused::<EventQuery>(&format!("{{tags: a, timestamp: {both}}}"));
        assert_eq!(problem.code, code::EVENT_QUERY_TIME, "{both}");
        assert_eq!(problem.path, "timestamp");
    }
    let unknown = refused::<EventQuery>("{tags: a, aggregator: {type: Averag}}");
    assert_eq!(unknown.code, code::UNSUPPORTED_AGGREGATOR);
    assert_eq!(unknown.message, "Unsupported aggregator: averag.");
    assert_eq!(unknown.hint.as_deref(), Some("did you mean `average`?"));
    assert_eq!(
        refused::<EventQuery>("{tags: a, aggregator: {type: median}}").message,
        "Unsupported aggregator: median."
    );

    // Null is no bound.
    let one = query("{tags: a, timestamp: {lt: ~, lte: now, gte: now-1h, gt: }}");
    assert!(matches!(
        (&one.time.from, &one.time.to),
        (Bound::Included(_), Bound::Included(_))
    ));
}

#[test]
fn what_is_wrong_inside_a_query_is_told_with_its_path() {
    for (text, code, message, path) in [
        (
            "type: x",
            code::MISSING_PATH_VALUE,
            "Can't find any value for path: /tags",
            "",
        ),
        (
            "{tags: a, timestamp: now}",
            code::UNEXPECTED_INNER_ELEMENT,
            "Can't find a nested element for path 'timestamp'.",
            "timestamp",
        ),
        (
            "{tags: a, aggregator: count}",
            code::UNEXPECTED_INNER_ELEMENT,
            "Can't find a nested element for path 'aggregator'.",
            "aggregator",
        ),
        (
            "{tags: a, aggregator: {field: x}}",
            code::MISSING_PATH_VALUE,
            "Can't find any value for path: /aggregator/type",
            "aggregator",
        ),
        (
            "{tags: a, timestamp: {since: now}}",
            code::UNEXPECTED_ELEMENT,
            r#"Unexpected in DSL: {"timestamp":{"since":"now"}}"#,
            "timestamp.since",
        ),
        (
            "{tags: a, aggregator: {type: sum, percent: 95}}",
            code::UNEXPECTED_ELEMENT,
            r#"Unexpected in DSL: {"aggregator":{"percent":95}}"#,
            "aggregator.percent",
        ),
        (
            "{tags: a, page: 2}",
            code::UNEXPECTED_ELEMENT,
            r#"Unexpected in DSL: {"page":2}"#,
            "page",
        ),
    ] {
        let problem = refused::<EventQuery>(text);
        assert_eq!(
            (problem.code, problem.message.as_str(), problem.path.as_str()),
            (code, message, path)
        );
    }
    let list = refused::<EventQuery>("{tags: a, timestamp: {lt: [now]}}");
    assert_eq!(
        (list.code, list.path.as_str()),
        (code::UNEXPECTED_TYPE, "timestamp.lt")
    );
}

#[test]
fn a_range_is_resolved_against_the_time_of_whoever_asks() {
    let now = "2031-04-09T06:07:08Z".parse().unwrap();
    let cases = [
        ("{}", vec!["0001-01-01T00:00:00Z", "2031-04-10T00:00:00Z"], vec![]),
        (
            "{gte: now-10m, lt: now}",
            vec!["2031-04-09T05:57:08Z", "2031-04-09T06:07:07.9Z"],
            vec!["2031-04-09T05:57:07.9Z", "2031-04-09T06:07:08Z"],
        ),
        (
            "{gt: now() - 10m, lte: now()}",
            vec!["2031-04-09T05:57:08.1Z", "2031-04-09T06:07:08Z"],
            vec!["2031-04-09T05:57:08Z", "2031-04-09T06:07:08.1Z"],
        ),
        // A day begins where `gte` and `lt` stand, and ends where `gt` and `lte` stand.
        (
            "{gte: 2031-04-05, lte: 2031-04-05}",
            vec!["2031-04-05T00:00:00Z", "2031-04-05T23:59:59.999Z"],
            vec!["2031-04-04T23:59:59.999Z", "2031-04-06T00:00:00Z"],
        ),
        (
            "{gt: now/d, lt: 2031-04-11}",
            vec!["2031-04-10T00:00:00Z", "2031-04-10T23:59:59Z"],
            vec!["2031-04-09T23:59:59Z", "2031-04-11T00:00:00Z"],
        ),
    ];
    for (text, inside, outside) in cases {
        let range = query(&format!("{{tags: a, timestamp: {text}}}"))
            .time
            .resolve(now)
            .unwrap();
        for moment in inside {
            assert!(range.contains(&moment.parse().unwrap()), "{moment} in {text}");
        }
        for moment in outside {
            assert!(
                !range.contains(&moment.parse().unwrap()),
                "{moment} not in {text}"
            );
        }
    }
    // What a bound means is not looked at before.
    let unclear = query("{tags: a, timestamp: {lt: soon}}").time;
    assert!(
        unclear
            .resolve(now)
            .unwrap_err()
            .to_string()
            .starts_with("'soon' is no time")
    );
}

#[test]
fn a_request_for_events_may_leave_out_the_tags() {
    let all = read_event_request("aggregator: {type: count}", Format::Yaml).unwrap();
    assert!(all.tags.is_empty());
    assert_eq!(all.aggregator.unwrap().kind, Aggregation::Count);
    let tagged = "{tags: a, type: x, timestamp: {lt: now}}";
    assert_eq!(read_event_request(tagged, Format::Yaml).unwrap(), query(tagged));
    assert!(read_event_request("{tag: a}", Format::Yaml).is_err());
}

#[test]
fn a_query_reads_back_from_what_is_written() {
    for (text, expected) in [
        ("tags: a", json!({"tags": ["a"]})),
        (
            "{tags: [], type: 5, timestamp: {lt: 2031, gte: now - 1h}, aggregator: {type: SUM, field: a.b}}",
            json!({
                "tags": [],
                "type": "5",
                "timestamp": {"lt": "2031", "gte": "now - 1h"},
                "aggregator": {"type": "sum", "field": "a.b"},
            }),
        ),
    ] {
        let asked = query(text);
        assert_eq!(serde_json::to_value(&asked).unwrap(), expected);
        assert_eq!(query(&to_yaml(&asked)), asked);
        assert_eq!(serde_json::from_str::<Value>(&to_json(&asked)).unwrap(), expected);
    }
}
