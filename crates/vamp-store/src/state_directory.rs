//! The directory in which a server keeps its state.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vamp_io::file_lock::FileLock;

use crate::{Error, ErrorKind, Result};

/// The newest format of a state directory that this release knows.
pub const STATE_FORMAT: u32 = 1;

const FORMAT_FILE: &str = "format";
const ID_FILE: &str = "id";
const LOCK_FILE: &str = "lock";
const FORMAT_LINE: &str = "vamp state directory, format ";

/// A state directory that this process, and no other, uses. Clones share it; the last one to go sets it free.
///
/// The file `format` in it says which release made it, the file `id` which of several directories it is, the file `lock` is locked as
/// long as it is used. The lock ends with the process, however that ends; the file stays.
#[derive(Debug, Clone)]
pub struct StateDirectory {
    path: PathBuf,
    id: String,
    _lock: Arc<FileLock>,
}

impl StateDirectory {
    /// Makes the directory if it is not there (mode 0700), locks it, and checks its format.
    ///
    /// # Errors
    /// [`InUse`](ErrorKind::InUse) when another process has it, [`NewerFormat`](ErrorKind::NewerFormat) and
    /// [`Corrupt`](ErrorKind::Corrupt) for what the file `format` says, [`Configuration`](ErrorKind::Configuration) when it
    /// cannot be made, read or written. Nothing in it was changed then.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let unusable =
            |error: io::Error| Error::new(ErrorKind::Configuration, "open", path.display()).because(error);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(unusable)?;
        let lock = lock(&path.join(LOCK_FILE))?;
        check_format(&path.join(FORMAT_FILE))?;
        let id = id(&path.join(ID_FILE))?;
        Ok(Self {
            path,
            id,
            _lock: Arc::new(lock),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which state directory it is: a UUID, made with it and the same ever after, for whoever has to tell the servers of several
    /// directories apart. In a copy that a second server is to use beside the first, remove the file `id`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

fn lock(path: &Path) -> Result<FileLock> {
    let failed = |kind, source: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(kind, "lock", path.display()).because(source)
    };
    let unusable = |error: io::Error| failed(ErrorKind::Configuration, error.into());
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(unusable)?;
    let lock = match FileLock::try_exclusive(file) {
        Ok(lock) => lock,
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Who holds it is a help for people; without it the error is as good.
            let _ = File::open(path).and_then(|file| file.take(20).read_to_string(&mut holder));
            let holder = format!("process {} holds the lock", holder.trim());
            return Err(failed(ErrorKind::InUse, holder.into()));
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    };
    lock.set_len(0).map_err(unusable)?;
    writeln!(&*lock, "{}", std::process::id()).map_err(unusable)?;
    Ok(lock)
}

/// The id in this file, which is made when it is not there.
fn id(path: &Path) -> Result<String> {
    let failed = |kind| Error::new(kind, "open", path.display());
    match fs::read_to_string(path) {
        Ok(text) => {
            let corrupt = |error: uuid::Error| failed(ErrorKind::Corrupt).because(error);
            let id: uuid::Uuid = text.trim_end().parse().map_err(corrupt)?;
            Ok(id.to_string())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = uuid::Uuid::new_v4().to_string();
            vamp_io::atomic_file::write(path, format!("{id}\n").as_bytes())
                .map_err(|error| failed(ErrorKind::Configuration).because(error))?;
            Ok(id)
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(failed(ErrorKind::Corrupt).because(error))
        }
        Err(error) => Err(failed(ErrorKind::Configuration).because(error)),
    }
}

fn check_format(path: &Path) -> Result<()> {
    let failed = |kind| Error::new(kind, "open", path.display());
    let unusable = |error: io::Error| failed(ErrorKind::Configuration).because(error);
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let line = format!("{FORMAT_LINE}{STATE_FORMAT}\n");
            return vamp_io::atomic_file::write(path, line.as_bytes()).map_err(unusable);
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(failed(ErrorKind::Corrupt).because(error));
        }
        Err(error) => return Err(unusable(error)),
    };
    let number = text.strip_prefix(FORMAT_LINE).map(str::trim_end).map(str::parse);
    match number {
        Some(Ok(found)) if found > STATE_FORMAT => Err(failed(ErrorKind::NewerFormat {
            found,
            known: STATE_FORMAT,
        })),
        Some(Ok(1..)) => Ok(()),
        _ => Err(failed(ErrorKind::Corrupt).because(format!("it should read '{FORMAT_LINE}{STATE_FORMAT}'"))),
    }
}
