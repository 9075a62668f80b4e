//! What holds for every request, whatever it asks for.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use bytes::Bytes;
use tokio::time::{Instant, timeout};
use tower::ServiceExt as _;
use tracing::Instrument as _;
use vamp_client::wire::REQUEST_ID;

use super::adapter::Written;
use super::{Answer, Failure, Notation, caller, cors, guard, layout};
use crate::shared::Shared;

/// Answers a request: guards, finds the route, and sets the headers that every answer has.
pub(crate) async fn handle(shared: Arc<Shared>, routes: Router, request: Request) -> Response {
    let began = Instant::now();
    let id = request_id(&shared, request.headers());
    let caller = caller::admit(&request, &shared.options);
    let origin = caller.as_ref().ok().cloned().flatten();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let span = tracing::info_span!("request", id, %method, path = uri.path());
    let mut response = match span.in_scope(|| admitted(&shared, caller, request)) {
        Ok(request) => carried(&shared, routes, request).instrument(span.clone()).await,
        Err(response) => *response,
    };
    let _entered = span.enter();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    if let Ok(id) = HeaderValue::try_from(&id) {
        headers.insert(HeaderName::from_static(REQUEST_ID), id);
    }
    if let Some(origin) = origin {
        cors::allow(headers, origin);
    }
    let (status, micros) = (response.status().as_u16(), began.elapsed().as_micros());
    if is_safe(&method) {
        tracing::debug!(status, micros, "answered");
    } else {
        tracing::info!(status, micros, "answered");
    }
    response
}

/// The request with the path of its route, or the answer to one that goes no further.
fn admitted(
    shared: &Shared,
    caller: Result<Option<HeaderValue>, Failure>,
    mut request: Request,
) -> Result<Request, Box<Response>> {
    let notation = Notation::wanted(request.headers());
    let refused = |failure: Failure| Box::new(failure.respond(notation));
    guard::check(&request).map_err(refused)?;
    let origin = caller.map_err(|failure| {
        tracing::warn!(reason = failure.body.message, "a call is refused");
        refused(failure)
    })?;
    let Some(path) = layout::path(request.uri(), &shared.options) else {
        return Err(Box::new(nothing_there()));
    };
    if origin.is_some()
        && let Some(response) = cors::preflight(&request)
    {
        return Err(Box::new(response));
    }
    let path = if path.is_empty() { "/" } else { path };
    let rewritten = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let Ok(path_and_query) = PathAndQuery::try_from(rewritten) else {
        return Err(Box::new(Failure::not_found().respond(notation)));
    };
    let written = std::mem::replace(request.uri_mut(), Uri::from(path_and_query));
    request.extensions_mut().insert(Written(written));
    Ok(request)
}

/// Outside of the API nothing is served.
fn nothing_there() -> Response {
    let text = Bytes::from_static(b"The requested resource could not be found.");
    Answer::raw(StatusCode::NOT_FOUND, "text/plain; charset=UTF-8", text).respond()
}

/// The answer of the routes, or 503 where it takes too long. A change goes on to its end whatever becomes of its caller.
async fn carried(shared: &Arc<Shared>, routes: Router, request: Request) -> Response {
    let notation = Notation::wanted(request.headers());
    let limit = shared.options.response_timeout;
    let outcome = if is_safe(request.method()) {
        timeout(limit, routes.oneshot(request)).await.map(Ok)
    } else {
        let changes = Arc::clone(&shared.changes);
        let change = async move {
            // Closed never, so that there is always a permit at some time.
            let _permit = changes.acquire_owned().await;
            routes.oneshot(request).await
        };
        let change = tokio::spawn(change.in_current_span());
        timeout(limit, change).await
    };
    match outcome {
        Ok(Ok(Ok(response))) => response,
        Ok(Err(join)) => Failure::internal(join).respond(notation),
        Err(_) => Failure::timeout().respond(notation),
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The caller's own name for the request where it is one, else the next of ours.
fn request_id(shared: &Shared, headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let usable = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))
    };
    match given.filter(usable) {
        Some(id) => id.to_owned(),
        None => shared.next_request_id(),
    }
}
