//! From HTTP to what a route does, and back.

use std::sync::Arc;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use tokio::time::timeout;

use super::{Ask, Failure, Notation, body, negotiate, query::Query};
use crate::routes::{Checks, Document, Endpoint};
use crate::shared::Shared;

/// The address as the caller wrote it.
#[derive(Debug, Clone)]
pub(super) struct Written(pub(super) axum::http::Uri);

/// Checks a request as its route wants it, and answers it.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    endpoint: Arc<Endpoint>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response {
    let notation = Notation::wanted(request.headers());
    let asked = ask(&shared, endpoint.checks, notation, params, request).await;
    let outcome = match asked {
        Ok(ask) => (endpoint.run)(shared, ask).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(answer) => answer.respond(),
        Err(failure) => failure.respond(notation),
    }
}

async fn ask(
    shared: &Shared,
    checks: Checks,
    notation: Notation,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Result<Ask, Failure> {
    let (parts, content) = request.into_parts();
    if checks.accept {
        negotiate::check_accept(&parts.headers)?;
    }
    let limit = shared.options.body_limit;
    let read = async || {
        // Beside the limit of the whole request, so that a body that never comes does not keep its place for ever.
        let read = body::read(&parts.headers, content, limit);
        let read = timeout(shared.options.response_timeout, read).await;
        read.map_err(|_| Failure::timeout().closing())?
    };
    let text = match checks.document {
        Document::None => String::new(),
        Document::Optional => read().await?,
        Document::Required => {
            // A body that nobody wants is read all the same, so that its sender gets to read why.
            let declared = negotiate::check_content_type(&parts.headers);
            let text = read().await?;
            declared.map(|()| text)?
        }
    };
    let params = params.map_err(|_| Failure::bad_request("A name in the path is not UTF-8."))?;
    let mut names = params.iter().map(|(_, name)| name.to_owned());
    let (name, second_name) = (names.next(), names.next());
    let written = parts.extensions.get::<Written>().cloned();
    Ok(Ask {
        notation,
        name: name.unwrap_or_default(),
        second_name: second_name.unwrap_or_default(),
        query: Query::parse(parts.uri.query()),
        headers: parts.headers,
        uri: written.map_or(parts.uri, |Written(uri)| uri),
        text,
    })
}
