//! Moving what was written from the log into the file, away from the thread that writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::readers::spawn;
use crate::Result;

/// After how many commits the log is moved.
const COMMITS: u32 = 512;

/// After how many bytes of content the log is moved, however few commits they came with.
const BYTES: usize = 2 * 1024 * 1024;

/// Pages in the log from which on the writer waits for it to begin anew: 64 MB.
const LOG_PAGES: i64 = 16_384;

/// What the thread that writes knows of the log.
#[derive(Debug)]
pub(super) struct Checkpoints {
    wake: SyncSender<()>,
    log_is_long: Arc<AtomicBool>,
    commits: u32,
    bytes: usize,
}

impl Checkpoints {
    /// Starts the thread; it ends when this is gone.
    pub(super) fn start(connection: Connection) -> Result<(Self, JoinHandle<()>)> {
        // One place is enough: a thread that is at work looks at everything that is there.
        let (wake, woken) = sync_channel(1);
        let log_is_long = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&log_is_long);
        let thread = spawn("store-checkpoint", move || run(&connection, &woken, &told))?;
        let checkpoints = Self {
            wake,
            log_is_long,
            commits: 0,
            bytes: 0,
        };
        Ok((checkpoints, thread))
    }

    /// Tells of a commit with so many bytes of content.
    pub(super) fn committed(&mut self, bytes: usize) {
        self.commits += 1;
        self.bytes += bytes;
        if self.commits >= COMMITS || self.bytes >= BYTES {
            self.commits = 0;
            self.bytes = 0;
            // Full: it has been woken already.
            let _ = self.wake.try_send(());
        }
    }

    /// Lets the log begin anew when it has become long, which it does not by itself while there is always something to write.
    pub(super) fn restart_long_log(&self, connection: &Connection) {
        if self.log_is_long.swap(false, Ordering::Relaxed) {
            checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }
}

fn run(connection: &Connection, woken: &Receiver<()>, log_is_long: &AtomicBool) {
    while woken.recv().is_ok() {
        let pages = checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)");
        if pages > LOG_PAGES {
            log_is_long.store(true, Ordering::Relaxed);
        }
    }
}

/// Returns how many pages the log has. A checkpoint that fails leaves the log as it is: nothing is lost, and the next one does
/// its work.
fn checkpoint(connection: &Connection, how: &str) -> i64 {
    let pages = connection.query_row(how, [], |row| row.get(1));
    pages.unwrap_or_else(|error| {
        tracing::warn!(%error, "the log of the store could not be moved into its file");
        0
    })
}
