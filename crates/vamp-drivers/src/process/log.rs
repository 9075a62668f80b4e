//! The log file of an instance.
//!
//! The instance writes into the file itself, opened for appending, so that it goes on when the server ends: a pipe would break.
//! So only a running driver keeps the file bounded; what an instance writes while no server runs stays until the next comes.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// The last lines that explain a failure: at most so many lines …
const TAIL_LINES: usize = 20;
/// … and bytes.
const TAIL_BYTES: u64 = 8 * 1024;

/// Opens the file for an instance.
pub(super) fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options().create(true).append(true).mode(0o600).open(path)
}

/// The file with what was written before.
pub(super) fn previous(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    PathBuf::from(name)
}

/// Empties the file when it is larger than `limit` bytes; the last of them are kept beside it. What is written at this very
/// moment can get lost.
pub(super) fn rotate(path: &Path, limit: u64) -> io::Result<bool> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    if length <= limit {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(length - limit))?;
    let mut copy = File::create(previous(path))?;
    io::copy(&mut Read::by_ref(&mut file).take(limit), &mut copy)?;
    // The instance appends: its next line begins the emptied file.
    file.set_len(0)?;
    Ok(true)
}

/// The last lines, the oldest first; nothing when there is no file.
pub(super) fn tail(path: &Path) -> Vec<String> {
    let read = |path: &Path| last_bytes(path).unwrap_or_default();
    let mut text = read(path);
    if text.lines().count() < TAIL_LINES {
        let mut before = read(&previous(path));
        before.push_str(&text);
        text = before;
    }
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(TAIL_LINES);
    lines[first..].iter().map(|line| printable(line)).collect()
}

fn last_bytes(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The line without what would control a terminal.
fn printable(line: &str) -> String {
    line.chars().filter(|c| !c.is_control() || *c == '\t').collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_file_is_emptied_beyond_its_limit_and_its_writer_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("output.log");
        let mut writer = open(&path).unwrap();
        writer.write_all(b"0123456789").unwrap();
        assert!(!rotate(&path, 10).unwrap());
        writer.write_all(b"ab").unwrap();
        assert!(rotate(&path, 10).unwrap());
        assert_eq!(
            fs::read(previous(&path)).unwrap(),
            b"23456789ab",
            "bounded as well"
        );
        writer.write_all(b"next").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"next");
    }

    #[test]
    fn the_tail_is_bounded_and_reaches_back_behind_a_rotation() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("output.log");
        assert!(tail(&path).is_empty());
        let mut writer = open(&path).unwrap();
        for line in 0..100 {
            writeln!(writer, "line {line}").unwrap();
        }
        assert_eq!(tail(&path).len(), TAIL_LINES);
        assert_eq!(tail(&path).last().unwrap(), "line 99");
        rotate(&path, 10).unwrap();
        writeln!(writer, "\u{1b}[31mred").unwrap();
        assert_eq!(tail(&path), ["8", "line 99", "[31mred"]);
    }
}
