//! A file that is renamed when it is full.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use async_trait::async_trait;

use super::outside::{Output, Outside};
use super::{Failure, Report, Sink};
use crate::logs::chunk::Batch;
use crate::logs::config::Format;
use crate::logs::encode::Document;

pub(super) struct File {
    path: PathBuf,
    format: Format,
    document: Document,
    outside: Outside<Rotated>,
}

/// The file itself.
struct Rotated {
    path: PathBuf,
    most_bytes: u64,
    keep: usize,
    open: Option<fs::File>,
}

impl File {
    pub(super) fn new(
        path: PathBuf,
        most_bytes: u64,
        keep: usize,
        format: Format,
        document: Document,
    ) -> Self {
        let rotated = Rotated {
            path: path.clone(),
            most_bytes,
            keep,
            open: None,
        };
        Self {
            path,
            format,
            document,
            outside: Outside::new(rotated),
        }
    }
}

impl Rotated {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        // Somebody may have renamed or removed it, and made a new one.
        self.open = self.open.take().filter(|file| self.is_in_place(file));
        let mut file = self.opened()?;
        let mut length = file.metadata()?.len();
        if length > 0 && length + bytes.len() as u64 > self.most_bytes {
            drop(file);
            self.rotate()?;
            file = self.opened()?;
            length = 0;
        }
        if let Err(error) = file.write_all(bytes) {
            // Half a line would spoil the next one.
            let _ = file.set_len(length);
            return Err(error);
        }
        self.open = Some(file);
        Ok(())
    }

    fn opened(&mut self) -> io::Result<fs::File> {
        match self.open.take() {
            Some(file) => Ok(file),
            None => OpenOptions::new().append(true).create(true).open(&self.path),
        }
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

impl Output for Rotated {
    fn write(&mut self, bytes: &[u8], ends: &[usize]) -> (usize, io::Result<()>) {
        match self.write_all(bytes) {
            Ok(()) => (ends.len(), Ok(())),
            Err(error) => (0, Err(error)),
        }
    }
}

#[async_trait(?Send)]
impl Sink for File {
    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure> {
        let written = self.outside.write(batch, self.format, &self.document, report);
        written
            .await
            .map_err(|error| Failure(format!("file {}: {error}", self.path.display())))
    }

    fn reopen(&mut self) {
        // While something is written the path is looked at anyway.
        if let Some(mut file) = self.outside.idle() {
            file.open = None;
        }
    }

    async fn finish(&mut self, in_hand: &mut Batch) {
        // Why it failed interests nobody any more.
        let _ = self.outside.complete(in_hand).await;
    }
}
