//! The agent's entry in the store: written when the state changes, kept alive under a lease, gone when the agent is.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use vamp_io::backoff::Backoff;
use vamp_io::clock::reached;
use vamp_io::shutdown::Shutdown;
use vamp_kv::LeaseId;
use vamp_kv::handover::{AgentStatus, HandOver};

use crate::status::StatusBoard;

/// A change is written so long after it is seen, together with those that follow: while many agents of one store apply the same
/// configuration, the reports of the first would take the store's time from the last. A failure is told at once: what follows must not
/// make it unseen.
const TOGETHER: Duration = Duration::from_millis(100);

/// What is told where two agents have one id.
const OTHERS: &str = "more than one agent has this id; they are told apart by what is appended to it. Give each one of its own (--id)";

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

    /// Takes another id where somebody else has written in place of this agent since: two that share an entry look like one, and whoever
    /// waits for all agents would wait for one of them.
    async fn keep_apart(&self, written: &AgentStatus) -> vamp_kv::Result<()> {
        let there = self.hand_over.agent(&written.name, &written.id).await?;
        let is_ours = |there: &AgentStatus| (there.started, &there.host) == (written.started, &written.host);
        if there.is_some_and(|there| !is_ours(&there)) {
            let started = written.started.map_or(0, jiff::Timestamp::as_microsecond);
            let id = format!("{}-{started:x}", written.id);
            tracing::error!(id = written.id, now = id, "{OTHERS}");
            self.board.has_id(&id);
        }
        Ok(())
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
        // That the id is nobody else's is looked at once in the time of a lease: one more question each time would slow down many agents.
        let mut looked = Instant::now();
        loop {
            tokio::select! {
                () = shutdown.wait() => return Ok(()),
                () = reached(due) => {
                    due = None;
                    if let Some(before) = written.as_ref().filter(|_| looked.elapsed() > self.lease_time) {
                        looked = Instant::now();
                        self.keep_apart(before).await?;
                    }
                    let status = self.status.borrow_and_update().clone();
                    if written.as_ref() != Some(&status) {
                        self.hand_over.report(&status, lease).await?;
                        written = Some(status);
                    }
                }
                seen = self.status.changed() => {
                    if seen.is_err() {
                        return Ok(());
                    }
                    let told = written.as_ref().and_then(|status| status.failure.as_ref());
                    let failure = self.status.borrow().failure.clone();
                    let has_failed = failure.is_some() && failure.as_ref() != told;
                    let together = || Instant::now() + TOGETHER;
                    due = Some(if has_failed { Instant::now() } else { due.unwrap_or_else(together) });
                }
                _ = keep_alive.tick() => {
                    self.hand_over.store().keep_lease(lease).await?;
                    if looked.elapsed() > self.lease_time {
                        due = due.or(Some(Instant::now()));
                    }
                }
                () = self.outage.notified() => self.hand_over.store().keep_lease(lease).await.inspect(|()| {
                    self.board.store_answers();
                })?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use vamp_io::clock::SystemClock;
    use vamp_kv::Key;
    use vamp_kv::handover::FailureKind;
    use vamp_kv::memory::MemoryStore;

    use super::*;
    use crate::config::{AgentConfig, Base};

    const MOMENT: Duration = Duration::from_millis(10);

    struct Reported {
        board: StatusBoard,
        hand_over: HandOver,
        shutdown: Shutdown,
    }

    impl Reported {
        /// A board whose reporter has written the first entry.
        async fn start() -> Self {
            let base: Key = "/vamp".parse().unwrap();
            let hand_over = HandOver::new(Arc::new(MemoryStore::new()), &base, "haproxy", "2.4").unwrap();
            let base = Base::Standard(Box::default());
            let config = AgentConfig::new("edge", "one", "/nowhere", "/nowhere", base);
            let board = StatusBoard::new(&config, "2.6", Arc::new(SystemClock));
            let shutdown = Shutdown::new();
            let reporter = Reporter {
                hand_over: hand_over.clone(),
                lease_time: Duration::from_secs(30),
                status: board.subscribe(),
                board: board.clone(),
                outage: Arc::default(),
            };
            tokio::spawn(reporter.run(shutdown.clone()));
            let reported = Self {
                board,
                hand_over,
                shutdown,
            };
            // That the store answers is the first change.
            tokio::time::sleep(2 * TOGETHER).await;
            reported
        }

        async fn entry(&self) -> AgentStatus {
            self.hand_over.agents().await.unwrap().remove(0)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn changes_are_written_together_a_moment_later() {
        let reported = Reported::start().await;
        let worker = |pid| reported.board.haproxy(|haproxy| haproxy.worker_pid = Some(pid));
        worker(1);
        tokio::time::sleep(TOGETHER - MOMENT).await;
        assert_eq!(reported.entry().await.haproxy.worker_pid, None);
        worker(2);
        tokio::time::sleep(2 * MOMENT).await;
        assert_eq!(reported.entry().await.haproxy.worker_pid, Some(2));
        reported.shutdown.trigger();
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_written_at_once_even_if_it_is_over_soon() {
        let reported = Reported::start().await;
        reported.board.haproxy(|haproxy| haproxy.worker_pid = Some(1));
        reported.board.failed("hash", FailureKind::Refused, "no");
        tokio::time::sleep(MOMENT).await;
        let entry = reported.entry().await;
        assert_eq!(
            entry.failure.map(|failure| failure.message),
            Some("no".to_owned())
        );
        assert_eq!(entry.haproxy.worker_pid, Some(1));

        reported.board.no_failure();
        tokio::time::sleep(TOGETHER + MOMENT).await;
        assert_eq!(reported.entry().await.failure, None);
        reported.shutdown.trigger();
    }
}
