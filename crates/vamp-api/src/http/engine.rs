//! What a failure of the engine is in HTTP: the one place that knows.

use axum::http::StatusCode;
use vamp_client::wire::ErrorItem;
use vamp_engine::{Error, ErrorKind, Problem};

use super::Failure;

impl Failure {
    /// Something that a request refers to does not exist.
    pub(crate) fn absent(name: &str) -> Self {
        let message = format!("Artifact cannot be found: '{name}'.");
        let problem = Problem::new(vamp_engine::code::ARTIFACT_NOT_FOUND, message.clone());
        Self::bad_request(message).with_errors(vec![item(&problem)])
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::not_found(),
            ErrorKind::Invalid => invalid(&error),
            ErrorKind::PreconditionFailed { .. } => {
                Self::new(StatusCode::PRECONDITION_FAILED, sentence(&error.message()))
            }
            // The API knows no 409: whatever is at odds with what exists is a bad request.
            ErrorKind::Conflict => Self::bad_request(sentence(&error.message())),
            ErrorKind::Unavailable => Self {
                cause: Some(error.to_string()),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, sentence(&error.message()))
            },
            _ => Self::internal(error),
        }
    }
}

/// The first problem of validation in front, all of them by place; those without one come last.
fn invalid(error: &Error) -> Failure {
    let mut problems: Vec<&Problem> = error.problems().iter().collect();
    let place = |problem: &&Problem| {
        let unknown = usize::MAX;
        (problem.line.unwrap_or(unknown), problem.column.unwrap_or(unknown))
    };
    problems.sort_by_key(place);
    let errors = problems.into_iter().map(item).collect();
    Failure::bad_request(error.message()).with_errors(errors)
}

fn item(problem: &Problem) -> ErrorItem {
    ErrorItem {
        code: problem.code.to_owned(),
        path: problem.path.clone(),
        line: problem.line,
        column: problem.column,
        message: problem.message.clone(),
        hint: problem.hint.clone(),
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    let text: String = first.into_iter().flatten().chain(characters).collect();
    if text.ends_with('.') {
        text
    } else {
        format!("{text}.")
    }
}
