//! A file system that is full when a test wants it so.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, skip};

const FILLER: &str = ".filler";

/// A small file system of its own in place of a directory, with what was in that. Gone, with all of its content, when it is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    directory: PathBuf,
}

impl SmallDisk {
    /// True, and the test is counted as skipped, where this user cannot mount one: it takes root.
    #[must_use = "a test that has been skipped has to return"]
    pub fn is_missing() -> bool {
        if skip::without("mount") {
            return true;
        }
        let root = rustix::process::geteuid().is_root();
        if !root {
            skip::because("only root can mount a file system");
        }
        !root
    }

    /// Puts one with room for so many mebibytes where this directory is. Files that processes have open stay in the old one.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without the program `mount`, [`Error::Io`] when the kernel refuses.
    pub fn in_place_of(directory: impl Into<PathBuf>, mebibytes: u32) -> Result<Self, Error> {
        let directory = directory.into();
        let copy = tempfile::tempdir().map_err(Error::io("make", "a directory"))?;
        copy_all(&directory, copy.path())?;
        let size = format!("size={mebibytes}m,mode=0700");
        run(Command::new(skip::find("mount")?)
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(&directory))?;
        let disk = Self { directory };
        copy_all(copy.path(), &disk.directory)?;
        Ok(disk)
    }

    /// Takes all the room that is left.
    ///
    /// # Errors
    /// [`Error::Io`] when something else goes wrong.
    pub fn fill(&self) -> Result<(), Error> {
        let path = self.directory.join(FILLER);
        let mut file = File::create(&path).map_err(Error::io("make", &path))?;
        let mut piece: &[u8] = &[b'x'; 1 << 16];
        while !piece.is_empty() {
            match file.write(piece) {
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                    // Down to the last byte.
                    piece = piece.get(..piece.len() / 2).unwrap_or_default();
                }
                Err(error) => return Err(Error::io("fill", &path)(error)),
            }
        }
        Ok(())
    }

    /// Gives the room back.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn free(&self) -> Result<(), Error> {
        let path = self.directory.join(FILLER);
        std::fs::remove_file(&path).map_err(Error::io("remove", &path))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Processes may still have files open in it. Nobody is there to be told that the kernel refuses.
        let _ = run(Command::new("umount").arg("--lazy").arg(&self.directory));
    }
}

fn copy_all(from: &Path, to: &Path) -> Result<(), Error> {
    run(Command::new("cp").arg("--archive").arg(from.join(".")).arg(to))
}

fn run(command: &mut Command) -> Result<(), Error> {
    let output = command
        .output()
        .map_err(Error::io("run", command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::io("carry out", command.get_program())(
        std::io::Error::other(said),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_was_there_and_is_full_until_it_is_freed() {
        if SmallDisk::is_missing() {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "before").unwrap();
        let disk = SmallDisk::in_place_of(directory.path(), 1).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "before");
        disk.fill().unwrap();
        let error = std::fs::write(directory.path().join("more"), "x").unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        disk.free().unwrap();
        std::fs::write(&file, "after").unwrap();
        drop(disk);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "before");
    }
}
