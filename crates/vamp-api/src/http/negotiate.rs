//! Which notation a caller sends and wants.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use bytes::Bytes;
use serde::Serialize;
use vamp_client::wire::{JSON, YAML};

use super::Failure;

/// The notation of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Notation {
    #[default]
    Json,
    Yaml,
}

impl Notation {
    /// YAML when the caller names it first, else JSON.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        match headers.get(ACCEPT).and_then(|value| value.to_str().ok()) {
            Some(value) if value.trim_start().to_ascii_lowercase().starts_with(YAML) => Self::Yaml,
            _ => Self::Json,
        }
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => JSON,
            Self::Yaml => YAML,
        }
    }

    pub(crate) fn write<T: Serialize>(self, value: &T) -> Result<Bytes, Failure> {
        match self {
            Self::Json => serde_json::to_vec(value)
                .map(Bytes::from)
                .map_err(Failure::internal),
            Self::Yaml => Ok(vamp_model::to_yaml(value).into()),
        }
    }
}

/// Refuses callers that take neither notation. Without `Accept` a caller takes everything.
pub(super) fn check_accept(headers: &HeaderMap) -> Result<(), Failure> {
    let mut values = headers.get_all(ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    let values: Vec<String> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    if values.iter().flat_map(|value| value.split(',')).any(accepts) {
        return Ok(());
    }
    Err(Failure::bad_request(format!(
        "Only the following media types are supported: {JSON}, {YAML}, but not: {}",
        values.join(", ")
    )))
}

/// Whether an element of `Accept` takes JSON or YAML. Its parameters do not count, except for a quality of nothing.
fn accepts(element: &str) -> bool {
    let mut parts = element.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default().to_ascii_lowercase();
    let refused = parts.any(|parameter| {
        let quality = parameter
            .strip_prefix("q=")
            .or_else(|| parameter.strip_prefix("Q="));
        quality.is_some_and(|quality| quality.parse::<f32>() == Ok(0.0))
    });
    !refused && matches!(range.as_str(), "*/*" | "application/*" | JSON | YAML)
}

/// Refuses documents that are declared as neither notation. Which of the two it is, the document itself says.
pub(super) fn check_content_type(headers: &HeaderMap) -> Result<(), Failure> {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = declared
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    match media_type.as_deref() {
        Some(JSON | YAML | "application/yaml" | "text/yaml") => Ok(()),
        _ => Err(Failure::bad_request(format!(
            "Only the following media types are supported: {JSON}, {YAML}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(accept: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))])
    }

    #[test]
    fn who_takes_json_or_yaml_in_whatever_words_is_served() {
        for (accept, served, notation) in [
            ("*/*", true, Notation::Json),
            ("application/json", true, Notation::Json),
            ("APPLICATION/JSON", true, Notation::Json),
            ("application/json; charset=utf-8", true, Notation::Json),
            ("application/json;q=0.9", true, Notation::Json),
            ("application/*", true, Notation::Json),
            ("text/html, */*;q=0.1", true, Notation::Json),
            ("application/json, text/plain, */*", true, Notation::Json),
            ("application/json, application/x-yaml", true, Notation::Json),
            ("application/x-yaml", true, Notation::Yaml),
            ("application/x-yaml, */*", true, Notation::Yaml),
            ("text/html", false, Notation::Json),
            ("text/html, */*;q=0", false, Notation::Json),
            ("application/jsonp", false, Notation::Json),
            ("", false, Notation::Json),
        ] {
            let headers = headers(accept);
            // S03-024: whoever takes one of the two, or does not say.
            assert_eq!(check_accept(&headers).is_ok(), served, "{accept}");
            assert_eq!(Notation::wanted(&headers), notation, "{accept}");
        }
        assert!(check_accept(&HeaderMap::new()).is_ok());
    }
}
