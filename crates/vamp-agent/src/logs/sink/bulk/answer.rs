//! What `_bulk` answers for each line.

use serde_json::Value;

/// Types of errors that say something about the index.
const INDEX_ERRORS: [&str; 4] = [
    "validation_exception",
    "index_not_found_exception",
    "index_closed_exception",
    "cluster_block_exception",
];

/// What has become of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// It is in the index.
    Taken,
    /// It is to come again.
    Busy(String),
    /// It will never be taken.
    Refused(String),
}

/// Reads the answer to so many lines.
pub(super) fn read(text: &str, lines: usize) -> Result<Vec<Item>, String> {
    let answer: Value =
        serde_json::from_str(text).map_err(|error| format!("its answer is no JSON: {error}"))?;
    if answer.get("errors") == Some(&Value::Bool(false)) {
        return Ok((0..lines).map(|_| Item::Taken).collect());
    }
    let items = answer.get("items").and_then(Value::as_array);
    let items = items.ok_or("its answer does not say what has become of the lines")?;
    if items.len() != lines {
        return Err(format!("its answer speaks of {} lines of {lines}", items.len()));
    }
    Ok(items.iter().map(item).collect())
}

fn item(item: &Value) -> Item {
    let result = item.as_object().and_then(|item| item.values().next());
    let status = result
        .and_then(|result| result.get("status"))
        .and_then(Value::as_u64);
    match status {
        // 409: it is there already, from a try whose answer was not heard.
        Some(200..=299 | 409) => Item::Taken,
        // 401, 403: rights, or a disk that is nearly full, in the words of older servers. Somebody mends either.
        Some(401 | 403 | 429 | 500..) | None => Item::Busy(reason(result, status)),
        Some(_) if is_about_the_index(result) => Item::Busy(reason(result, status)),
        Some(_) => Item::Refused(reason(result, status)),
    }
}

/// Whether the index is what is wrong, and not the line: it cannot be made since the cluster has as many shards as it may, or is closed,
/// or is not there and must not be made. Somebody mends that, too.
fn is_about_the_index(result: Option<&Value>) -> bool {
    let kind = result
        .and_then(|result| result.get("error")?.get("type"))
        .and_then(Value::as_str);
    kind.is_some_and(|kind| INDEX_ERRORS.contains(&kind))
}

/// Elasticsearch 1.x and 2.x may say it as text.
fn reason(result: Option<&Value>, status: Option<u64>) -> String {
    let error = result.and_then(|result| result.get("error"));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let said = match error {
        Some(Value::Object(error)) => {
            let cause = error.get("caused_by").and_then(|cause| cause.get("reason"));
            let reason = text(error.get("reason")).unwrap_or_default();
            match text(cause) {
                Some(cause) => format!("{reason}: {cause}"),
                None => reason,
            }
        }
        other => text(other).unwrap_or_default(),
    };
    format!("{}: {said}", status.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_own_fate() {
        let text = r#"{"errors":true,"items":[{"create":{"status":201}},{"create":{"status":409,"error":{"reason":"exists"}}},
            {"create":{"status":429,"error":{"type":"es_rejected_execution_exception","reason":"queue is full"}}},
            {"create":{"status":400,"error":{"reason":"failed to parse","caused_by":{"reason":"For input string"}}}}]}"#;
        let expected = [
            Item::Taken,
            Item::Taken,
            Item::Busy("429: queue is full".to_owned()),
            Item::Refused("400: failed to parse: For input string".to_owned()),
        ];
        assert_eq!(read(text, 4).unwrap(), expected);
        assert_eq!(
            read(r#"{"errors":false}"#, 2).unwrap(),
            [Item::Taken, Item::Taken]
        );
        let full = r#"{"errors":true,"items":[{"create":{"status":400,"error":{"type":"validation_exception",
            "reason":"this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum shards open"}}},
            {"create":{"status":404,"error":{"type":"index_not_found_exception","reason":"no such index"}}},
            {"create":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"failed to parse"}}}]}"#;
        let fates = read(full, 3).unwrap();
        assert!(
            matches!(fates[..], [Item::Busy(_), Item::Busy(_), Item::Refused(_)]),
            "{fates:?}"
        );
        assert!(read(text, 3).is_err());
        assert!(read("<html>", 3).is_err());
    }
}
