//! The names of what is measured, from the configuration that runs.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use crate::names::{Names, Owner};

/// The names in a file, read again when it is another one.
#[derive(Debug)]
pub(super) struct Learned {
    path: PathBuf,
    /// Inode, size and time of the last change.
    seen: Option<(u64, u64, i64, i64)>,
    now: Names,
    /// Those of the configuration before: what has gone since may still have figures.
    before: Names,
}

impl Learned {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            seen: None,
            now: Names::default(),
            before: Names::default(),
        }
    }

    /// Reads the names if the configuration is another one. One that cannot be read leaves what is known.
    pub(super) fn look(&mut self) {
        let found = fs::metadata(&self.path).and_then(|file| {
            let seen = (file.ino(), file.len(), file.mtime(), file.mtime_nsec());
            if self.seen == Some(seen) {
                return Ok(None);
            }
            Ok(Some((seen, fs::read_to_string(&self.path)?)))
        });
        match found {
            Ok(Some((seen, text))) => {
                self.seen = Some(seen);
                self.before = std::mem::replace(&mut self.now, Names::read(&text).and_servers(&text));
            }
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "the names of gateways cannot be read"),
        }
    }

    /// Whose proxy it is.
    pub(super) fn owner(&self, proxy: &str) -> Option<&Owner> {
        self.now.owner(proxy).or_else(|| self.before.owner(proxy))
    }

    /// The name of the instance behind a server; that of the server where none is told.
    pub(super) fn instance<'a>(&'a self, server: &'a str) -> &'a str {
        let told = self.now.instance(server).or_else(|| self.before.instance(server));
        told.unwrap_or(server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_that_has_just_gone_still_has_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("haproxy.cfg");
        let mut learned = Learned::new(path.clone());
        learned.look();
        assert!(learned.owner("a1").is_none());
        for (text, known) in [
            ("# frontend: shop\nfrontend a1\n", ["shop", ""]),
            ("# frontend: other/9070\nfrontend b2\n", ["shop", "other/9070"]),
            ("# frontend: other/9070\nfrontend b2\n\n", ["", "other/9070"]),
        ] {
            fs::write(&path, text).unwrap();
            learned.look();
            let names = ["a1", "b2"].map(|proxy| learned.owner(proxy).map_or("", |owner| &owner.gateway));
            assert_eq!(names, known, "{text}");
        }
        // A file that is gone takes no names away.
        fs::remove_file(&path).unwrap();
        learned.look();
        assert!(learned.owner("b2").is_some());
    }
}
