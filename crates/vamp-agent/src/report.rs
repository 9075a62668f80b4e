//! The agent's entry in the store: written when the state changes, kept alive under a lease, gone when the agent is.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use vamp_io::backoff::Backoff;
use vamp_io::clock::reached;
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::{AgentStatus, HandOver};
use vamp_kv::{ErrorKind, LeaseId};

use crate::status::StatusBoard;

/// A change is written so long after it is seen, together with those that follow: while many agents of one store apply the same
/// configuration, the reports of the first would take the store's time from the last. A failure is told at once: what follows must not
/// make it unseen.
const TOGETHER: Duration = Duration::from_millis(100);

/// What the store refuses is tried again after this time: somebody may have given the agent the right to it.
const REFUSED: Duration = Duration::from_secs(30);

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
        let mut lease = None;
        while !shutdown.is_triggered() {
            let error = match self.report(&mut lease, &mut backoff, &shutdown).await {
                Ok(()) => break,
                Err(error) => error,
            };
            tracing::debug!(%error, "the agent's entry in the store could not be kept");
            let pause = if self.tell(&error) {
                // Whether a store that was away knows it still may take seconds to find out; a new one is there at once.
                self.let_go(lease.take());
                backoff.next_delay()
            } else {
                REFUSED
            };
            tokio::select! {
                () = shutdown.wait() => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
        if let Some(lease) = lease
            && let Err(error) = self.hand_over.store().revoke_lease(lease).await
        {
            tracing::debug!(%error, "the agent's entry stays until its lease ends");
        }
    }

    /// Reports until the shutdown (`Ok`) or until something fails. A lease of before is used as long as the store knows it.
    async fn report(
        &mut self,
        lease: &mut Option<LeaseId>,
        backoff: &mut Backoff,
        shutdown: &Shutdown,
    ) -> vamp_kv::Result<()> {
        let store = self.hand_over.store();
        if let Some(before) = *lease {
            match store.keep_lease(before).await {
                Err(error) if error.kind() == ErrorKind::LeaseExpired => *lease = None,
                kept => kept?,
            }
        }
        let held = match *lease {
            Some(held) => held,
            None => *lease.insert(store.grant_lease(self.lease_time).await?),
        };
        self.board.store_answers();
        self.report_under(held, backoff, shutdown).await
    }

    /// Gives a lease back, while others go on: leases that are left to end by themselves would fill a store that grants them and does not take
    /// the entry.
    fn let_go(&self, lease: Option<LeaseId>) {
        if let Some(lease) = lease {
            let store = Arc::clone(self.hand_over.store());
            tokio::spawn(async move { store.revoke_lease(lease).await });
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

    /// Tells of a failure, and says whether it will pass. A store that does not let the agent register is there all the same.
    fn tell(&self, error: &vamp_kv::Error) -> bool {
        let passes = error.is_temporary() || error.kind() == ErrorKind::LeaseExpired;
        if passes {
            self.board.store_away(error);
        } else {
            self.board.store_failed(error);
        }
        passes
    }

    /// Reports under one lease until the shutdown (`Ok`) or until the store is away or has forgotten the lease (`Err`).
    async fn report_under(
        &mut self,
        lease: LeaseId,
        backoff: &mut Backoff,
        shutdown: &Shutdown,
    ) -> vamp_kv::Result<()> {
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
                        backoff.reset();
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
    use vamp_kv::handover::FailureKind;
    use vamp_kv::memory::MemoryStore;
    use vamp_kv::wrap::{Measured, Operation, Outcome};
    use vamp_kv::{Key, KeyValueStore};

    use super::*;
    use crate::config::{AgentConfig, Base};
    use crate::troubled::TroubledStore;

    const MOMENT: Duration = Duration::from_millis(10);

    struct Reported {
        board: StatusBoard,
        hand_over: HandOver,
        shutdown: Shutdown,
    }

    impl Reported {
        /// A board whose reporter has written the first entry.
        async fn start() -> Self {
            Self::to(Arc::new(MemoryStore::new())).await
        }

        async fn to(store: Arc<dyn KeyValueStore>) -> Self {
            let base: Key = "/vamp".parse().unwrap();
            let hand_over = HandOver::new(store, &base, "haproxy", "2.4").unwrap();
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

    #[tokio::test(start_paused = true)]
    async fn a_store_that_does_not_take_the_entry_is_not_filled_with_leases() {
        for (failure, most_tries) in [(ErrorKind::Denied, 12), (ErrorKind::Unavailable, 2500)] {
            let store = TroubledStore::new();
            *store.puts_fail.lock() = Some(failure);
            let measured = Measured::new(store.clone());
            let measures = measured.measures();
            let reported = Reported::to(Arc::new(measured)).await;
            tokio::time::sleep(Duration::from_secs(300)).await;
            let done = |operation| measures.calls(operation, Outcome::Done).count;
            let live = done(Operation::GrantLease) - done(Operation::RevokeLease);
            let outcome = if failure == ErrorKind::Denied {
                Outcome::Failed
            } else {
                Outcome::Unavailable
            };
            let tries = measures.calls(Operation::Put, outcome).count;
            // Of those that are not given back each has ended before the next one: a pause is as long as it.
            assert!(live <= 12, "{failure:?}: {live} leases in five minutes");
            assert!(
                (2..=most_tries).contains(&tries),
                "{failure:?}: {tries} tries in five minutes"
            );

            *store.puts_fail.lock() = None;
            tokio::time::sleep(REFUSED + Duration::from_secs(1)).await;
            assert_eq!(reported.entry().await.id, "one");
            reported.shutdown.trigger();
            tokio::time::sleep(MOMENT).await;
            assert!(reported.hand_over.agents().await.unwrap().is_empty());
        }
    }
}
