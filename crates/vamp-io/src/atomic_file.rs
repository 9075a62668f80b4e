//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const SUFFIX: &str = ".tmp";

/// Writes `bytes` to `path` so that whoever reads it, at any moment and after any crash, sees the old content or the new.
///
/// The bytes go to a temporary file beside it, which is flushed to disk and renamed; then the directory is flushed. The
/// file's mode is 0600, whatever it was before.
///
/// # Errors
/// Any of these steps failed. The temporary file is then gone, and the old one still there, unless it was the last step that failed: the new
/// one is in its place then, and may not be there after a power cut.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Staged::new(path, bytes)?.place()
}

/// The content of a file, written beside it and not in its place yet: what can go wrong for want of room has gone well. Dropped, it is gone.
///
/// ```
/// use vamp_io::atomic_file::Staged;
///
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("haproxy.cfg");
/// let staged = Staged::new(&path, b"global")?;
/// assert!(!path.exists());
/// staged.place()?;
/// assert_eq!(std::fs::read(&path)?, b"global");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    temporary: PathBuf,
    file: File,
    flushed: bool,
    placed: bool,
}

impl Staged {
    /// Writes the bytes to a temporary file beside `path`, of mode 0600, and does not flush it.
    ///
    /// # Errors
    /// It could not be made or written; it is gone then.
    pub fn new(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let temporary = temporary(path);
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        let mut staged = Self {
            path: path.to_path_buf(),
            temporary,
            file,
            flushed: false,
            placed: false,
        };
        staged.file.write_all(bytes)?;
        Ok(staged)
    }

    /// Brings its bytes to the disk already, which [`place`](Self::place) does otherwise.
    ///
    /// # Errors
    /// The disk's; the file is gone then.
    pub fn flush(mut self) -> io::Result<Self> {
        self.file.sync_all()?;
        self.flushed = true;
        Ok(self)
    }

    /// Flushes it and puts it in its place.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn place(mut self) -> io::Result<()> {
        if !self.flushed {
            self.file.sync_all()?;
        }
        fs::rename(&self.temporary, &self.path)?;
        self.placed = true;
        let directory = self
            .path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.placed {
            // Nobody reads it: that it stays is all that can happen.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Whether a path is that of a temporary file of this module. A process that is killed leaves the one that it is writing.
#[must_use]
pub fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some((_, id)) = name.and_then(|name| name.strip_suffix(SUFFIX)?.rsplit_once('.')) else {
        return false;
    };
    id.split_once('-').is_some_and(|(process, random)| {
        process.bytes().all(|byte| byte.is_ascii_digit())
            && random.len() == 8
            && random.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// A name that no other process and no other call uses.
fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(
        ".{}-{:08x}{SUFFIX}",
        std::process::id(),
        rand::random::<u32>()
    ));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_content_replaces_the_old_and_nothing_else_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("haproxy.cfg");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_put_in_place_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("haproxy.cfg");
        write(&path, b"old").unwrap();
        let staged = Staged::new(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        drop(staged);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn temporary_files_are_known_by_their_names() {
        assert!(is_temporary(&temporary(Path::new("/var/lib/vga/haproxy.cfg"))));
        for other in [
            "/haproxy.cfg",
            "/haproxy.cfg.tmp",
            "/notes.2026-11-27.tmp",
            "/.1-0000000g.tmp",
        ] {
            assert!(!is_temporary(Path::new(other)), "{other}");
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("missing").join("haproxy.cfg");
        assert_eq!(write(&path, b"new").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
