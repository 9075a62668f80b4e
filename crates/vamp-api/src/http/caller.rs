//! Calls by way of a browser that nobody at the browser means.
//!
//! A page may send requests to every server that its browser reaches: with `Origin` wherever they may change something, and
//! wherever it wants to read the answer. Where the page's own name points to this server, the browser takes both for one, and
//! only `Host` tells. What sends no `Origin` is no page, or a page that only links here and may not read the answer; what sends
//! no `Host` is no browser.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderValue, StatusCode};

use super::Failure;
use crate::ApiOptions;
use crate::callers::Authority;

/// The server's own address on the connection of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArrivedAt(pub(crate) IpAddr);

/// The origin of the page that a request comes from, if it comes from one; 403 where it must not call.
pub(super) fn admit(request: &Request, options: &ApiOptions) -> Result<Option<HeaderValue>, Failure> {
    let arrived_at = request.extensions().get::<ArrivedAt>().map(|at| at.0);
    // Where the address of the request names a server, too, that is the one (RFC 9112 §3.2.2); browsers send no such requests.
    let named = request.uri().authority().map(|named| named.as_str().as_bytes());
    let headers = request.headers();
    let hosts = named
        .into_iter()
        .chain(headers.get_all(HOST).iter().map(HeaderValue::as_bytes));
    let mut called = None;
    for host in hosts {
        let authority = std::str::from_utf8(host).ok().and_then(Authority::parse);
        if !options.hosts.allow(authority.as_ref(), arrived_at) {
            let message = format!(
                "The server is not called '{}'. It answers as localhost, under its address, and under the names that the \
                 setting vamp.http-api.hosts lists.",
                String::from_utf8_lossy(host)
            );
            return Err(Failure::new(StatusCode::FORBIDDEN, message));
        }
        called = called.or(authority);
    }
    for origin in headers.get_all(ORIGIN) {
        let text = origin.to_str().unwrap_or_default();
        if !options.origins.allow(text, called.as_ref()) {
            let message = format!(
                "Web pages of '{}' may not call this server. Those may that the setting vamp.http-api.origins lists.",
                String::from_utf8_lossy(origin.as_bytes())
            );
            return Err(Failure::new(StatusCode::FORBIDDEN, message));
        }
    }
    Ok(headers.get(ORIGIN).cloned())
}
