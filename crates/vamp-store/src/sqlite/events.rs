//! Writing events, and forgetting the oldest.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result, params};

use super::artifacts::{signed, unreadable, unsigned};
use crate::{Event, StoreOptions};

/// The sorts of labels.
pub(super) const TAG: i64 = 0;
pub(super) const KIND: i64 = 1;

/// Writes an event with its value as text.
pub(super) fn insert(connection: &Connection, event: &Event, value: &str) -> Result<()> {
    let (sequence, at) = (signed(event.sequence), event.at.as_microsecond());
    let tags = serde_json::to_string(&event.tags).map_err(|error| unreadable(0, error))?;
    connection
        .prepare_cached(
            "INSERT INTO event (sequence, at, kind, version, tags, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![sequence, at, event.kind, event.version, tags, value])?;
    let mut count = connection.prepare_cached(
        "INSERT INTO label (sort, text, events) VALUES (?1, ?2, 1)
         ON CONFLICT (sort, text) DO UPDATE SET events = events + 1 RETURNING id",
    )?;
    let mut index =
        connection.prepare_cached("INSERT INTO event_tag (label, at, event) VALUES (?1, ?2, ?3)")?;
    for (sort, text) in labels(&event.kind, &event.tags) {
        let label: i64 = count.query_row(params![sort, text], |row| row.get(0))?;
        index.execute([label, at, sequence])?;
    }
    Ok(())
}

/// Forgets the oldest events over the limits, of the kinds of `written` and altogether; `stored` are stored now. Returns how many
/// it forgot.
pub(super) fn prune(
    connection: &Connection,
    written: &BTreeSet<String>,
    stored: u64,
    options: &StoreOptions,
) -> Result<u64> {
    let mut forgotten = 0;
    for kind in written {
        let (label, of_kind) = connection
            .prepare_cached("SELECT id, events FROM label WHERE sort = ?1 AND text = ?2")?
            .query_row(params![KIND, kind], |row| {
                Ok((row.get::<_, i64>(0)?, unsigned(row, 1)?))
            })?;
        let excess = of_kind.saturating_sub(options.events_of_a_kind.get());
        if excess > 0 {
            forgotten += forget(
                connection,
                "SELECT event FROM event_tag WHERE label = ?1 ORDER BY at, event LIMIT ?2",
                [label, signed(excess)],
            )?;
        }
    }
    let excess = (stored - forgotten).saturating_sub(options.events.get());
    if excess > 0 {
        forgotten += forget(
            connection,
            "SELECT sequence FROM event WHERE ?1 = ?1 ORDER BY at, sequence LIMIT ?2",
            [0, signed(excess)],
        )?;
    }
    Ok(forgotten)
}

/// Forgets the events that the query finds.
fn forget(connection: &Connection, query: &str, parameters: [i64; 2]) -> Result<u64> {
    let sequences = connection
        .prepare_cached(query)?
        .query_map(parameters, |row| row.get(0))?
        .collect::<Result<Vec<i64>>>()?;
    for sequence in &sequences {
        forget_one(connection, *sequence)?;
    }
    Ok(sequences.len() as u64)
}

fn forget_one(connection: &Connection, sequence: i64) -> Result<()> {
    let (at, kind, tags): (i64, String, String) = connection
        .prepare_cached("DELETE FROM event WHERE sequence = ?1 RETURNING at, kind, tags")?
        .query_row([sequence], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let tags: BTreeSet<String> = serde_json::from_str(&tags).map_err(|error| unreadable(2, error))?;
    for (sort, text) in labels(&kind, &tags) {
        let (label, left): (i64, i64) = connection
            .prepare_cached(
                "UPDATE label SET events = events - 1 WHERE sort = ?1 AND text = ?2 RETURNING id, events",
            )?
            .query_row(params![sort, text], |row| Ok((row.get(0)?, row.get(1)?)))?;
        connection
            .prepare_cached("DELETE FROM event_tag WHERE label = ?1 AND at = ?2 AND event = ?3")?
            .execute([label, at, sequence])?;
        if left <= 0 {
            connection
                .prepare_cached("DELETE FROM label WHERE id = ?1")?
                .execute([label])?;
        }
    }
    Ok(())
}

/// What an event is found by.
fn labels<'a>(kind: &'a str, tags: &'a BTreeSet<String>) -> impl Iterator<Item = (i64, &'a str)> {
    let tags = tags.iter().map(|tag| (TAG, tag.as_str()));
    tags.chain([(KIND, kind)])
}
