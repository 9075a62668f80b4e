//! What an error of SQLite means for the caller.

use std::fmt;

use rusqlite::ErrorCode;

use crate::{Error, ErrorKind};

/// The error of the crate for an error of SQLite, while doing `operation` on `subject`.
pub(super) fn error(error: rusqlite::Error, operation: &'static str, subject: impl fmt::Display) -> Error {
    Error::new(kind(&error), operation, subject).because(error)
}

fn kind(error: &rusqlite::Error) -> ErrorKind {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::SchemaChanged => {
                ErrorKind::Corrupt
            }
            ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly => {
                ErrorKind::Configuration
            }
            _ => ErrorKind::Unavailable,
        },
        // A table, a column or a value is not what this format has.
        rusqlite::Error::SqlInputError { .. }
        | rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => ErrorKind::Corrupt,
        _ => ErrorKind::Unavailable,
    }
}

/// The store was closed, or one of its threads ended, before it could answer.
pub(super) fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Unavailable, operation, "store").because("the store is closed")
}
