//! What no route serves.

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use percent_encoding::percent_decode_str;
use vamp_client::wire::ErrorItem;
use vamp_model::{Kind, code};

use crate::http::{Failure, Notation};

/// A method that the path does not know; the router adds those that it does.
pub(super) fn method(request: &Request) -> Response {
    respond(request, Failure::method_not_allowed())
}

/// The API's own path: there is nothing to read at it.
pub(super) fn root(request: &Request) -> Response {
    match *request.method() {
        Method::GET | Method::HEAD => respond(request, Failure::not_found()),
        _ => method(request),
    }
}

/// A path that no route has: its first word is taken for a kind, which it is not.
pub(super) fn path(request: &Request) -> Response {
    let first = request.uri().path().trim_start_matches('/').split('/').next();
    let word = percent_decode_str(first.unwrap_or_default()).decode_utf8_lossy();
    if word == Kind::Deployment.plural() {
        return respond(request, Failure::not_found());
    }
    respond(request, unexpected(&word))
}

fn unexpected(word: &str) -> Failure {
    let message = format!("Unexpected resource: '{word}'.");
    let singular = Kind::ALL.into_iter().find(|kind| word == kind.singular());
    let (code, hint) = match singular {
        _ if NOT_YET.contains(&word) => {
            let hint = format!("this version does not serve {word} yet");
            (code::NOT_SUPPORTED, Some(hint))
        }
        Some(kind) => (code::UNEXPECTED_ARTIFACT, Some(format!("did you mean `{kind}`?"))),
        None => (code::UNEXPECTED_ARTIFACT, None),
    };
    let item = ErrorItem {
        code: code.to_owned(),
        path: String::new(),
        line: None,
        column: None,
        message: message.clone(),
        hint,
    };
    Failure::bad_request(message).with_errors(vec![item])
}

/// Kinds of the language that this version does not serve.
const NOT_YET: [&str; 1] = ["workflows"];

fn respond(request: &Request, failure: Failure) -> Response {
    failure.respond(Notation::wanted(request.headers()))
}
