//! The state directory: who works there, what is wanted, what was started.
//!
//! ```text
//! format.json                      format and identity of the directory
//! lock                             held by the driver that works here
//! services/<hash>.json             what is wanted of a service
//! instances/<name>/record.json     an instance
//! instances/<name>/output.log      what it writes; output.log.1 before that
//! instances/<name>/work/           its working directory; gone with it
//! ```

use std::fs::{self, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use vamp_io::atomic_file;
use vamp_io::file_lock::FileLock;

use super::record::{FORMAT, Record, StoredFormat, StoredId, StoredWish};
use crate::{Error, ErrorKind, Result, ServiceId};

/// A driver of the same process, or of one that has just been killed, may take a moment to let go.
const LOCK_LIMIT: Duration = Duration::from_secs(3);
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The state directory, locked until this value is dropped.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    id: String,
    _lock: FileLock,
}

impl Directory {
    /// Opens the directory, creating it where there is none, and locks it.
    pub(super) async fn open(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|source| failed("find", path, source))?;
        for directory in [path.join("services"), path.join("instances")] {
            create_directory(&directory).map_err(|source| failed("create", &directory, source))?;
        }
        let lock = lock(&path.join("lock")).await?;
        let id = identity(&path.join("format.json"))?;
        Ok(Self {
            path,
            id,
            _lock: lock,
        })
    }

    /// The identity of the directory, which every process that was started from it carries.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn instance(&self, name: &str) -> PathBuf {
        self.path.join("instances").join(name)
    }

    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.instance(name).join("output.log")
    }

    pub(super) fn work(&self, name: &str) -> PathBuf {
        self.instance(name).join("work")
    }

    /// Makes room for a new instance.
    pub(super) fn create_instance(&self, name: &str) -> Result<()> {
        let work = self.work(name);
        create_directory(&work).map_err(|source| failed("create", &work, source))
    }

    pub(super) fn write_record(&self, record: &Record) -> Result<()> {
        write(&self.instance(&record.name).join("record.json"), record)
    }

    /// Removes everything of an instance.
    pub(super) fn remove_instance(&self, name: &str) -> Result<()> {
        remove_directory(&self.instance(name))
    }

    pub(super) fn remove_work(&self, name: &str) -> Result<()> {
        remove_directory(&self.work(name))
    }

    /// Every instance that there is a record of. A directory without one is what is left of an instance that never was, and is
    /// removed.
    pub(super) fn records(&self) -> Result<Vec<Record>> {
        let directory = self.path.join("instances");
        let mut records = Vec::new();
        for entry in entries(&directory)? {
            match read::<Record>(&entry.join("record.json"))? {
                Some(record) if entry.file_name().is_some_and(|name| *name == *record.name) => {
                    records.push(record);
                }
                Some(_) => {
                    let message = "the record is that of another instance";
                    return Err(Error::new(ErrorKind::State, "read", entry.display()).saying(message));
                }
                None => remove_directory(&entry)?,
            }
        }
        records.sort_by(|a, b| (a.started, &a.name).cmp(&(b.started, &b.name)));
        Ok(records)
    }

    pub(super) fn write_wish(&self, wish: &StoredWish) -> Result<()> {
        write(&self.wish(&wish.service), wish)
    }

    pub(super) fn remove_wish(&self, id: &ServiceId) -> Result<()> {
        let path = self.wish(&StoredId::from(id));
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(failed("remove", &path, source)),
            _ => Ok(()),
        }
    }

    pub(super) fn wishes(&self) -> Result<Vec<StoredWish>> {
        let mut wishes = Vec::new();
        for entry in entries(&self.path.join("services"))? {
            if entry.extension().is_some_and(|extension| extension == "json") {
                wishes.extend(read::<StoredWish>(&entry)?);
            } else {
                // A temporary file of a write that a crash cut short.
                fs::remove_file(&entry).map_err(|source| failed("remove", &entry, source))?;
            }
        }
        Ok(wishes)
    }

    fn wish(&self, id: &StoredId) -> PathBuf {
        let id = ServiceId::from(id);
        let mut hash = Sha256::new();
        for part in [&id.deployment, &id.cluster, &id.service] {
            hash.update(format!("{}:{part}", part.len()));
        }
        let digits: String = hash
            .finalize()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.path.join("services").join(format!("{digits}.json"))
    }
}

