//! A failed call, in words for the person at the terminal.

use vamp_client::ErrorKind;
use vamp_client::wire::ErrorItem;

use crate::display::Complaint;
use crate::{Error, Exit};

/// The status that a failed call ends the program with.
fn exit(error: &vamp_client::Error) -> Exit {
    match error.kind() {
        ErrorKind::CouldNotAsk | ErrorKind::NoAnswer | ErrorKind::ServerFailed => Exit::Unreachable,
        ErrorKind::Absent => Exit::NotFound,
        ErrorKind::PreconditionFailed => Exit::Conflict,
        ErrorKind::Denied => Exit::Denied,
        ErrorKind::Refused => {
            error
                .answer()
                .map_or(Exit::Invalid, |answer| match Exit::of_status(answer.status) {
                    // 413 and the like are about what was sent, too.
                    Exit::Failed => Exit::Invalid,
                    exit => exit,
                })
        }
        ErrorKind::Usage => Exit::Usage,
        _ => Exit::Failed,
    }
}

/// The error of a failed call.
pub(super) fn of(error: vamp_client::Error, server: &str) -> Error {
    let complaints = complaints(&error);
    let mut message = error.to_string();
    if let Some(id) = error.answer().and_then(|answer| answer.request_id.as_deref()) {
        message.push_str(&format!(", request {id}"));
    }
    let unreachable = error.kind() == ErrorKind::CouldNotAsk;
    let failure = Error::new(exit(&error), message).at(complaints).because(error);
    if unreachable {
        return failure.hint(format!(
            "no server answers at {server}; start one with `vamp serve`, or name another with --server or VAMP_HOST"
        ));
    }
    failure
}

/// Everything that the server says is wrong with a document; the first problem alone is the message already.
fn complaints(error: &vamp_client::Error) -> Vec<Complaint> {
    let items = error
        .answer()
        .map(|answer| answer.errors.as_slice())
        .unwrap_or_default();
    items.iter().map(complaint).collect()
}

/// A problem in the words of the server.
pub(super) fn complaint(item: &ErrorItem) -> Complaint {
    Complaint {
        line: item.line.unwrap_or(0),
        column: item.column.unwrap_or(0),
        message: item.message.clone(),
        hint: item.hint.clone(),
        ..Complaint::default()
    }
}

/// The error of a document of a file that the server refused.
pub(super) fn of_document(
    error: vamp_client::Error,
    server: &str,
    what: &str,
    mut place: impl FnMut(Complaint) -> Complaint,
) -> Error {
    let Some(answer) = error.answer().filter(|_| error.kind() == ErrorKind::Refused) else {
        return of(error, server);
    };
    let complaints: Vec<Complaint> = match answer.errors.as_slice() {
        [] => vec![place(Complaint {
            message: answer.message.clone(),
            ..Complaint::default()
        })],
        items => items.iter().map(|item| place(complaint(item))).collect(),
    };
    Error::new(exit(&error), format!("{what} is refused"))
        .at(complaints)
        .because(error)
}
