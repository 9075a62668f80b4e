//! The state directory: what HAProxy runs, and how much of that is certain.
//!
//! ```text
//! haproxy.cfg             what HAProxy was last told to run (base, newline, value)
//! haproxy.previous.cfg    what it ran before; exists only while a change is under way
//! applying.json           which values `haproxy.cfg` carries before and after a change under way
//! applied.json            which value `haproxy.cfg` carries
//! haproxy.json            the identity of the HAProxy that was started
//! haproxy.log             its standard output and error, bounded
//! agent.lock              held by the agent that lives
//! no-authority.pem        whom the HTTP client of Lua programs trusts: nobody
//! ```
//!
//! A change begins with a hard link from `haproxy.cfg` to `haproxy.previous.cfg` and ends with its removal. An agent
//! that finds the link at its start knows that a change was cut short, and therefore that what runs is not certain. It
//! goes on with the new value where that is on disk: HAProxy may serve it already, and what it led to may be all there is.

use std::fs;
use std::io::ErrorKind as IoErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vamp_io::atomic_file::{self, Staged};
use vamp_io::file_lock::FileLock;
use vamp_io::process::ProcessIdentity;

use crate::compose::{Composed, Composer};
use crate::error::{Error, ErrorKind, Result};
use crate::haproxy::checker::Checker;
use crate::hash::sha256_hex;

/// The name of the configuration that HAProxy runs.
pub(crate) const CONFIGURATION: &str = "haproxy.cfg";

/// An authority whose key nobody has: HAProxy takes no file without any.
const NO_AUTHORITY: &str = include_str!("haproxy/no-authority.pem");

/// Paths and operations of one state directory.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    directory: PathBuf,
}

/// Which value the configuration on disk carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct AppliedRecord {
    /// Always 1.
    format: u32,
    /// SHA-256 of the value, as the hand-over names it.
    hash: String,
    /// The revision it was published under.
    revision: u64,
    /// The byte of `haproxy.cfg` at which the value begins.
    offset: usize,
    /// Length of the value in bytes.
    length: usize,
}