async fn lock(path: &Path) -> Result<FileLock> {
    let end = Instant::now() + LOCK_LIMIT;
    loop {
        let file = FileLock::open(path).map_err(|source| failed("open", path, source))?;
        match FileLock::try_exclusive(file) {
            Ok(lock) => return Ok(lock),
            Err(TryLockError::WouldBlock) if Instant::now() < end => tokio::time::sleep(LOCK_PAUSE).await,
            Err(TryLockError::WouldBlock) => {
                let message = "another server works with this directory";
                return Err(Error::new(ErrorKind::Locked, "lock", path.display()).saying(message));
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", path, source)),
        }
    }
}

fn identity(path: &Path) -> Result<String> {
    if let Some(stored) = read::<StoredFormat>(path)? {
        return Ok(stored.id);
    }
    let stored = StoredFormat {
        format: FORMAT,
        id: format!("{:032x}", rand::random::<u128>()),
    };
    write(path, &stored)?;
    Ok(stored.id)
}

fn create_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn remove_directory(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(failed("remove", path, source)),
        _ => Ok(()),
    }
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(directory)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect()
    };
    read().map_err(|source| failed("list", directory, source))
}

fn write<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let text = serde_json::to_vec_pretty(value)
        .map_err(|source| Error::new(ErrorKind::State, "write", path.display()).because(source))?;
    atomic_file::write(path, &text).map_err(|source| failed("write", path, source))
}

/// What the file holds; `None` when there is no file. A file of a later format is not guessed at.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed("read", path, source)),
    };
    let unreadable = |source| Error::new(ErrorKind::State, "read", path.display()).because(source);
    let format: Format = serde_json::from_slice(&text).map_err(unreadable)?;
    if format.format != FORMAT {
        let message = format!(
            "its format is {}, and this version knows format {FORMAT} only",
            format.format
        );
        return Err(Error::new(ErrorKind::State, "read", path.display()).saying(message));
    }
    serde_json::from_slice(&text).map(Some).map_err(unreadable)
}

pub(super) fn failed(operation: &'static str, path: &Path, source: io::Error) -> Error {
    Error::new(ErrorKind::State, operation, path.display()).because(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::record::StoredSpec;
    use crate::process::sample;

    #[tokio::test(start_paused = true)]
    async fn one_driver_at_a_time_works_in_a_directory() {
        let path = tempfile::tempdir().unwrap();
        let first = Directory::open(path.path()).await.unwrap();
        let error = Directory::open(path.path()).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Locked);
        assert!(error.is_temporary());
        let id = first.id().to_owned();
        drop(first);
        assert_eq!(Directory::open(path.path()).await.unwrap().id(), id);
    }

    #[tokio::test]
    async fn wishes_come_back_until_they_are_removed() {
        let path = tempfile::tempdir().unwrap();
        let directory = Directory::open(path.path()).await.unwrap();
        let spec = sample::spec("true");
        let wish = StoredWish {
            format: FORMAT,
            service: StoredId::from(&spec.id),
            spec: Some(StoredSpec::from(&spec)),
        };
        directory.write_wish(&wish).unwrap();
        fs::write(path.path().join("services/x.json.1-00.tmp"), "{").unwrap();
        assert_eq!(directory.wishes().unwrap(), [wish]);
        directory.remove_wish(&spec.id).unwrap();
        directory.remove_wish(&spec.id).unwrap();
        assert!(directory.wishes().unwrap().is_empty());
    }

    #[tokio::test]
    async fn files_of_a_later_format_are_an_error_that_says_so() {
        let path = tempfile::tempdir().unwrap();
        fs::write(path.path().join("format.json"), r#"{"format": 2, "uuid": "x"}"#).unwrap();
        let error = Directory::open(path.path()).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::State);
        assert!(error.to_string().contains("its format is 2"), "{error}");
    }
}
