//! What the parts of the responder share with the rest of the agent.

use std::collections::HashSet;
use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;
use vamp_haproxy::{Document, hosts};
use vamp_io::clock::Clock;

use super::answer::Outcome;
use super::status::{DnsCounters, DnsError, DnsStatus};

/// The names that are known, and what is told of the responder.
#[derive(Debug)]
pub(crate) struct Board {
    /// The configuration that runs, until its names have been read: whoever applies it need not wait for that.
    unread: watch::Sender<Option<Arc<str>>>,
    names: RwLock<HashSet<String>>,
    listening: Mutex<Option<SocketAddr>>,
    last_error: Mutex<Option<DnsError>>,
    counters: Mutex<DnsCounters>,
    clock: Arc<dyn Clock>,
}

impl Board {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            unread: watch::Sender::new(None),
            names: RwLock::default(),
            listening: Mutex::default(),
            last_error: Mutex::default(),
            counters: Mutex::default(),
            clock,
        }
    }

    /// This configuration runs.
    pub(crate) fn runs(&self, text: &Arc<str>) {
        self.unread.send_replace(Some(Arc::clone(text)));
    }

    /// Changes whenever [`Board::runs`] is called.
    pub(super) fn texts(&self) -> watch::Receiver<Option<Arc<str>>> {
        self.unread.subscribe()
    }

    /// Reads the names of the configuration that runs, unless that has been done.
    pub(super) async fn read_names(&self) {
        let mut taken = None;
        self.unread.send_if_modified(|text| {
            taken = text.take();
            false
        });
        let Some(text) = taken else {
            return;
        };
        // The text of ten thousand gateways takes tenths of a second.
        let read = move || hosts(&Document::parse(&*text));
        match tokio::task::spawn_blocking(read).await {
            Ok(names) => {
                tracing::debug!(count = names.len(), "the names of virtual hosts are read");
                *self.names.write() = names;
            }
            Err(error) => tracing::error!(%error, "the names of virtual hosts cannot be read"),
        }
    }

    /// Whether a name, in lower case, is that of a virtual host.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.names.read().contains(name)
    }

    /// Queries are taken there.
    pub(super) fn listens(&self, address: SocketAddr) {
        *self.listening.lock() = Some(address);
    }

    /// Queries cannot be taken now.
    pub(super) fn failed(&self, why: &dyn Display) {
        *self.last_error.lock() = Some(DnsError {
            message: why.to_string(),
            at: self.clock.now(),
        });
    }

    pub(super) fn count(&self, outcome: Outcome) {
        let mut counters = self.counters.lock();
        match outcome {
            Outcome::Answered => counters.answered += 1,
            Outcome::Refused => counters.refused += 1,
            Outcome::Invalid => counters.invalid += 1,
            Outcome::Failed => counters.failed += 1,
        }
    }

    pub(crate) fn status(&self) -> DnsStatus {
        DnsStatus {
            listening: *self.listening.lock(),
            names: self.names.read().len(),
            last_error: self.last_error.lock().clone(),
            counters: *self.counters.lock(),
        }
    }
}
