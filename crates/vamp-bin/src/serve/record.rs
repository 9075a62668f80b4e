//! Which server uses a state directory, for `--stop-all`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vamp_io::process::ProcessIdentity;

use crate::{Error, Exit, Result};

/// The version of the form that this program writes.
const FORMAT: u32 = 1;

/// What `server.json` in a state directory says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ServerRecord {
    format: u32,
    /// The process, alive or not.
    pub(super) process: ProcessIdentity,
}

impl ServerRecord {
    /// This process.
    pub(super) fn of_this_process() -> Result<Self> {
        let process = ProcessIdentity::of(std::process::id())
            .ok_or_else(|| Error::new(Exit::Failed, "cannot look at this process in /proc"))?;
        Ok(Self {
            format: FORMAT,
            process,
        })
    }

    /// The record of a state directory; none when there is none that can be read.
    pub(super) fn read(state_directory: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path(state_directory)).ok()?;
        serde_json::from_str(&text)
            .ok()
            .filter(|record: &Self| record.format == FORMAT)
    }

    pub(super) fn write(&self, state_directory: &Path) -> Result<()> {
        let path = path(state_directory);
        let text = vamp_model::to_json(self);
        vamp_io::atomic_file::write(&path, text.as_bytes())
            .map_err(|source| Error::file(Exit::Failed, "write", &path, source))
    }

    pub(super) fn remove(state_directory: &Path) {
        // A record of a process that has ended does no harm.
        let _ = std::fs::remove_file(path(state_directory));
    }
}

fn path(state_directory: &Path) -> PathBuf {
    state_directory.join("server.json")
}
