//! Lines on disk that wait for a sink.
//!
//! They are older than what waits in memory. A spool is files of records, each file ended when it has its size; the oldest file goes when
//! all together exceed the bound. How far the sink is stands in a file of its own, which is written when everything read before it is
//! delivered: after a crash some lines come twice, none is missed.

mod record;

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chunk::{Chunk, Part};

/// Files that share the bound, at least.
const SHARES: u64 = 8;

/// Smallest and largest size of a file.
const FILE_BYTES: (u64, u64) = (64 * 1024, 8 * 1024 * 1024);

/// Bytes that are read ahead.
const READ_AHEAD: usize = 512 * 1024;

/// The spool of one sink.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    most_bytes: u64,
    file_bytes: u64,
    /// The oldest first; the last one is written to when `writer` is open.
    files: VecDeque<Segment>,
    writer: Option<File>,
    /// Where reading goes on in the oldest file.
    offset: u64,
    /// Read from the files and not delivered, the oldest first.
    ahead: VecDeque<Part>,
    /// Lines given up.
    lost: u64,
}

#[derive(Debug)]
struct Segment {
    number: u64,
    bytes: u64,
    /// Lines that are not read.
    lines: u64,
}

impl Spool {
    /// Opens a spool with what an earlier agent left in it.
    pub(crate) fn open(directory: PathBuf, most_bytes: u64) -> io::Result<Self> {
        fs::create_dir_all(&directory)?;
        let mut numbers: Vec<u64> = Vec::new();
        for entry in fs::read_dir(&directory)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".lines"));
            numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        let mut spool = Self {
            directory,
            most_bytes,
            file_bytes: (most_bytes / SHARES).clamp(FILE_BYTES.0, FILE_BYTES.1),
            files: VecDeque::new(),
            writer: None,
            offset: 0,
            ahead: VecDeque::new(),
            lost: 0,
        };
        let (reached, offset) = spool.position().unwrap_or((0, 0));
        for number in numbers {
            let path = spool.path(number);
            if number < reached {
                fs::remove_file(&path)?;
                continue;
            }
            let start = if number == reached { offset } else { 0 };
            let (lines, end) = count(&path, start)?;
            if spool.files.is_empty() {
                spool.offset = start;
            }
            spool.files.push_back(Segment {
                number,
                bytes: end,
                lines,
            });
        }
        Ok(spool)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:012}.lines"))
    }

    /// The file and the byte from which on nothing is delivered.
    fn position(&self) -> Option<(u64, u64)> {
        let text = fs::read_to_string(self.directory.join("position")).ok()?;
        let (number, offset) = text.trim().split_once(' ')?;
        Some((number.parse().ok()?, offset.parse().ok()?))
    }

    /// Lines that wait, those read ahead included.
    pub(crate) fn lines(&self) -> u64 {
        let ahead: usize = self.ahead.iter().map(Part::lines).sum();
        self.files.iter().map(|file| file.lines).sum::<u64>() + ahead as u64
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ahead.is_empty() && self.files.iter().all(|file| file.lines == 0)
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

    fn write(&mut self, bytes: &[u8], lines: u64) -> io::Result<()> {
        let is_full = self.files.back().is_none_or(|file| file.bytes >= self.file_bytes);
        if self.writer.is_none() || is_full {
            self.sync()?;
            let after_last = self.files.back().map_or(1, |file| file.number + 1);
            let after_read = self.position().map_or(1, |(number, _)| number + 1);
            let number = after_last.max(after_read);
            let file = OpenOptions::new()
                .create_new(true)
                .append(true)
                .open(self.path(number))?;
            self.writer = Some(file);
            if self.files.is_empty() {
                self.offset = 0;
            }
            self.files.push_back(Segment {
                number,
                bytes: 0,
                lines: 0,
            });
        }
        let (Some(writer), Some(file)) = (&mut self.writer, self.files.back_mut()) else {
            return Ok(());
        };
        if let Err(error) = writer.write_all(bytes) {
            // Half a record would end the reading of the file.
            if writer.set_len(file.bytes).is_err() {
                self.writer = None;
            }
            return Err(error);
        }
        file.bytes += bytes.len() as u64;
        file.lines += lines;
        Ok(())
    }

    /// Gives up the oldest files while all together are too large.
    fn trim(&mut self) {
        while self.bytes() > self.most_bytes && self.files.len() > 1 {
            if let Some(file) = self.files.pop_front() {
                self.lost += file.lines;
                self.offset = 0;
                // One that cannot be removed is found again by the next agent, which is no loss.
                let _ = fs::remove_file(self.path(file.number));
            }
        }
    }

    /// Lines that were given up since the last call.
    pub(crate) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
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

    /// Notes how far the sink is, once everything that was read is delivered.
    pub(crate) fn commit(&mut self) -> io::Result<()> {
        if !self.ahead.is_empty() {
            return Ok(());
        }
        while self.files.front().is_some_and(|file| file.lines == 0) {
            let is_written = self.files.len() == 1 && self.writer.is_some();
            if is_written && !self.files.iter().any(|file| file.bytes >= self.file_bytes) {
                break;
            }
            if let Some(file) = self.files.pop_front() {
                if self.files.is_empty() {
                    self.writer = None;
                }
                self.offset = 0;
                self.note(file.number + 1, 0)?;
                fs::remove_file(self.path(file.number))?;
            }
        }
        match self.files.front() {
            Some(file) => self.note(file.number, self.offset),
            None => Ok(()),
        }
    }

    fn note(&self, number: u64, offset: u64) -> io::Result<()> {
        let path = self.directory.join("position");
        let new = self.directory.join("position.new");
        fs::write(&new, format!("{number} {offset}\n"))?;
        fs::rename(new, path)
    }

    fn read_ahead(&mut self) -> io::Result<()> {
        let mut bytes = 0;
        for index in 0..self.files.len() {
            let Some(file) = self.files.get(index) else {
                return Ok(());
            };
            if file.lines == 0 {
                continue;
            }
            if index > 0 {
                // Everything before is read; what is read of this one is not delivered before that.
                self.remove_read(index);
                return self.read_ahead();
            }
            let mut reader = BufReader::new(File::open(self.path(file.number))?);
            reader.seek(SeekFrom::Start(self.offset))?;
            while bytes < READ_AHEAD {
                let Some((chunk, length)) = record::read(&mut reader)? else {
                    break;
                };
                self.offset += length;
                bytes += usize::try_from(length).unwrap_or(usize::MAX);
                self.add_ahead(chunk);
            }
            if bytes == 0 {
                // The rest of the file is spoiled.
                if let Some(file) = self.files.front_mut() {
                    tracing::warn!(lines = file.lines, "a file of the log spool is damaged");
                    self.lost += std::mem::take(&mut file.lines);
                }
            }
            return Ok(());
        }
        Ok(())
    }

    fn add_ahead(&mut self, chunk: Chunk) {
        if let Some(file) = self.files.front_mut() {
            file.lines = file.lines.saturating_sub(chunk.lines() as u64);
        }
        self.ahead.push_back(Part::whole(Arc::new(chunk)));
    }

    /// Removes the first so many files, whose lines are all delivered.
    fn remove_read(&mut self, count: usize) {
        for _ in 0..count {
            if let Some(file) = self.files.pop_front() {
                let _ = fs::remove_file(self.path(file.number));
            }
        }
        self.offset = 0;
    }

    /// Waits until what was written is on the disk.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        match self.writer.take() {
            Some(writer) => writer.sync_data(),
            None => Ok(()),
        }
    }
}

