//! The lock on a file that keeps a directory, a port or a store to one holder.

use std::fs::{File, TryLockError};
use std::io;
use std::ops::Deref;
use std::path::Path;

/// A file that is locked until this value is dropped, or its process ends, however it ends.
///
/// The lock is [`File::try_lock`]'s: advisory, and seen by other processes and by other openings in this one. It is given back
/// explicitly, which closing the file is not: a child that another thread is starting at that moment has the open file too, until
/// it becomes its program, and would keep the lock for that long.
///
/// ```
/// use std::fs::TryLockError;
/// use vamp_io::file_lock::FileLock;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("lock");
/// let held = FileLock::try_exclusive(FileLock::open(&path)?)?;
/// let second = FileLock::try_exclusive(FileLock::open(&path)?);
/// assert!(matches!(second, Err(TryLockError::WouldBlock)));
/// drop(held);
/// assert!(FileLock::try_exclusive(FileLock::open(&path)?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the lock is given back when this is dropped"]
pub struct FileLock(File);

impl FileLock {
    /// Opens the file that is to be locked, and makes it where there is none. What it holds stays.
    ///
    /// # Errors
    /// As [`File::open`], of a file that is written.
    pub fn open(path: &Path) -> io::Result<File> {
        File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(path)
    }

    /// Locks the file for one holder alone, without waiting.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] when somebody else has a lock on it, [`TryLockError::Error`] when it cannot be locked at all.
    pub fn try_exclusive(file: File) -> Result<Self, TryLockError> {
        file.try_lock().map(|()| Self(file))
    }

    /// Locks the file together with others who share it, without waiting.
    ///
    /// # Errors
    /// As [`Self::try_exclusive`]; only an exclusive lock of somebody else is in the way.
    pub fn try_shared(file: File) -> Result<Self, TryLockError> {
        file.try_lock_shared().map(|()| Self(file))
    }
}

impl Deref for FileLock {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Where it fails, the lock ends with the last copy of the open file.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_given_back_although_a_copy_of_the_open_file_lives_on() {
        let directory = tempfile::tempdir().unwrap();
        let open = || FileLock::open(&directory.path().join("lock")).unwrap();
        let held = FileLock::try_exclusive(open()).unwrap();
        // What a child has that was forked and is not yet its program.
        let _copy = held.try_clone().unwrap();
        assert!(matches!(
            FileLock::try_shared(open()),
            Err(TryLockError::WouldBlock)
        ));
        drop(held);
        let shared = [FileLock::try_shared(open()), FileLock::try_shared(open())];
        assert!(shared.iter().all(Result::is_ok));
        assert!(matches!(
            FileLock::try_exclusive(open()),
            Err(TryLockError::WouldBlock)
        ));
        drop(shared);
        let _again = FileLock::try_exclusive(open()).unwrap();
    }
}
