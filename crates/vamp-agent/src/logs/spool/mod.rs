//! Lines on disk that wait for a sink.
//!
//! They are older than what waits in memory. A spool is files of records, each file ended when it has its size; the oldest file goes when
//! all together exceed the bound. How far the sink is stands in a file of its own, which is written when everything read before it is
//! delivered: after a crash some lines come twice, none is missed. Lines that the sink had taken and has to get again stand in a file that
//! comes before all others. A lock keeps a second agent away.

mod files;
mod record;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use vamp_io::file_lock::FileLock;

use super::chunk::{Chunk, Part};
use files::Segment;

/// Files that share the bound, at least.
const SHARES: u64 = 8;

/// Smallest and largest size of a file.
const FILE_BYTES: (u64, u64) = (64 * 1024, 8 * 1024 * 1024);

/// Bytes that are read ahead.
const READ_AHEAD: u64 = 512 * 1024;

/// The spool of one sink.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    most_bytes: u64,
    file_bytes: u64,
    /// The oldest first; the last one is written to when `writer` is open.
    files: VecDeque<Segment>,
    writer: Option<File>,
    /// Of the next file.
    number: u64,
    /// The file and the byte from which on nothing is delivered, as the disk has it.
    noted: Option<(u64, u64)>,
    /// Read from the files and not delivered, the oldest first.
    ahead: VecDeque<Part>,
    /// Number of the last line that was read or is in hand.
    reached: u64,
    /// Size of the file that comes before all others.
    first_bytes: u64,
    /// Lines up to this number that are read ahead have no file.
    without_file: Option<u64>,
    /// Lines given up.
    lost: u64,
    /// Held as long as the spool is open.
    _lock: FileLock,
}

impl Spool {
    /// Opens a spool with what an earlier agent left in it.
    pub(crate) fn open(directory: PathBuf, most_bytes: u64) -> io::Result<Self> {
        fs::create_dir_all(&directory)?;
        let lock = files::lock(&directory)?;
        let mut spool = Self {
            noted: files::position(&directory)?,
            directory,
            most_bytes,
            file_bytes: (most_bytes / SHARES).clamp(FILE_BYTES.0, FILE_BYTES.1),
            files: VecDeque::new(),
            writer: None,
            number: 1,
            ahead: VecDeque::new(),
            reached: 0,
            first_bytes: 0,
            without_file: None,
            lost: 0,
            _lock: lock,
        };
        let (reached, offset) = spool.noted.unwrap_or((0, 0));
        for number in files::numbers(&spool.directory)? {
            if number < reached {
                fs::remove_file(files::path(&spool.directory, number))?;
                continue;
            }
            let start = if number == reached { offset } else { 0 };
            let segment = Segment::open(&spool.directory, number, start)?;
            spool.files.push_back(segment);
        }
        let after_last = spool.files.back().map_or(1, |file| file.number + 1);
        spool.number = after_last.max(reached + 1);
        let (first, bytes) = files::read_first(&spool.directory)?;
        spool.first_bytes = bytes;
        first.into_iter().for_each(|chunk| spool.add_ahead(chunk));
        Ok(spool)
    }

    /// Lines that wait, those read ahead included.
    pub(crate) fn lines(&self) -> u64 {
        let ahead: usize = self.ahead.iter().map(Part::lines).sum();
        self.files.iter().map(|file| file.lines).sum::<u64>() + ahead as u64
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.first_bytes + self.files.iter().map(|file| file.bytes).sum::<u64>()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ahead.is_empty() && self.files.iter().all(|file| file.lines == 0)
    }

    /// Lines that were given up since the last call.
    pub(crate) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// Adds lines that are younger than all in it; the oldest go when the bound is exceeded.
    ///
    /// When it fails, what was not written comes back beside the reason.
    pub(crate) fn append(&mut self, parts: Vec<Part>) -> Result<(), (Vec<Part>, io::Error)> {
        let mut parts = VecDeque::from(parts);
        while let Some(part) = parts.front() {
            let bytes = record::written(part);
            let lines = part.lines() as u64;
            if let Err(error) = self.write(&bytes, lines) {
                self.trim();
                return Err((parts.into(), error));
            }
            parts.pop_front();
        }
        self.trim();
        Ok(())
    }

