//! The settings.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result, settings};

/// Where the store is. In files, times are written like `3s` or `500ms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FileConfig {
    /// The directory; made when the store is opened. Default: `vamp-store` in the working directory.
    pub directory: PathBuf,
    /// Limit of one call: 3 s. A disk may hang for longer, and with it what was asked of it.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub call_timeout: Duration,
    /// How long a call waits for another process that is writing: 2.5 s.
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
            call_timeout: Duration::from_secs(3),
            lock_timeout: Duration::from_millis(2500),
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

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<()> {
        let times = [
            ("call_timeout", self.call_timeout),
            ("look_interval", self.look_interval),
        ];
        let at = self.directory.display();
        settings::not_zero(&times)
            .map_err(|reason| Error::new(ErrorKind::Configuration, "open the store", at).because(reason))
    }
}
