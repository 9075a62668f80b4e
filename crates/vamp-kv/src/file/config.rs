//! The settings.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Where the store is. In files, times are written like `3s` or `500ms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FileConfig {
    /// The directory; made when the store is opened. Default: `vamp-store` in the working directory.
    pub directory: PathBuf,
    /// How long a call waits for another process that is writing: 3 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub lock_timeout: Duration,
    /// Time between two looks of a watch at everything, beside the notices of the kernel: 60 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub look_interval: Duration,
}

impl Default for FileConfig {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("vamp-store"),
            lock_timeout: Duration::from_secs(3),
            look_interval: Duration::from_secs(60),
        }
    }
}

impl FileConfig {
    /// The defaults with this directory.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            ..Self::default()
        }
    }
}