    /// Adds lines that a sink has in hand to an empty spool: they are on the disk, and count as taken. All of them, or none.
    pub(crate) fn append_taken(&mut self, parts: &[Part]) -> io::Result<()> {
        let files = self.files.len();
        let end = self.files.back().map(|file| file.bytes);
        for part in parts {
            if let Err(error) = self.write(&record::written(part), part.lines() as u64) {
                self.undo(files, end);
                return Err(error);
            }
        }
        for file in &mut self.files {
            file.read = file.bytes;
            file.lines = 0;
        }
        self.reached = parts.last().map_or(self.reached, number_of_last);
        Ok(())
    }

    /// Takes back what was written behind so many files and bytes, of which nothing is read.
    fn undo(&mut self, files: usize, end: Option<u64>) {
        for file in self.files.drain(files..) {
            self.writer = None;
            // One that cannot be removed is found by the next agent: its lines come twice.
            let _ = file.remove(&self.directory);
        }
        if let (Some(file), Some(end)) = (self.files.back_mut(), end) {
            file.lines = 0;
            if file.cut(&self.directory, end).is_err() {
                // Behind what cannot be removed nothing is written.
                self.writer = None;
            }
        }
    }

    fn write(&mut self, bytes: &[u8], lines: u64) -> io::Result<()> {
        let is_full = self.files.back().is_none_or(|file| file.bytes >= self.file_bytes);
        if self.writer.is_none() || is_full {
            self.sync()?;
            let (segment, writer) = Segment::create(&self.directory, self.number)?;
            self.number += 1;
            self.files.push_back(segment);
            self.writer = Some(writer);
        }
        let (Some(writer), Some(file)) = (&mut self.writer, self.files.back_mut()) else {
            return Ok(());
        };
        if let Err(error) = file.append(writer, bytes, lines) {
            if file.cut(&self.directory, file.bytes).is_err() {
                self.writer = None;
            }
            return Err(error);
        }
        Ok(())
    }

    /// Gives up the oldest files while all together are too large.
    fn trim(&mut self) {
        while self.bytes() > self.most_bytes && self.files.len() > 1 {
            let Some(file) = self.files.pop_front() else {
                return;
            };
            self.lost += file.lines;
            if file.read > 0 && self.noted != Some((file.number, file.read)) {
                // What was read of it and is not delivered is in memory only.
                self.without_file = Some(self.reached);
            }
            // One that cannot be removed is found again by the next agent, which is no loss.
            let _ = file.remove(&self.directory);
        }
    }

    /// The oldest lines, at most about so many and so many bytes.
    pub(crate) fn take(&mut self, most_lines: usize, most_bytes: usize) -> io::Result<Vec<Part>> {
        if self.ahead.is_empty() {
            self.read_ahead()?;
        }
        let mut parts = Vec::new();
        let (mut lines, mut bytes) = (0, 0);
        while lines < most_lines && bytes < most_bytes {
            let Some(mut part) = self.ahead.pop_front() else {
                break;
            };
            let room = most_lines - lines;
            if part.lines() > room {
                let mut rest = part.clone();
                part.end = part.start + room;
                rest.start = part.end;
                self.ahead.push_front(rest);
            }
            lines += part.lines();
            bytes += part.weight();
            parts.push(part);
        }
        Ok(parts)
    }

    /// Lines that were taken and are not delivered.
    pub(crate) fn put_back(&mut self, parts: Vec<Part>) {
        for part in parts.into_iter().rev() {
            self.ahead.push_front(part);
        }
    }

    /// Lines that were delivered and have to be delivered again: they come before all others.
    pub(crate) fn put_first(&mut self, parts: Vec<Part>) -> io::Result<()> {
        self.reached = self.reached.max(parts.last().map_or(0, number_of_last));
        self.put_back(parts);
        self.without_file = Some(self.reached);
        self.write_first()
    }

