//! A file that is renamed when it is full.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use async_trait::async_trait;

use super::{Failure, Report, Sink};
use crate::logs::chunk::Batch;
use crate::logs::config::Format;
use crate::logs::encode::{Document, encode};

pub(super) struct File {
    path: PathBuf,
    most_bytes: u64,
    keep: usize,
    format: Format,
    document: Document,
    open: Option<Open>,
}

struct Open {
    file: fs::File,
    /// Up to the end of the last whole write.
    length: u64,
}

impl File {
    pub(super) fn new(
        path: PathBuf,
        most_bytes: u64,
        keep: usize,
        format: Format,
        document: Document,
    ) -> Self {
        Self {
            path,
            most_bytes,
            keep,
            format,
            document,
            open: None,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let is_full = |open: &Open| open.length > 0 && open.length + bytes.len() as u64 > self.most_bytes;
        if self.open.as_ref().is_some_and(is_full) {
            self.open = None;
            self.rotate()?;
        }
        let mut open = match self.open.take() {
            // Somebody may have renamed or removed it, and made a new one.
            Some(open) if self.is_in_place(&open.file) => open,
            _ => {
                let file = OpenOptions::new().append(true).create(true).open(&self.path)?;
                let length = file.metadata()?.len();
                Open { file, length }
            }
        };
        if let Err(error) = open.file.write_all(bytes) {
            // Half a line would spoil the next one.
            let _ = open.file.set_len(open.length);
            return Err(error);
        }
        open.length += bytes.len() as u64;
        self.open = Some(open);
        Ok(())
    }

    /// Whether the path still names this file.
    fn is_in_place(&self, file: &fs::File) -> bool {
        match (fs::metadata(&self.path), file.metadata()) {
            (Ok(there), Ok(open)) => there.dev() == open.dev() && there.ino() == open.ino(),
            _ => false,
        }
    }

    /// `NAME` becomes `NAME.1`, that becomes `NAME.2` …; the last one goes.
    fn rotate(&self) -> io::Result<()> {
        let numbered = |number: usize| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        if self.keep == 0 {
            return fs::remove_file(&self.path);
        }
        for number in (1..self.keep).rev() {
            match fs::rename(numbered(number), numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(&self.path, numbered(1))
    }
}

#[async_trait(?Send)]
impl Sink for File {
    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        for line in batch.lines() {
            encode(&line, self.format, &self.document, &mut report.read, &mut bytes);
            bytes.push(b'\n');
        }
        self.write(&bytes)
            .map_err(|error| Failure(format!("file {}: {error}", self.path.display())))?;
        batch.delivered_up_to(batch.len());
        Ok(())
    }
}
