//! What is answered when a request does not succeed.

use std::fmt;

use axum::http::StatusCode;
use axum::http::header::CONNECTION;
use axum::response::Response;
use vamp_client::wire::{ErrorBody, ErrorItem};
use vamp_model::{ParsedText, Problems};

use super::{Answer, Notation};

/// A request that does not succeed: what the caller is told, and what only the log is.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) body: ErrorBody,
    /// For the log: a cause that is nobody's business outside.
    pub(crate) cause: Option<String>,
    /// The rest of the request is not read, so that the connection cannot be used on.
    pub(crate) closes: bool,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            body: ErrorBody {
                message: message.into(),
                errors: Vec::new(),
            },
            cause: None,
            closes: false,
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "The requested resource could not be found.",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "HTTP method not allowed, see the header Allow for those that are.",
        )
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("The body of the request is larger than the limit of {limit} bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    pub(crate) fn timeout() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server was not able to produce a timely response to your request.\r\nPlease try again in a short while!",
        )
    }

    /// Something that must not happen; the caller is told that, and the log what it was.
    pub(crate) fn internal(cause: impl fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string()),
            ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.")
        }
    }

    /// What is wrong with a document: the first problem of validation in front, all of them by place.
    pub(crate) fn problems(problems: &Problems) -> Self {
        let errors = problems.iter().map(ErrorItem::from).collect();
        Self::bad_request(problems.first().message.clone()).with_errors(errors)
    }

    /// The same failure with the places, in the text that was sent, of what only its path is known of. `document` counts the
    /// documents of the text from 0.
    pub(crate) fn located(mut self, text: &ParsedText<'_>, document: usize) -> Self {
        let unknown = |item: &ErrorItem| item.line.is_none() && !item.path.is_empty();
        let paths = self.body.errors.iter().filter(|item| unknown(item));
        let paths: Vec<String> = paths.map(|item| item.path.clone()).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        if paths.is_empty() {
            return self;
        }
        let places = text.locate(document, &paths);
        let items = self.body.errors.iter_mut().filter(|item| unknown(item));
        for (item, place) in items.zip(places) {
            (item.line, item.column) = place.unzip();
        }
        let place = |item: &ErrorItem| (item.line.unwrap_or(usize::MAX), item.column);
        self.body.errors.sort_by_key(place);
        self
    }

    pub(crate) fn with_errors(mut self, errors: Vec<ErrorItem>) -> Self {
        self.body.errors = errors;
        self
    }

    pub(crate) fn closing(mut self) -> Self {
        self.closes = true;
        self
    }

    pub(crate) fn respond(self, notation: Notation) -> Response {
        if let Some(cause) = &self.cause {
            tracing::error!(status = self.status.as_u16(), %cause, "a request failed");
        }
        let text = notation.write(&self.body).unwrap_or_default();
        let mut response = Answer::raw(self.status, notation.media_type(), text).respond();
        if self.closes {
            let headers = response.headers_mut();
            headers.insert(CONNECTION, axum::http::HeaderValue::from_static("close"));
        }
        response
    }
}
