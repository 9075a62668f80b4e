//! The files: locked, written whole or not at all, with versions. All of it blocks.

use std::fs::{self, File, FileTimes, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use vamp_io::clock::{Clock as _, SystemClock};
use vamp_io::file_lock::FileLock;

use super::layout::{self, VALUE};
use crate::{Entry, Key, Version};

/// The directory of what is not a value.
pub(super) const OWN: &str = ".vamp";

/// The times that the store sets are this far apart, in nanoseconds, and [`OURS`] over a multiple of it.
const STEP: u64 = 1 << 16;
const OURS: u64 = 12_345;

/// How old a file of a writer that was killed is before it is removed.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// What the file system says of a file; another one when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    time: u64,
    size: u64,
    inode: u64,
}

impl Look {
    pub(super) fn at(metadata: &Metadata) -> Self {
        let seconds = u64::try_from(metadata.mtime()).unwrap_or_default();
        let nanoseconds = u64::try_from(metadata.mtime_nsec()).unwrap_or_default();
        Self {
            time: seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds),
            size: metadata.len(),
            inode: metadata.ino(),
        }
    }

    /// Whether the store has set the time; no two files of one key then look the same.
    pub(super) const fn is_ours(self) -> bool {
        self.time % STEP == OURS
    }

    fn version(self, content: &[u8]) -> Version {
        if self.is_ours() {
            return Version::from_number(self.time);
        }
        // The clock of the kernel ticks slowly, so that two edits can have the same time.
        let mut hash = Sha256::new();
        for number in [self.time, self.size, self.inode] {
            hash.update(number.to_be_bytes());
        }
        hash.update(content);
        let digest = hash.finalize();
        let number = digest
            .iter()
            .take(8)
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        Version::from_number(number)
    }
}

/// The directory of the store.
#[derive(Debug, Clone)]
pub(super) struct Files {
    pub(super) root: PathBuf,
    pub(super) lock_timeout: Duration,
    /// Whether nobody waits any more for what is done here.
    pub(super) given_up: Arc<AtomicBool>,
}

/// The lock of the store; others may read, and write, again when it is dropped.
pub(super) struct Locked {
    file: FileLock,
}

