//! What `_bulk` answers for each line.

use serde_json::Value;

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
        Some(_) => Item::Refused(reason(result, status)),
    }
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
        assert!(read(text, 3).is_err());
        assert!(read("<html>", 3).is_err());
    }
}
