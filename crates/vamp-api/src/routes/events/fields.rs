//! The fields of events and queries, and what can be wrong with them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use vamp_client::wire::ErrorItem;
use vamp_model::{Format, Limits, ValuePath, code, read_value_with};

use crate::http::Failure;

/// One tag or a list of them.
pub(in crate::routes) fn tags(value: Value) -> Result<BTreeSet<String>, Failure> {
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    values.into_iter().map(|value| word("tags", value)).collect()
}

/// A text.
pub(in crate::routes) fn word(path: &str, value: Value) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(unexpected_type(path)),
    }
}

/// A mapping, whose nulls count as absent.
pub(in crate::routes) fn mapping(text: &str, limits: &Limits) -> Result<Map<String, Value>, Failure> {
    match value(text, limits)? {
        Value::Object(fields) => Ok(fields.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => Err(unexpected_type("/")),
    }
}

/// Any value.
pub(in crate::routes) fn value(text: &str, limits: &Limits) -> Result<Value, Failure> {
    read_value_with(text, Format::Auto, limits).map_err(|problems| Failure::problems(&problems))
}

/// Refuses what nobody has asked for.
pub(in crate::routes) fn nothing_else(rest: &Map<String, Value>) -> Result<(), Failure> {
    if rest.is_empty() {
        return Ok(());
    }
    let message = format!("Unexpected in DSL: {}", Value::Object(rest.clone()));
    let items = rest.keys().map(|key| ErrorItem {
        path: ValuePath::new().key(key).to_string(),
        ..item(code::UNEXPECTED_ELEMENT, &message)
    });
    let items = items.collect();
    Err(Failure::bad_request(message).with_errors(items))
}

/// A value is missing that must be there. Its place is that of what it is missing in.
pub(in crate::routes) fn missing(within: &str, path: &str) -> Failure {
    let message = format!("Can't find any value for path: {path}");
    problem(code::MISSING_PATH_VALUE, within, message)
}

/// A value is of another sort than wanted.
pub(in crate::routes) fn unexpected_type(path: &str) -> Failure {
    let message = format!("Unexpected type for path '{path}'.");
    problem(code::UNEXPECTED_TYPE, path.trim_start_matches('/'), message)
}

/// A moment in words that nobody understands.
pub(in crate::routes) fn unreadable_moment(path: &str, text: &str) -> Failure {
    let message = format!("Event timestamp cannot be parsed: '{text}'.");
    problem("EventTimestampError", path, message)
}

/// One problem, at a path of the document.
pub(in crate::routes) fn problem(code: &str, path: &str, message: String) -> Failure {
    let item = ErrorItem {
        path: path.to_owned(),
        ..item(code, &message)
    };
    Failure::bad_request(message).with_errors(vec![item])
}

fn item(code: &str, message: &str) -> ErrorItem {
    ErrorItem {
        code: code.to_owned(),
        path: String::new(),
        line: None,
        column: None,
        message: message.to_owned(),
        hint: None,
    }
}
