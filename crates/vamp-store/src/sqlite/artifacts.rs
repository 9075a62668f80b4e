//! Artifacts and their history in the file.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};

use crate::time::from_microseconds;
use crate::{Listing, Page, Revision, Stored};

const PRESENT: &str = "SELECT a.kind, a.name, r.revision, r.sequence, r.at, r.content
    FROM artifact a CROSS JOIN revision r ON r.sequence = a.sequence";

/// The last revision that an artifact was given (0 for none), and its content if it is there.
pub(super) fn last(connection: &Connection, kind: &str, name: &str) -> Result<(u64, Option<String>)> {
    connection
        .prepare_cached(
            "SELECT revision, content FROM revision WHERE kind = ?1 AND name = ?2 ORDER BY revision DESC LIMIT 1",
        )?
        .query_row([kind, name], |row| Ok((unsigned(row, 0)?, row.get(1)?)))
        .optional()
        .map(Option::unwrap_or_default)
}

/// What is to be written as a new revision.
pub(super) struct NewRevision<'a> {
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) revision: u64,
    pub(super) sequence: u64,
    pub(super) at: Timestamp,
    /// None for a deletion.
    pub(super) content: Option<&'a str>,
}

/// Writes a revision, makes it the present one, and forgets those beyond the `kept` newest.
pub(super) fn write(connection: &Connection, new: &NewRevision<'_>, kept: u64) -> Result<()> {
    let (revision, sequence) = (signed(new.revision), signed(new.sequence));
    connection
        .prepare_cached(
            "INSERT INTO revision (sequence, kind, name, revision, at, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            sequence,
            new.kind,
            new.name,
            revision,
            new.at.as_microsecond(),
            new.content
        ])?;
    if new.content.is_some() {
        connection
            .prepare_cached("INSERT OR REPLACE INTO artifact (kind, name, sequence) VALUES (?1, ?2, ?3)")?
            .execute(params![new.kind, new.name, sequence])?;
    } else {
        connection
            .prepare_cached("DELETE FROM artifact WHERE kind = ?1 AND name = ?2")?
            .execute([new.kind, new.name])?;
    }
    if new.revision > kept {
        connection
            .prepare_cached("DELETE FROM revision WHERE kind = ?1 AND name = ?2 AND revision <= ?3")?
            .execute(params![new.kind, new.name, signed(new.revision - kept)])?;
    }
    Ok(())
}

pub(super) fn get(connection: &Connection, kind: &str, name: &str) -> Result<Option<Stored>> {
    connection
        .prepare_cached(&format!("{PRESENT} WHERE a.kind = ?1 AND a.name = ?2"))?
        .query_row([kind, name], stored)
        .optional()
}

pub(super) fn page(connection: &Connection, kind: &str, page: Page) -> Result<Listing<Stored>> {
    let items = connection
        .prepare_cached(&format!(
            "{PRESENT} WHERE a.kind = ?1 ORDER BY a.name LIMIT ?2 OFFSET ?3"
        ))?
        .query_map(params![kind, signed(page.limit), signed(page.offset)], stored)?
        .collect::<Result<Vec<_>>>()?;
    let total = connection
        .prepare_cached("SELECT count(*) FROM artifact WHERE kind = ?1")?
        .query_row([kind], |row| unsigned(row, 0))?;
    Ok(Listing { items, total })
}

pub(super) fn counts(connection: &Connection) -> Result<BTreeMap<String, u64>> {
    connection
        .prepare_cached("SELECT kind, count(*) FROM artifact GROUP BY kind")?
        .query_map([], |row| Ok((row.get(0)?, unsigned(row, 1)?)))?
        .collect()
}

pub(super) fn history(connection: &Connection, kind: &str, name: &str) -> Result<Vec<Revision>> {
    connection
        .prepare_cached(
            "SELECT revision, sequence, at, content FROM revision WHERE kind = ?1 AND name = ?2 ORDER BY revision DESC",
        )?
        .query_map([kind, name], revision_of)?
        .collect()
}

pub(super) fn revision(
    connection: &Connection,
    kind: &str,
    name: &str,
    revision: u64,
) -> Result<Option<Revision>> {
    connection
        .prepare_cached(
            "SELECT revision, sequence, at, content FROM revision
             WHERE kind = ?1 AND name = ?2 AND revision = ?3",
        )?
        .query_row(params![kind, name, signed(revision)], revision_of)
        .optional()
}

fn stored(row: &Row<'_>) -> Result<Stored> {
    Ok(Stored {
        kind: row.get(0)?,
        name: row.get(1)?,
        revision: unsigned(row, 2)?,
        sequence: unsigned(row, 3)?,
        at: time(row, 4)?,
        content: row.get::<_, Arc<str>>(5)?,
    })
}

fn revision_of(row: &Row<'_>) -> Result<Revision> {
    Ok(Revision {
        revision: unsigned(row, 0)?,
        sequence: unsigned(row, 1)?,
        at: time(row, 2)?,
        content: row.get::<_, Option<Arc<str>>>(3)?,
    })
}

/// A number as SQLite keeps it. What is larger than it can keep is larger than anything that is there.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that is never negative.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// A time in microseconds.
pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    from_microseconds(row.get(column)?).map_err(|error| unreadable(column, error))
}

/// A value that this format does not have.
pub(super) fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
