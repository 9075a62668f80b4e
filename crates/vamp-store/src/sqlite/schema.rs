//! The tables, and how a file of an older format becomes one of the newest.

use rusqlite::Connection;

/// The newest format that this release knows: `user_version` in the file.
pub const FORMAT: u32 = 1;

/// `application_id` in the file: `vamp` in ASCII.
pub(super) const APPLICATION: u32 = 0x7661_6d70;

/// What makes format n + 1 of format n. What stands here once is never altered.
const MIGRATIONS: [&str; FORMAT as usize] = [FORMAT_1];

/// Contents are in `revision` only, the present one too; `artifact` says which one that is. A deletion is a revision without
/// content.
///
/// `label` counts the events of each tag (sort 0) and each kind (sort 1), so that a query begins with the rarest. `event_tag`
/// finds the events of a label by time; `event` repeats their tags, so that reading a page needs no second look-up.
const FORMAT_1: &str = "
CREATE TABLE revision (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    content TEXT,
    UNIQUE (kind, name, revision)
) STRICT;
CREATE TABLE artifact (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE event (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    version TEXT,
    tags TEXT NOT NULL,
    value TEXT NOT NULL
) STRICT;
CREATE INDEX event_at ON event (at);
CREATE TABLE label (
    id INTEGER PRIMARY KEY,
    sort INTEGER NOT NULL,
    text TEXT NOT NULL,
    events INTEGER NOT NULL,
    UNIQUE (sort, text)
) STRICT;
CREATE TABLE event_tag (
    label INTEGER NOT NULL,
    at INTEGER NOT NULL,
    event INTEGER NOT NULL,
    PRIMARY KEY (label, at, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('sequence', 0), ('events', 0);
";

/// Brings a file to the newest format, in one transaction. The file is known to be of this or an older one.
pub(super) fn migrate(connection: &mut Connection, found: u32) -> rusqlite::Result<()> {
    if found >= FORMAT {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for migration in MIGRATIONS.iter().skip(found as usize) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}
