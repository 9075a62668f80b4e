//! Events and questions for them.

use std::collections::HashSet;

use serde_json::Value;
use vamp_model::{Event, EventQuery, Format, expand_tags, read, read_event_request, read_value};

use super::{Answer, read_and_written, samples, written};

pub(crate) fn answer(kind: &str, text: &str) -> Option<Answer> {
    Some(match kind {
        "event" => read_and_written::<Event>(text),
        "event_query" => read_and_written::<EventQuery>(text),
        _ => return None,
    })
}

/// Takes away the parts of a question that say nothing.
pub(crate) fn remove_absent(query: &mut Value) {
    if let Value::Object(fields) = query {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(remove_absent);
    }
}

/// Requests that are answered otherwise, by file and number: whether they are accepted.
const OTHERWISE: [(&str, u64, bool); 8] = [
    // A list with mappings is a value like others.
    ("01-publish", 8, true),
    // Tags are texts; the answer to something else does not wait.
    ("01-publish", 16, false),
    // A time of YAML is a time.
    ("01-publish", 19, true),
    // Values that the store cannot index are stored without an index.
    ("01-publish", 35, true),
    ("01-publish", 42, true),
    ("01-publish", 43, true),
    // Tags may be left out of questions.
    ("03-aggregation", 41, true),
    ("09-events", 19, true),
];

#[test]
fn requests_for_events_are_answered_as_the_original_does() {
    let Some(folder) = samples() else { return };
    let mut compared = 0;
    for file in ["events/01-publish", "events/03-aggregation", "http/09-events"] {
        let path = folder.join(format!("golden/{file}.jsonl"));
        let lines = std::fs::read_to_string(path).unwrap();
        for (at, line) in lines.lines().enumerate() {
            let request: Value = serde_json::from_str(line).unwrap();
            let number = request["seq"].as_u64().unwrap_or(at as u64 + 1);
            let name = file.split_once('/').unwrap().1;
            let Some(text) = body(&request) else { continue };
            let otherwise = OTHERWISE.iter().find(|row| (row.0, row.1) == (name, number));
            if let Some((_, _, accepted)) = otherwise {
                assert_eq!(is_accepted(&request, text), *accepted, "{name} {number}");
                compared += 1;
                continue;
            }
            compare(&request, text).unwrap_or_else(|failure| panic!("{name} {number}: {failure}\n{request}"));
            compared += 1;
        }
    }
    assert!(compared >= 70, "only {compared} requests were compared");
}

/// The document that a request to publish or to ask brings along.
fn body(request: &Value) -> Option<&str> {
    let path = request["path"].as_str()?;
    let is_for_events = path == "/api/v1/events" || path.starts_with("/api/v1/events?");
    let body = request["body"].as_str()?;
    let is_published = request["method"] == "POST";
    let is_asked = request["method"] == "GET" && !body.trim().is_empty();
    (is_for_events && (is_published || is_asked)).then_some(body)
}

fn is_accepted(request: &Value, text: &str) -> bool {
    if request["method"] == "POST" {
        read::<Event>(text, Format::Auto).is_ok()
    } else {
        read_event_request(text, Format::Auto).is_ok()
    }
}

/// Why our answer is another one.
fn compare(request: &Value, text: &str) -> Result<(), String> {
    let answer = request["response_body"].as_str().unwrap_or_default();
    let problems = if request["method"] == "POST" {
        match read::<Event>(text, Format::Auto) {
            Ok(event) => return is_published_as(request, answer, &event),
            Err(problems) => problems,
        }
    } else {
        match (read_event_request(text, Format::Auto), request["status"].as_u64()) {
            // What the store cannot answer is readable, too.
            (Ok(_), Some(200 | 500)) => return Ok(()),
            (Ok(query), _) => return Err(format!("{query:?}")),
            (Err(problems), _) => problems,
        }
    };
    let ours = &problems.first().message;
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let theirs = answer["message"].as_str().unwrap_or_default();
    let is_same = ours == theirs
        // What follows these words is the parser's, or what was found instead.
        || (theirs.starts_with("Error: ") && ours.starts_with("Error: "))
        || (theirs.starts_with("Unexpected type") && ours.starts_with(theirs.trim_end_matches('.')));
    if is_same && request["status"] == 400 {
        Ok(())
    } else {
        Err(ours.clone())
    }
}

/// Why the event as it is published is not the answer; tags are compared as a set.
fn is_published_as(request: &Value, answer: &str, event: &Event) -> Result<(), String> {
    let mut answer = read_value(answer, Format::Auto).unwrap();
    let fields = answer.as_object_mut().unwrap();
    fields.remove("id");
    if event.timestamp.is_none() {
        fields.remove("timestamp");
    }
    let tags: HashSet<Value> = fields["tags"].as_array().unwrap().iter().cloned().collect();
    let expanded = expand_tags(event.tags.iter().map(String::as_str));
    let same_tags = tags == expanded.iter().map(|tag| Value::from(tag.as_str())).collect();
    fields["tags"] = Value::Null;
    let mut ours = written(event);
    ours["tags"] = Value::Null;
    if same_tags && ours == answer && request["status"] == 201 {
        Ok(())
    } else {
        Err(format!("{expanded:?} {ours}"))
    }
}
