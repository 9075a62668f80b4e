//! Finding events.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Result, Row, params, params_from_iter};

use super::artifacts::{signed, time, unreadable, unsigned};
use super::events::{KIND, TAG};
use crate::{Event, EventFilter, EventPage, EventQuery, Page};

/// The events that a query asks for, as of one moment: the caller has begun a transaction.
pub(super) fn query(connection: &Connection, query: &EventQuery) -> Result<EventPage> {
    let (first, last) = query.time.microseconds();
    let Some(labels) = labels(connection, &query.filter)? else {
        return Ok(EventPage::default());
    };
    if first > last {
        return Ok(EventPage::default());
    }
    let whole_time = (first, last) == (i64::MIN, i64::MAX);
    let search = Search { labels, first, last };
    let sequences = search.sequences(connection, query.page)?;
    let total = match &search.labels[..] {
        _ if ends_within(query.page, sequences.len()) => query.page.offset + sequences.len() as u64,
        [] if whole_time => stored(connection)?,
        [only] if whole_time => only.events,
        _ => search.count(connection)?,
    };
    let items = events(connection, sequences)?;
    Ok(EventPage { items, total })
}

/// The events that match after a place in the order of everything, in that order.
pub(super) fn since(
    connection: &Connection,
    filter: &EventFilter,
    after: u64,
    limit: u64,
) -> Result<Vec<Event>> {
    let Some(labels) = labels(connection, filter)? else {
        return Ok(Vec::new());
    };
    let search = Search {
        labels,
        first: i64::MIN,
        last: i64::MAX,
    };
    let (column, rest) = search.sql();
    let mut parameters = search.parameters();
    parameters.extend([signed(after).into(), signed(limit).into()]);
    let sequences = connection
        .prepare_cached(&format!(
            "SELECT d.{column} {rest} AND d.{column} > ? ORDER BY d.{column} LIMIT ?"
        ))?
        .query_map(params_from_iter(parameters), |row| row.get(0))?
        .collect::<Result<Vec<i64>>>()?;
    events(connection, sequences)
}

fn events(connection: &Connection, sequences: Vec<i64>) -> Result<Vec<Event>> {
    let mut read = connection
        .prepare_cached("SELECT sequence, at, kind, version, tags, value FROM event WHERE sequence = ?1")?;
    sequences
        .into_iter()
        .map(|sequence| read.query_row([sequence], event))
        .collect()
}

/// Whether the end of the list is in a page of which `found` items are there, so that its length is known.
fn ends_within(page: Page, found: usize) -> bool {
    (found as u64) < page.limit && (found > 0 || page.offset == 0)
}

/// How many events are stored altogether.
fn stored(connection: &Connection) -> Result<u64> {
    connection
        .prepare_cached("SELECT value FROM counter WHERE name = 'events'")?
        .query_row([], |row| unsigned(row, 0))
}

/// A tag or a kind, and how many events have it.
struct Label {
    id: i64,
    events: u64,
}

/// The labels of a filter, the rarest first; none when no event has one of them.
fn labels(connection: &Connection, filter: &EventFilter) -> Result<Option<Vec<Label>>> {
    let mut find = connection.prepare_cached("SELECT id, events FROM label WHERE sort = ?1 AND text = ?2")?;
    let tags = filter.tags.iter().map(|tag| (TAG, tag));
    let kind = filter.kind.iter().map(|kind| (KIND, kind));
    let mut labels = Vec::new();
    for (sort, text) in tags.chain(kind) {
        let label = find.query_row(params![sort, text], |row| {
            Ok(Label {
                id: row.get(0)?,
                events: unsigned(row, 1)?,
            })
        });
        match label.optional()? {
            Some(label) => labels.push(label),
            None => return Ok(None),
        }
    }
    labels.sort_by_key(|label| label.events);
    Ok(Some(labels))
}

/// A walk through the events of the rarest label, in the order of time, that keeps those that have the other labels too.
struct Search {
    labels: Vec<Label>,
    first: i64,
    last: i64,
}

impl Search {
    fn sequences(&self, connection: &Connection, page: Page) -> Result<Vec<i64>> {
        let (column, rest) = self.sql();
        let order = format!("ORDER BY d.at DESC, d.{column} DESC LIMIT ? OFFSET ?");
        let mut parameters = self.parameters();
        parameters.extend([signed(page.limit).into(), signed(page.offset).into()]);
        connection
            .prepare_cached(&format!("SELECT d.{column} {rest} {order}"))?
            .query_map(params_from_iter(parameters), |row| row.get(0))?
            .collect()
    }

    fn count(&self, connection: &Connection) -> Result<u64> {
        let (_, rest) = self.sql();
        connection
            .prepare_cached(&format!("SELECT count(*) {rest}"))?
            .query_row(params_from_iter(self.parameters()), |row| unsigned(row, 0))
    }

    /// The column that has the sequence, and everything from `FROM` on.
    fn sql(&self) -> (&'static str, String) {
        let Some((_, others)) = self.labels.split_first() else {
            return ("sequence", "FROM event d WHERE d.at BETWEEN ? AND ?".to_owned());
        };
        let mut sql = "FROM event_tag d WHERE d.label = ? AND d.at BETWEEN ? AND ?".to_owned();
        for _ in others {
            sql += " AND EXISTS (SELECT 1 FROM event_tag t WHERE t.label = ? AND t.at = d.at AND t.event = d.event)";
        }
        ("event", sql)
    }

    fn parameters(&self) -> Vec<Value> {
        let range = [self.first.into(), self.last.into()];
        let mut ids = self.labels.iter().map(|label| Value::from(label.id));
        ids.next().into_iter().chain(range).chain(ids).collect()
    }
}

fn event(row: &Row<'_>) -> Result<Event> {
    let tags: String = row.get(4)?;
    let value: String = row.get(5)?;
    Ok(Event {
        sequence: unsigned(row, 0)?,
        at: time(row, 1)?,
        kind: row.get(2)?,
        version: row.get(3)?,
        tags: serde_json::from_str(&tags).map_err(|error| unreadable(4, error))?,
        value: serde_json::from_str(&value).map_err(|error| unreadable(5, error))?,
    })
}
