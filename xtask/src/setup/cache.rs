//! Where servers are kept that Debian lacks: below the user's cache directory, each in a directory named by its version.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The part of it that is ours, in the directory for what can be made again, as the XDG Base Directory Specification has it.
pub(super) fn cache() -> PathBuf {
    let set = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = || set("HOME").unwrap_or_default().join(".cache");
    set("XDG_CACHE_HOME").unwrap_or_else(home).join("vamp")
}

pub(super) fn broken(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{}: {error}", path.display()))
}
