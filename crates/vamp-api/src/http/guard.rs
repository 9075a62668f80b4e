//! Requests that no route shall see.

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::{Method, StatusCode};

use super::Failure;

/// Characters of path and query.
const LONGEST_URI: usize = 2048;
/// Bytes of the value of a header.
const LONGEST_HEADER: usize = 8192;

pub(super) fn check(request: &Request) -> Result<(), Failure> {
    let uri = request.uri();
    let length = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if length > LONGEST_URI {
        let message = format!("The address of the request is longer than {LONGEST_URI} characters.");
        return Err(Failure::new(StatusCode::URI_TOO_LONG, message));
    }
    let headers = request.headers();
    if let Some((name, _)) = headers.iter().find(|(_, value)| value.len() > LONGEST_HEADER) {
        let message = format!("The header '{name}' is longer than {LONGEST_HEADER} bytes.");
        return Err(Failure::bad_request(message));
    }
    if headers.get_all(HOST).iter().count() > 1 {
        return Err(Failure::bad_request(
            "HTTP message must not contain more than one Host header",
        ));
    }
    if !KNOWN.contains(request.method()) {
        let message = format!("The HTTP method '{}' is unknown.", request.method());
        return Err(Failure::new(StatusCode::NOT_IMPLEMENTED, message));
    }
    Ok(())
}

const KNOWN: [Method; 9] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
    Method::PATCH,
    Method::TRACE,
    Method::CONNECT,
];
