//! Calls from web pages of other origins that may call.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;

use super::{Answer, Failure, Notation};

const METHODS: &str = "GET, POST, HEAD, OPTIONS, DELETE, PUT";
/// What pages may read beside the body. `ETag` and the request's id are ours, the others every client knows.
const EXPOSED: &str = "Link, X-Total-Count, ETag, X-Request-Id, X-Vamp-Notice, X-Vamp-Changed-Breed";
/// Seconds.
const MAX_AGE: &str = "1800";

/// The answer to a browser that asks whether it may send a request.
pub(super) fn preflight(request: &Request) -> Option<Response> {
    let headers = request.headers();
    let wanted = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    if request.method() != Method::OPTIONS {
        return None;
    }
    let allowed = |wanted: &str| METHODS.split(", ").any(|method| method == wanted);
    if !wanted.to_str().is_ok_and(allowed) {
        let message = format!(
            "The HTTP method '{}' is not allowed, those that are: {METHODS}",
            String::from_utf8_lossy(wanted.as_bytes())
        );
        return Some(Failure::bad_request(message).respond(Notation::wanted(headers)));
    }
    let mut response = Answer::empty(StatusCode::OK).respond();
    let answer = response.headers_mut();
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    if let Some(requested) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, requested.clone());
    }
    Some(response)
}

/// Lets pages of this origin read the answer.
pub(super) fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let constant: [(HeaderName, &'static str); 3] = [
        (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        (ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED),
        (VARY, "origin"),
    ];
    for (name, value) in constant {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