    /// Brings everything that was read ahead to the file that comes before all others.
    fn write_first(&mut self) -> io::Result<()> {
        let bytes: Vec<u8> = self.ahead.iter().flat_map(record::written).collect();
        files::write_first(&self.directory, &bytes)?;
        self.first_bytes = bytes.len() as u64;
        self.without_file = None;
        // Otherwise the next agent would find them twice, which is no loss.
        match self.files.front() {
            Some(file) => self.note(file.number, file.read),
            None => Ok(()),
        }
    }

    /// Notes how far the sink is, once everything that was read is delivered.
    pub(crate) fn commit(&mut self) -> io::Result<()> {
        if !self.ahead.is_empty() {
            return Ok(());
        }
        self.without_file = None;
        while let Some(file) = self.files.front().filter(|file| file.lines == 0) {
            let is_written = self.files.len() == 1 && self.writer.is_some();
            if is_written && file.bytes < self.file_bytes {
                break;
            }
            let number = file.number;
            self.note(number + 1, 0)?;
            // Until it is gone it counts.
            files::remove(&self.directory, number)?;
            self.files.pop_front();
            if self.files.is_empty() {
                self.writer = None;
            }
        }
        if let Some((number, read)) = self.files.front().map(|file| (file.number, file.read)) {
            self.note(number, read)?;
        }
        if self.first_bytes > 0 {
            files::remove_first(&self.directory)?;
            self.first_bytes = 0;
        }
        Ok(())
    }

    fn note(&mut self, number: u64, offset: u64) -> io::Result<()> {
        if self.noted != Some((number, offset)) {
            files::note(&self.directory, number, offset)?;
            self.noted = Some((number, offset));
        }
        Ok(())
    }

    fn read_ahead(&mut self) -> io::Result<()> {
        let mut bytes = 0;
        while bytes == 0
            && let Some(file) = self.files.iter_mut().find(|file| file.lines > 0)
        {
            let mut found = Vec::new();
            let before = file.read;
            let outcome = file.read(&self.directory, READ_AHEAD, &mut found);
            bytes = file.read - before;
            if bytes == 0 {
                outcome?;
                // The rest of the file is spoiled.
                tracing::warn!(lines = file.lines, "a file of the log spool is damaged");
                self.lost += file.give_up();
            }
            found.into_iter().for_each(|chunk| self.add_ahead(chunk));
        }
        Ok(())
    }

    fn add_ahead(&mut self, chunk: Chunk) {
        let part = Part::whole(Arc::new(chunk));
        self.reached = self.reached.max(number_of_last(&part));
        self.ahead.push_back(part);
    }

    /// Gives up what is left of the oldest file, which cannot be read; its name.
    pub(crate) fn give_up_oldest(&mut self) -> Option<PathBuf> {
        let file = self.files.iter_mut().find(|file| file.lines > 0)?;
        self.lost += file.give_up();
        Some(files::path(&self.directory, file.number))
    }

    /// Waits until what was written is on the disk.
    fn sync(&mut self) -> io::Result<()> {
        match self.writer.take() {
            Some(writer) => writer.sync_data(),
            None => Ok(()),
        }
    }

    /// Before the end: what is only in memory goes to the disk, or is lost and counted.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        let written = match self.without_file {
            Some(_) => self.write_first(),
            None => Ok(()),
        };
        if let Some(last) = self.without_file.take() {
            let is_lost = |part: &Part, index: usize| part.chunk.first + index as u64 <= last;
            let lost = |part: &Part| {
                (part.start..part.end)
                    .filter(|index| is_lost(part, *index))
                    .count()
            };
            self.lost += self.ahead.iter().map(lost).sum::<usize>() as u64;
            self.ahead.clear();
        }
        self.sync().and(written)
    }
}

/// Number of the last line.
fn number_of_last(part: &Part) -> u64 {
    part.chunk.first + (part.end as u64).saturating_sub(1)
}

#[cfg(test)]
mod tests;
