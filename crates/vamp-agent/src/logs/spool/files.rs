//! The files of a spool.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use vamp_io::file_lock::FileLock;

use super::record;
use crate::logs::chunk::Chunk;

/// Lines that come before those of all other files.
const FIRST: &str = "first";

/// How far the sink is.
const POSITION: &str = "position";

/// A file of records.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) number: u64,
    /// Where its last whole record ends. What stands behind it is no record.
    pub(super) bytes: u64,
    /// Where reading goes on.
    pub(super) read: u64,
    /// Lines that are not read.
    pub(super) lines: u64,
}

impl Segment {
    /// One that is there, with the lines from a byte on.
    pub(super) fn open(directory: &Path, number: u64, start: u64) -> io::Result<Self> {
        let mut reader = BufReader::new(File::open(path(directory, number))?);
        reader.seek(SeekFrom::Start(start))?;
        let (mut lines, mut end) = (0, start);
        while let Some((chunk, length)) = record::read(&mut reader)? {
            lines += chunk.lines() as u64;
            end += length;
        }
        Ok(Self {
            number,
            bytes: end,
            read: start,
            lines,
        })
    }

    pub(super) fn create(directory: &Path, number: u64) -> io::Result<(Self, File)> {
        let mut options = OpenOptions::new();
        let file = options
            .create_new(true)
            .append(true)
            .open(path(directory, number))?;
        let segment = Self {
            number,
            bytes: 0,
            read: 0,
            lines: 0,
        };
        Ok((segment, file))
    }

    pub(super) fn append(&mut self, writer: &mut File, bytes: &[u8], lines: u64) -> io::Result<()> {
        writer.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        self.lines += lines;
        Ok(())
    }

    /// Ends it where a record ends.
    pub(super) fn cut(&mut self, directory: &Path, end: u64) -> io::Result<()> {
        self.bytes = end;
        let file = OpenOptions::new()
            .write(true)
            .open(path(directory, self.number))?;
        file.set_len(end)
    }

    /// Reads records of about so many bytes. When it fails, what was read before counts.
    pub(super) fn read(&mut self, directory: &Path, most: u64, into: &mut Vec<Chunk>) -> io::Result<()> {
        let mut file = File::open(path(directory, self.number))?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut reader = BufReader::new(file.take(self.bytes - self.read));
        let end = self.read + most;
        while self.read < end {
            let Some((chunk, length)) = record::read(&mut reader)? else {
                break;
            };
            self.read += length;
            self.lines = self.lines.saturating_sub(chunk.lines() as u64);
            into.push(chunk);
        }
        Ok(())
    }

    /// Nothing more is read of it; the lines that were left.
    pub(super) fn give_up(&mut self) -> u64 {
        self.read = self.bytes;
        std::mem::take(&mut self.lines)
    }

    pub(super) fn remove(&self, directory: &Path) -> io::Result<()> {
        remove(directory, self.number)
    }
}

pub(super) fn path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:012}.lines"))
}

/// Numbers of the files that are there, ascending.
pub(super) fn numbers(directory: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".lines"));
        numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Takes the lock of the directory for as long as it is held.
pub(super) fn lock(directory: &Path) -> io::Result<FileLock> {
    match FileLock::try_exclusive(FileLock::open(&directory.join("lock"))?) {
        Ok(lock) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "another agent has it",
        )),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The file and the byte from which on nothing is delivered; none when nothing is noted that makes sense.
pub(super) fn position(directory: &Path) -> io::Result<Option<(u64, u64)>> {
    let text = match fs::read_to_string(directory.join(POSITION)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let numbers = text.trim().split_once(' ');
    Ok(numbers.and_then(|(number, offset)| Some((number.parse().ok()?, offset.parse().ok()?))))
}

pub(super) fn note(directory: &Path, number: u64, offset: u64) -> io::Result<()> {
    replace(directory, POSITION, format!("{number} {offset}\n").as_bytes())
}

/// What stands in the file that comes before all others, and its size.
pub(super) fn read_first(directory: &Path) -> io::Result<(Vec<Chunk>, u64)> {
    let file = match File::open(directory.join(FIRST)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        other => other?,
    };
    let mut reader = BufReader::new(file);
    let (mut chunks, mut bytes) = (Vec::new(), 0);
    while let Some((chunk, length)) = record::read(&mut reader)? {
        chunks.push(chunk);
        bytes += length;
    }
    Ok((chunks, bytes))
}

pub(super) fn write_first(directory: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(directory, FIRST, bytes)
}

pub(super) fn remove_first(directory: &Path) -> io::Result<()> {
    gone(fs::remove_file(directory.join(FIRST)))
}

pub(super) fn remove(directory: &Path, number: u64) -> io::Result<()> {
    gone(fs::remove_file(path(directory, number)))
}

/// What somebody else has removed is as gone as it should be.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Half written it would be worse than not at all.
fn replace(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let new = directory.join(format!("{name}.new"));
    fs::write(&new, bytes)?;
    fs::rename(new, directory.join(name))
}