/// A file that is flushed and waits for its place.
pub(super) struct Prepared {
    path: PathBuf,
    file: File,
    placed: bool,
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if !self.placed {
            // It is removed later if not now.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Files {
    pub(super) fn own(&self, name: &str) -> PathBuf {
        self.root.join(OWN).join(name)
    }

    pub(super) fn value_of(&self, key: &Key) -> PathBuf {
        self.root.join(layout::directory(key)).join(VALUE)
    }

    /// Makes the directory of the store, and looks whether its file system is good enough.
    pub(super) fn open(&self) -> io::Result<()> {
        fs::create_dir_all(&self.root)?;
        let locked = self.lock(false)?;
        let version = locked.next_version()?;
        if Look::at(&locked.file.metadata()?).time != version.number() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the file system does not keep the times of files to the nanosecond",
            ));
        }
        self.clean_up()
    }

    /// Removes what writers that were killed have left behind.
    fn clean_up(&self) -> io::Result<()> {
        for item in fs::read_dir(self.own("new"))? {
            let path = item?.path();
            let Ok(file) = File::open(&path) else { continue };
            let age = file.metadata()?.modified()?.elapsed().unwrap_or_default();
            if age > LEFT_BEHIND && file.try_lock().is_ok() {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    fn make_own(&self) -> io::Result<()> {
        for directory in [self.root.join(OWN), self.own("new"), self.own("leases")] {
            match fs::DirBuilder::new().mode(0o700).create(directory) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits for the lock: shared with others who read, or for a writer alone.
    pub(super) fn lock(&self, shared: bool) -> io::Result<Locked> {
        let end = Instant::now() + self.lock_timeout;
        let path = self.own("lock");
        loop {
            self.make_own()?;
            let mut options = OpenOptions::new();
            let file = options
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)?;
            let taken = if shared {
                FileLock::try_shared(file)
            } else {
                FileLock::try_exclusive(file)
            };
            if self.given_up.load(Ordering::Relaxed) {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the call was given up"));
            }
            match taken {
                // The directory may have been removed and made again meanwhile.
                Ok(file)
                    if fs::metadata(&path)
                        .is_ok_and(|now| file.metadata().is_ok_and(|was| was.ino() == now.ino())) =>
                {
                    return Ok(Locked { file });
                }
                Err(fs::TryLockError::Error(error)) => return Err(error),
                Ok(_) | Err(fs::TryLockError::WouldBlock) => {}
            }
            if Instant::now() >= end {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("another process has kept it locked for {:?}", self.lock_timeout),
                ));
            }
            // A lock of the kernel is waited for without a limit, or not at all. Different for each who waits, so that nobody always comes too late.
            std::thread::park_timeout(Duration::from_micros(
                200 + u64::from(rand::random::<u16>() % 1500),
            ));
        }
    }

    /// What stands in a file; nothing when there is none. That the whole store is gone is an error.
    pub(super) fn read(&self, path: &Path) -> io::Result<Option<(Look, Version, Bytes)>> {
        let read = || {
            let mut file = File::open(path)?;
            let look = Look::at(&file.metadata()?);
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            let version = look.version(&content);
            Ok((look, version, Bytes::from(content)))
        };
        match read() {
            Ok(found) => Ok(Some(found)),
            Err(error) => self.absent(error),
        }
    }

    /// Whether an error says that something is not there, while the store is.
    pub(super) fn absent<T>(&self, error: io::Error) -> io::Result<Option<T>> {
        use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
        if !matches!(error.kind(), NotFound | NotADirectory | IsADirectory) {
            return Err(error);
        }
        fs::read_dir(&self.root).map(|_| None)
    }

    pub(super) fn get(&self, key: &Key) -> io::Result<Option<Entry>> {
        let found = self.read(&self.value_of(key))?;
        Ok(found.map(|(_, version, value)| Entry {
            key: key.clone(),
            value,
            version,
        }))
    }

    pub(super) fn version(&self, key: &Key) -> io::Result<Option<Version>> {
        Ok(self.get(key)?.map(|entry| entry.version))
    }

    /// Writes and flushes a file that waits for its place.
    pub(super) fn prepare(&self, content: &[u8]) -> io::Result<Prepared> {
        self.make_own()?;
        let name = format!("{}-{:016x}", std::process::id(), rand::random::<u64>());
        let path = self.own("new").join(name);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        let mut prepared = Prepared {
            path,
            file,
            placed: false,
        };
        // Tells those who clean up that the writer lives.
        prepared.file.lock()?;
        prepared.file.write_all(content)?;
        prepared.file.sync_all()?;
        Ok(prepared)
    }

    /// Removes the value of a key and the directories that are empty then; says whether it was there.
    pub(super) fn remove(&self, _: &Locked, key: &Key) -> io::Result<bool> {
        let value = self.value_of(key);
        if let Err(error) = fs::remove_file(&value) {
            return Ok(self.absent::<()>(error)?.is_some());
        }
        let mut directory = value.parent();
        while let Some(empty) = directory.filter(|directory| *directory != self.root) {
            if fs::remove_dir(empty).is_err() {
                break;
            }
            directory = empty.parent();
        }
        sync(directory.unwrap_or(&self.root))?;
        Ok(true)
    }
}

impl Locked {
    /// A version that was never given before: the time, or a little more.
    pub(super) fn next_version(&self) -> io::Result<Version> {
        let last = Look::at(&self.file.metadata()?).time;
        let last = if last % STEP == OURS { last } else { 0 };
        let now = u64::try_from(SystemClock.now().as_nanosecond()).unwrap_or_default();
        let next = (now - now % STEP + OURS).max(last + STEP);
        stamp(&self.file, Duration::from_nanos(next))?;
        Ok(Version::from_number(next))
    }

    /// Puts a file in its place, with a time.
    pub(super) fn place(
        &self,
        mut prepared: Prepared,
        root: &Path,
        target: &Path,
        time: Duration,
    ) -> io::Result<()> {
        stamp(&prepared.file, time)?;
        let parent = target.parent().unwrap_or(root);
        make_directories(root, parent)?;
        fs::rename(&prepared.path, target)?;
        prepared.placed = true;
        sync(parent)
    }
}

/// Sets the time of a file.
pub(super) fn stamp(file: &File, time: Duration) -> io::Result<()> {
    file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + time))
}

/// Makes the directories that are missing, and flushes each where its name is. The root itself is not made.
fn make_directories(root: &Path, directory: &Path) -> io::Result<()> {
    if directory.is_dir() || directory == root {
        return Ok(());
    }
    let parent = directory.parent().unwrap_or(root);
    make_directories(root, parent)?;
    fs::DirBuilder::new().mode(0o700).create(directory)?;
    sync(parent)
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