/// Lines of a file from a byte on, and where its last whole record ends.
fn count(path: &Path, start: u64) -> io::Result<(u64, u64)> {
    let mut reader = BufReader::new(File::open(path)?);
    reader.seek(SeekFrom::Start(start))?;
    let (mut lines, mut end) = (0, start);
    while let Some((chunk, length)) = record::read(&mut reader)? {
        lines += chunk.lines() as u64;
        end += length;
    }
    // What is behind it is half a record.
    Ok((lines, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(first: u64, count: u64) -> Part {
        let mut data = Vec::new();
        let mut ends = Vec::new();
        for number in first..first + count {
            data.extend_from_slice(format!("line {number:06} {}", "x".repeat(100)).as_bytes());
            ends.push(u32::try_from(data.len()).unwrap());
        }
        Part::whole(Arc::new(Chunk::new(7, first, &data, &ends)))
    }

    fn numbers(parts: &[Part]) -> Vec<u64> {
        let of = |part: &Part| {
            (part.start..part.end)
                .map(|at| part.chunk.first + at as u64)
                .collect::<Vec<_>>()
        };
        parts.iter().flat_map(of).collect()
    }

    fn drained(spool: &mut Spool) -> Vec<u64> {
        let mut all = Vec::new();
        while !spool.is_empty() {
            all.extend(numbers(&spool.take(10, 1 << 20).unwrap()));
            spool.commit().unwrap();
        }
        all
    }

    #[test]
    fn lines_come_back_in_order_also_after_another_start_and_half_a_record() {
        let directory = tempfile::tempdir().unwrap();
        let open = || Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
        let mut spool = open();
        for first in (0..1000).step_by(20) {
            spool.append(vec![part(first, 20)]).unwrap();
        }
        assert_eq!(spool.lines(), 1000);
        let taken = spool.take(10, 1 << 20).unwrap();
        assert_eq!(numbers(&taken), (0..10).collect::<Vec<_>>());
        spool.put_back(taken);
        spool.sync().unwrap();
        drop(spool);

        let last = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .max();
        let last = last.filter(|path| path.extension().is_some()).unwrap();
        let mut file = OpenOptions::new().append(true).open(last).unwrap();
        file.write_all(&record::written(&part(5000, 3))[..40]).unwrap();
        let mut spool = open();
        assert_eq!(spool.lines(), 1000);
        spool.append(vec![part(1000, 5)]).unwrap();
        assert_eq!(drained(&mut spool), (0..1005).collect::<Vec<_>>());
        drop(spool);
        assert!(open().is_empty());
    }

    #[test]
    fn the_oldest_file_goes_when_the_bound_is_reached() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
        for first in (0..20_000).step_by(20) {
            spool.append(vec![part(first, 20)]).unwrap();
            assert!(spool.bytes() <= 1 << 20);
        }
        let dropped = spool.take_lost();
        assert!(dropped > 0);
        assert_eq!(spool.lines() + dropped, 20_000);
        assert_eq!(drained(&mut spool), (dropped..20_000).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_delivered_does_not_come_again() {
        let directory = tempfile::tempdir().unwrap();
        let open = || Spool::open(directory.path().to_owned(), 1 << 20).unwrap();
        let mut spool = open();
        spool.append(vec![part(0, 10)]).unwrap();
        assert_eq!(drained(&mut spool), (0..10).collect::<Vec<_>>());
        spool.append(vec![part(10, 10)]).unwrap();
        drop(spool);
        assert_eq!(drained(&mut open()), (10..20).collect::<Vec<_>>());
    }
}
