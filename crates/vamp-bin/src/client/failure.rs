//! A failed call, in words for the person at the terminal.

use vamp_client::ErrorKind;
use vamp_client::wire::ErrorItem;
use vamp_model::Kind;

use crate::display::Complaint;
use crate::{Error, Exit};

/// The status that a failed call ends the program with.
fn exit(error: &vamp_client::Error) -> Exit {
    match error.kind() {
        ErrorKind::CouldNotAsk | ErrorKind::NoAnswer | ErrorKind::ServerFailed | ErrorKind::Protocol => {
            Exit::Unreachable
        }
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
    let hint = match error.kind() {
        ErrorKind::CouldNotAsk => Some(unreachable(&error, server)),
        ErrorKind::Protocol => Some(format!(
            "what answers at {server} is not a Vamp server of this version, or only what stands before one; name another address with --server or VAMP_HOST"
        )),
        _ => None,
    };
    let failure = Error::new(exit(&error), message).at(complaints).because(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What to do about a server to which there is no connection.
fn unreachable(error: &vamp_client::Error, server: &str) -> String {
    match server.strip_prefix("https://") {
        Some(rest) if somebody_is_there(error) => format!(
            "what answers at {server} does not speak TLS as it should; `vamp serve` speaks HTTP: perhaps http://{rest} is meant"
        ),
        _ => format!(
            "no server answers at {server}; start one with `vamp serve`, or name another with --server or VAMP_HOST"
        ),
    }
}

/// Whether the connection failed only after it was accepted: TLS reports what it does not understand as invalid data or an end.
fn somebody_is_there(error: &vamp_client::Error) -> bool {
    use std::io::Error as Io;
    let first: &(dyn std::error::Error + 'static) = error;
    let causes = std::iter::successors(Some(first), |error| error.source());
    // The causes of an error of input and output leave out the error that it was made of.
    let made_of = |error: &Io| {
        let within = std::iter::successors(Some(error), |error| error.get_ref()?.downcast_ref::<Io>());
        within.map(Io::kind).collect::<Vec<_>>()
    };
    let mut kinds = causes
        .filter_map(|cause| cause.downcast_ref::<Io>())
        .flat_map(made_of);
    kinds.any(|kind| {
        use std::io::ErrorKind;
        matches!(
            kind,
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
        )
    })
}

/// There is no such artifact.
pub(super) fn absent(kind: Kind, name: &str) -> Error {
    Error::new(
        Exit::NotFound,
        format!("there is no {} '{name}'", kind.singular()),
    )
}

/// Everything that the server says is wrong with a document; a single problem without advice is the message already.
fn complaints(error: &vamp_client::Error) -> Vec<Complaint> {
    let Some(answer) = error.answer() else {
        return Vec::new();
    };
    match answer.errors.as_slice() {
        [only] if only.message == answer.message && only.hint.is_none() => Vec::new(),
        items => items.iter().map(complaint).collect(),
    }
}

/// A problem in the words of the server, at its line or else at its path.
fn complaint(item: &ErrorItem) -> Complaint {
    match item.line {
        Some(line) => Complaint {
            line,
            column: item.column.unwrap_or(0),
            message: item.message.clone(),
            hint: item.hint.clone(),
            ..Complaint::default()
        },
        None => at_path(item),
    }
}

/// A problem at its path.
fn at_path(item: &ErrorItem) -> Complaint {
    let message = match item.path.as_str() {
        "" => item.message.clone(),
        path => format!("{path}: {}", item.message),
    };
    Complaint {
        message,
        hint: item.hint.clone(),
        ..Complaint::default()
    }
}

/// The error of a document of a file that the server refused.
pub(super) fn of_document(
    error: vamp_client::Error,
    server: &str,
    what: &str,
    place: impl Fn(Complaint) -> Complaint,
) -> Error {
    refused(error, server, what, |item| place(complaint(item)), &place)
}

/// The error of a request that the server refused. Its body is the program's own: lines in it mean nothing to the user.
pub(super) fn of_request(error: vamp_client::Error, server: &str, what: &str) -> Error {
    refused(error, server, what, at_path, |complaint| complaint)
}

fn refused(
    error: vamp_client::Error,
    server: &str,
    what: &str,
    problem: impl Fn(&ErrorItem) -> Complaint,
    alone: impl Fn(Complaint) -> Complaint,
) -> Error {
    let Some(answer) = error.answer().filter(|_| error.kind() == ErrorKind::Refused) else {
        return of(error, server);
    };
    let complaints: Vec<Complaint> = match answer.errors.as_slice() {
        [] => vec![alone(Complaint {
            message: answer.message.clone(),
            ..Complaint::default()
        })],
        items => items.iter().map(problem).collect(),
    };
    Error::new(exit(&error), format!("{what} is refused"))
        .at(complaints)
        .because(error)
}