impl Files {
    pub(crate) fn open(directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory).map_err(|source| Error::file("create", directory, source))?;
        Ok(Self {
            directory: directory.to_path_buf(),
        })
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file that HAProxy loads.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.directory.join(CONFIGURATION)
    }

    /// The file that the change under way replaces.
    pub(crate) fn previous(&self) -> PathBuf {
        self.directory.join("haproxy.previous.cfg")
    }

    /// Where HAProxy's own words go.
    pub(crate) fn output(&self) -> PathBuf {
        self.directory.join("haproxy.log")
    }

    /// A file with authorities that have certified nobody; nothing where it cannot be written.
    pub(crate) fn no_authority(&self) -> Option<PathBuf> {
        let path = self.directory.join("no-authority.pem");
        if fs::read_to_string(&path).is_ok_and(|text| text == NO_AUTHORITY) {
            return Some(path);
        }
        match atomic_file::write(&path, NO_AUTHORITY.as_bytes()) {
            Ok(()) => Some(path),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "HAProxy reads the authorities of the system at each reload");
                None
            }
        }
    }

    fn applying(&self) -> PathBuf {
        self.directory.join("applying.json")
    }

    fn applied(&self) -> PathBuf {
        self.directory.join("applied.json")
    }

    fn identity(&self) -> PathBuf {
        self.directory.join("haproxy.json")
    }

    /// Takes the lock of the directory; it is released when it is dropped or the process ends.
    pub(crate) fn lock(&self) -> Result<FileLock> {
        let path = self.directory.join("agent.lock");
        let file = FileLock::open(&path).map_err(|source| Error::file("open", &path, source))?;
        match FileLock::try_exclusive(file) {
            Ok(lock) => {
                self.remove_leftovers();
                Ok(lock)
            }
            Err(fs::TryLockError::WouldBlock) => Err(Error::new(
                ErrorKind::Locked,
                "lock",
                path.display().to_string(),
                "another agent uses this state directory",
            )),
            Err(fs::TryLockError::Error(source)) => Err(Error::file("lock", &path, source)),
        }
    }

    /// Removes what agents that were killed in the middle of a write have left. It takes room and does no other harm.
    pub(crate) fn remove_leftovers(&self) {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if atomic_file::is_temporary(&path) || Checker::is_temporary(&path) {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// The configuration that HAProxy was last told to run; `None` before the first start.
    pub(crate) fn last_good(&self) -> Result<Option<Composed>> {
        let Some(text) = read_if_present(&self.configuration())? else {
            return Ok(None);
        };
        let record = self.record_of(&text)?;
        let text = text.into();
        Ok(Some(match record {
            Some(record) => Composed {
                hash: record.hash,
                revision: record.revision,
                offset: record.offset,
                length: record.length,
                text,
            },
            None => Composed {
                hash: String::new(),
                revision: 0,
                offset: 0,
                length: 0,
                text,
            },
        }))
    }

    /// The texts that HAProxy may run: the one that it was last told to, and the one before while a change is under way.
    pub(crate) fn texts(&self) -> Result<Vec<String>> {
        let paths = [self.configuration(), self.previous()];
        let texts = paths.iter().filter_map(|path| read_if_present(path).transpose());
        texts.collect()
    }

    /// The last good configuration with the base of now: what to serve until the store answers.
    ///
    /// When a change was cut short, that is the new value if its file was written, else the one before.
    pub(crate) fn last_value(&self, composer: &Composer) -> Result<Option<Composed>> {
        for path in [self.configuration(), self.previous()] {
            let Some(text) = read_if_present(&path)? else {
                continue;
            };
            if let Some(record) = self.record_of(&text)?
                && let Some(value) = record.value_in(&text)
            {
                return Ok(Some(composer.compose(value, &record.hash, record.revision)));
            }
        }
        Ok(None)
    }

    /// The record that fits the configuration; one that does not fit is not believed.
    fn record_of(&self, configuration: &str) -> Result<Option<AppliedRecord>> {
        let applied: Option<AppliedRecord> = Self::read_json(&self.applied())?;
        let applying: Option<Vec<AppliedRecord>> = Self::read_json(&self.applying())?;
        let mut records = applied.into_iter().chain(applying.unwrap_or_default());
        Ok(records.find(|record| record.fits(configuration)))
    }

    /// What a file says, if it is there and can be understood.
    fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>> {
        let text = read_if_present(path)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Whether a change was begun and not finished.
    pub(crate) fn change_under_way(&self) -> bool {
        self.previous().exists()
    }

    /// Keeps the configuration of now reachable until [`Files::end_change`] or [`Files::take_back`]. Unless it certainly runs, what was kept
    /// before it stays.
    pub(crate) fn begin_change(&self, runs_certainly: bool) -> Result<()> {
        let previous = self.previous();
        if runs_certainly {
            // The end of the change before could not be recorded.
            remove_if_present(&previous)?;
        }
        match fs::hard_link(self.configuration(), &previous) {
            Ok(()) => Ok(()),
            Err(error) if matches!(error.kind(), IoErrorKind::NotFound | IoErrorKind::AlreadyExists) => {
                Ok(())
            }
            Err(source) => Err(Error::file("link", &previous, source)),
        }
    }

    /// Writes what is to replace the configuration `now`, up to the point where it can no longer fail for want of room.
    ///
    /// What each of the two carries is recorded with it, since the replacement may come or not, and many changes may be cut short one after
    /// the other.
    pub(crate) async fn stage(&self, wanted: &Composed, now: Option<&Composed>) -> Result<StagedChange> {
        let records: Vec<AppliedRecord> = [Some(wanted), now]
            .into_iter()
            .flatten()
            .map(AppliedRecord::of)
            .collect();
        let applying = self.applying();
        let records = json(&applying, &records)?;
        let text = wanted.text.clone();
        let configuration = self.configuration();
        blocking(&configuration.clone(), move || {
            Ok(StagedChange {
                applying: Staged::new(&applying, &records)?,
                configuration: Staged::new(&configuration, text.as_bytes())?,
                path: configuration,
            })
        })
        .await
    }

    /// Records which value the configuration carries and forgets the one before.
    pub(crate) async fn end_change(&self, good: &Composed) -> Result<()> {
        self.write_json(self.applied(), &AppliedRecord::of(good)).await?;
        remove_if_present(&self.previous())
    }

    /// Puts the configuration from before the change back.
    pub(crate) fn take_back(&self) -> Result<()> {
        let previous = self.previous();
        match fs::rename(&previous, self.configuration()) {
            Ok(()) => {
                // Two names of one file: the rename is then defined to do nothing, and the link would stay.
                remove_if_present(&previous)
            }
            Err(error) if error.kind() == IoErrorKind::NotFound => Ok(()),
            Err(source) => Err(Error::file("rename", &previous, source)),
        }
    }

    /// The HAProxy that was started last, alive or not.
    pub(crate) fn read_identity(&self) -> Option<ProcessIdentity> {
        Self::read_json(&self.identity()).ok().flatten()
    }

    /// Remembers the HAProxy that was started.
    pub(crate) async fn write_identity(&self, identity: &ProcessIdentity) -> Result<()> {
        self.write_json(self.identity(), identity).await
    }

    /// Forgets the HAProxy that was stopped.
    pub(crate) fn forget_identity(&self) -> Result<()> {
        remove_if_present(&self.identity())
    }

    async fn write_json<T: Serialize>(&self, path: PathBuf, value: &T) -> Result<()> {
        let text = json(&path, value)?;
        blocking(&path.clone(), move || atomic_file::write(&path, &text)).await
    }
}

/// A configuration and the record of what it carries, written and not in their places yet.
#[derive(Debug)]
pub(crate) struct StagedChange {
    applying: Staged,
    configuration: Staged,
    path: PathBuf,
}

impl StagedChange {
    /// Brings it to the disk already, where there is time for that: its place is then the matter of a moment.
    pub(crate) async fn flush(self) -> Result<Self> {
        blocking(&self.path.clone(), move || {
            Ok(Self {
                applying: self.applying.flush()?,
                configuration: self.configuration.flush()?,
                path: self.path,
            })
        })
        .await
    }

    /// Replaces the configuration in one step that survives a power cut; the record comes first, so that one fits whatever is there.
    pub(crate) async fn place(self) -> Result<()> {
        let Self {
            applying,
            configuration,
            path,
        } = self;
        blocking(&path, move || {
            applying.place()?;
            configuration.place()
        })
        .await
    }
}

fn json<T: Serialize>(path: &Path, value: &T) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec(value).map_err(|source| Error::file("write", path, source))?;
    text.push(b'\n');
    Ok(text)
}

/// What writes files, away from everything that must not wait for a disk.
async fn blocking<T, W>(path: &Path, write: W) -> Result<T>
where
    T: Send + 'static,
    W: FnOnce() -> std::io::Result<T> + Send + 'static,
{
    tokio::task::spawn_blocking(write)
        .await
        .map_err(|source| Error::file("write", path, source))?
        .map_err(|source| Error::file("write", path, source))
}

impl AppliedRecord {
    fn of(configuration: &Composed) -> Self {
        Self {
            format: 1,
            hash: configuration.hash.clone(),
            revision: configuration.revision,
            offset: configuration.offset,
            length: configuration.length,
        }
    }

    /// Whether this configuration carries the value that the record names, to its end: the value without gateways is a part of
    /// every text.
    fn fits(&self, configuration: &str) -> bool {
        let value = self.value_in(configuration);
        let is_the_end = self.offset.checked_add(self.length) == Some(configuration.len());
        is_the_end && value.is_some_and(|value| sha256_hex(value.as_bytes()) == self.hash)
    }

    fn value_in<'a>(&self, configuration: &'a str) -> Option<&'a str> {
        configuration.get(self.offset..self.offset.checked_add(self.length)?)
    }
}

fn read_if_present(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == IoErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::file("read", path, source)),
    }
}

fn remove_if_present(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == IoErrorKind::NotFound => Ok(()),
        Err(source) => Err(Error::file("remove", path, source)),
    }
}
