//! The agent's entry in the store: written when the state changes, kept alive under a lease, gone when the agent is.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use vamp_io::backoff::Backoff;
use vamp_io::shutdown::Shutdown;
use vamp_kv::LeaseId;
use vamp_kv::handover::{AgentStatus, HandOver};

use crate::status::StatusBoard;

/// A change is written so long after it is seen, together with those that follow: while many agents of one store apply the same
/// configuration, the reports of the first would take the store's time from the last.
const SPACING: Duration = Duration::from_millis(100);

/// Reports until it is told to stop, then takes the entry away.
#[derive(Debug)]
pub(crate) struct Reporter {
    pub(crate) hand_over: HandOver,
    pub(crate) lease_time: Duration,
    pub(crate) board: StatusBoard,
    pub(crate) status: watch::Receiver<AgentStatus>,
    /// Told by others that the store seems to be away.
    pub(crate) outage: Arc<Notify>,
}

impl Reporter {
    pub(crate) async fn run(mut self, shutdown: Shutdown) {
        let mut backoff = Backoff::watch();
        while !shutdown.is_triggered() {
            match self.hand_over.store().grant_lease(self.lease_time).await {
                Ok(lease) => {
                    backoff.reset();
                    self.board.store_answers();
                    let ended = self.report_under(lease, &shutdown).await;
                    if let Err(error) = ended {
                        tracing::debug!(%error, "the agent's entry in the store could not be kept");
                        self.tell(&error);
                    } else {
                        let gone = self.hand_over.store().revoke_lease(lease).await;
                        if let Err(error) = gone {
                            tracing::debug!(%error, "the agent's entry stays until its lease ends");
                        }
                        return;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "the agent cannot report");
                    self.tell(&error);
                }
            }
            tokio::select! {
                () = shutdown.wait() => return,
                () = tokio::time::sleep(backoff.next_delay()) => {}
            }
        }
    }

    /// A store that does not let the agent register is there all the same.
    fn tell(&self, error: &vamp_kv::Error) {
        if error.is_temporary() || error.kind() == vamp_kv::ErrorKind::LeaseExpired {
            self.board.store_away(error);
        } else {
            self.board.store_failed(error);
        }
    }

    /// Reports under one lease until the shutdown (`Ok`) or until the store is away or has forgotten the lease (`Err`).
    async fn report_under(&mut self, lease: LeaseId, shutdown: &Shutdown) -> vamp_kv::Result<()> {
        let mut keep_alive = tokio::time::interval(self.lease_time / 3);
        keep_alive.reset();
        // The entry is not there yet: that is written at once.
        let mut due = Some(Instant::now());
        let mut written: Option<AgentStatus> = None;
        loop {
            tokio::select! {
                () = shutdown.wait() => return Ok(()),
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    due = None;
                    let status = self.status.borrow_and_update().clone();
                    if written.as_ref() != Some(&status) {
                        self.hand_over.report(&status, lease).await?;
                        written = Some(status);
                    }
                }
                seen = self.status.changed(), if due.is_none() => {
                    if seen.is_err() {
                        return Ok(());
                    }
                    due = Some(Instant::now() + SPACING);
                }
                _ = keep_alive.tick() => self.hand_over.store().keep_lease(lease).await?,
                () = self.outage.notified() => self.hand_over.store().keep_lease(lease).await.inspect(|()| {
                    self.board.store_answers();
                })?,
            }
        }
    }
}
