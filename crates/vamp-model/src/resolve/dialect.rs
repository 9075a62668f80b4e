use serde_json::Value;

use super::ResolveError;
use super::error::parse;
use crate::ValueTemplate;

/// A dialect, or any other data, with `resolve` every text in it that refers to something. Keys stay as they are.
///
/// # Errors
/// A text that cannot be parsed, or an error of `resolve`.
pub fn resolve_texts(
    value: &Value,
    resolve: &dyn Fn(&ValueTemplate) -> Result<String, ResolveError>,
) -> Result<Value, ResolveError> {
    let resolved = match value {
        Value::String(text) if text.contains('$') => Value::String(resolve(&parse(text)?)?),
        Value::Array(items) => {
            let items = items.iter().map(|item| resolve_texts(item, resolve));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(entries) => {
            let mut resolved = serde_json::Map::with_capacity(entries.len());
            for (key, value) in entries {
                resolved.insert(key.clone(), resolve_texts(value, resolve)?);
            }
            Value::Object(resolved)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    };
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_resolved_at_every_depth_and_keys_are_not() {
        let dialect = json!({
            "container": {"image": "x$tag", "$key": ["$a", "cost 5$$", 1, true, null]},
            "plain": "as it is",
        });
        let resolve = |template: &ValueTemplate| Ok(template.resolve(|reference| format!("<{reference}>")));
        assert_eq!(
            resolve_texts(&dialect, &resolve).unwrap(),
            json!({
                "container": {"image": "x<tag>", "$key": ["<a>", "cost 5$", 1, true, null]},
                "plain": "as it is",
            })
        );
        let broken = resolve_texts(&json!(["cost 5$"]), &resolve).unwrap_err();
        assert_eq!(broken.code(), "ParserError");
    }
}
