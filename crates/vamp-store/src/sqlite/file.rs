//! Opening the file, without harm to one that is not ours or not whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::failure;
use super::schema::{self, APPLICATION, FORMAT};
use crate::{Error, ErrorKind, Result};

const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A log that is larger than this is cut when it has been moved into the file.
const LOG_LIMIT: i64 = 64 * 1024 * 1024;

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 64;

/// Opens the file for the thread that writes; makes it, or brings it to the newest format, where needed.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection> {
    check_header(path)?;
    let failed = |error| failure::error(error, "open", path.display());
    // What cannot be used must not be touched: neither made by opening, nor completed by closing.
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| Error::new(ErrorKind::Configuration, "open", path.display()).because(error))?;
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(failed)?;
    let found = format(&connection, path)?;
    let prepared = (|| {
        connection.pragma_update(None, "journal_mode", "wal")?;
        // What takes a refused batch back is needed for milliseconds: no file is written for it.
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "journal_size_limit", LOG_LIMIT)?;
        schema::migrate(&mut connection, found)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
    })();
    prepared.map_err(failed)?;
    Ok(connection)
}

/// Opens the file for a thread that only reads; it is there, and of the newest format.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| failure::error(error, "open", path.display()))
}

/// Opens the file for the thread that moves the log into it.
pub(super) fn open_for_checkpoints(path: &Path) -> Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map_err(|error| failure::error(error, "open", path.display()))
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    // A connection is used by one thread only.
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// The format of the file as SQLite sees it, its log included; 0 for a new one.
fn format(connection: &Connection, path: &Path) -> Result<u32> {
    let failed = |error| failure::error(error, "open", path.display());
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, u32>(0));
    let found = number("user_version").map_err(failed)?;
    let application = number("application_id").map_err(failed)?;
    check_format(path, found, application)?;
    let tables: u32 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    if application == 0 && tables > 0 {
        return Err(foreign(path));
    }
    Ok(found)
}

fn check_format(path: &Path, found: u32, application: u32) -> Result<()> {
    if application != APPLICATION && (application, found) != (0, 0) {
        return Err(foreign(path));
    }
    if found > FORMAT {
        let kind = ErrorKind::NewerFormat { found, known: FORMAT };
        return Err(Error::new(kind, "open", path.display()));
    }
    Ok(())
}

fn foreign(path: &Path) -> Error {
    corrupt(path, "it is a database of another program")
}

fn corrupt(path: &Path, why: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, "open", path.display()).because(why)
}

/// Looks at the first bytes before SQLite does, which would write beside the file as soon as it reads it.
fn check_header(path: &Path) -> Result<()> {
    let unusable =
        |error: io::Error| Error::new(ErrorKind::Configuration, "open", path.display()).because(error);
    let log = match fs::metadata(log_of(path)) {
        Ok(log) => log.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(unusable(error)),
    };
    let (header, length) = match read_header(path) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), 0),
        Err(error) => return Err(unusable(error)),
    };
    if length == 0 {
        return if log == 0 {
            Ok(())
        } else {
            Err(corrupt(path, "it is empty or gone, and its log is not"))
        };
    }
    let Ok(header) = <[u8; 100]>::try_from(header) else {
        return Err(corrupt(path, "it is cut short"));
    };
    if !header.starts_with(MAGIC) {
        return Err(corrupt(path, "it is no SQLite database"));
    }
    check_format(path, number(&header, 60), number(&header, 68))?;
    // As long as a log is there, the file may have pages that are in the log only.
    if log == 0 && length < pages(&header) * page_size(&header) {
        return Err(corrupt(path, "it is cut short"));
    }
    Ok(())
}

/// The first 100 bytes, or as many as there are, and the length of the file.
fn read_header(path: &Path) -> io::Result<(Vec<u8>, u64)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut header = Vec::with_capacity(100);
    file.take(100).read_to_end(&mut header)?;
    Ok((header, length))
}

/// A number of four bytes in the header; <https://www.sqlite.org/fileformat2.html#the_database_header> says what stands where.
fn number(header: &[u8; 100], offset: usize) -> u32 {
    header[offset..offset + 4]
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn page_size(header: &[u8; 100]) -> u64 {
    match u64::from(header[16]) << 8 | u64::from(header[17]) {
        1 => 65_536,
        size => size,
    }
}

/// How many pages the file must have; 0 where the header does not know.
fn pages(header: &[u8; 100]) -> u64 {
    let known = number(header, 24) == number(header, 92);
    if known { u64::from(number(header, 28)) } else { 0 }
}

fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}
