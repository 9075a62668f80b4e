//! Telling that the API is served.

use std::net::SocketAddr;
use std::path::Path;

use serde::Serialize;

use crate::{Error, Exit, Result};

/// What the ready file says.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Ready {
    /// Address of the API.
    pub(super) api: String,
    /// Address of HAProxy's statistics page; nothing where no agent is embedded.
    pub(super) gateway_statistics: Option<String>,
    /// Id of the server's process.
    pub(super) pid: u32,
}

impl Ready {
    pub(super) fn new(api: SocketAddr, statistics: Option<SocketAddr>) -> Self {
        let url = |address: SocketAddr| format!("http://{address}");
        Self {
            api: url(api),
            gateway_statistics: statistics.map(url),
            pid: std::process::id(),
        }
    }

    /// One line for people.
    pub(super) fn line(&self) -> String {
        let statistics = self.gateway_statistics.as_deref();
        let statistics = statistics
            .map(|address| format!(", HAProxy's statistics on {address}"))
            .unwrap_or_default();
        format!("vamp serves its API on {}{statistics}\n", self.api)
    }

    /// Writes the file, whole or not at all.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let mut text = vamp_model::to_json(self);
        text.push('\n');
        vamp_io::atomic_file::write(path, text.as_bytes())
            .map_err(|source| Error::file(Exit::Failed, "write", path, source))
    }
}

/// Takes the file away: whoever looks for it shall not believe that a server is there.
pub(super) fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!(path = %path.display(), %error, "the ready file stays");
    }
}
