//! A gateway agent that applies what it gets, and says so.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use parking_lot::Mutex;
use tokio::task::AbortHandle;
use vamp_io::clock::Clock;
use vamp_kv::LeaseId;
use vamp_kv::handover::{AgentStatus, Applied, HandOver, HaproxyStatus, How, Received};

/// An agent; clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct TestAgent {
    shared: Arc<Shared>,
    task: AbortHandle,
    hand_over: HandOver,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    received: Option<Received>,
    applications: usize,
    /// It gets everything and applies nothing.
    stuck: bool,
    /// How many of the configurations so far were empty of gateways.
    smallest: Option<usize>,
}

impl TestAgent {
    pub(crate) fn start(hand_over: HandOver, clock: Arc<dyn Clock>) -> Self {
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(run(hand_over.clone(), shared.clone(), clock)).abort_handle();
        Self {
            shared,
            task,
            hand_over,
        }
    }

    /// Waits until it has shown itself.
    pub(crate) async fn is_there(&self) {
        while self
            .hand_over
            .agents()
            .await
            .is_ok_and(|agents| agents.is_empty())
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Ends it without a word.
    pub(crate) fn stop(&self) {
        self.task.abort();
    }

    pub(crate) fn set_stuck(&self, stuck: bool) {
        self.shared.state.lock().stuck = stuck;
    }

    /// The hash of the configuration that it runs.
    pub(crate) fn applied(&self) -> Option<String> {
        let state = self.shared.state.lock();
        state.received.as_ref().map(|received| received.hash.clone())
    }

    /// The configuration that it runs.
    pub(crate) fn text(&self) -> String {
        let state = self.shared.state.lock();
        state
            .received
            .as_ref()
            .map(|received| received.text.clone())
            .unwrap_or_default()
    }

    /// How many configurations it has applied.
    pub(crate) fn applications(&self) -> usize {
        self.shared.state.lock().applications
    }

    /// The least number of servers that any configuration had.
    pub(crate) fn fewest_servers(&self) -> Option<usize> {
        self.shared.state.lock().smallest
    }

    pub(crate) fn forget_fewest(&self) {
        self.shared.state.lock().smallest = None;
    }

    /// Whether the last configuration was marked as smaller on purpose.
    pub(crate) fn shrink_meant(&self) -> bool {
        let state = self.shared.state.lock();
        state
            .received
            .as_ref()
            .is_some_and(|received| !received.shrink_meant_from.is_empty())
    }
}

async fn run(hand_over: HandOver, shared: Arc<Shared>, clock: Arc<dyn Clock>) {
    let mut lease = report_anew(&hand_over, &shared, clock.now()).await;
    let mut configurations = hand_over.watch();
    let mut beat = tokio::time::interval(Duration::from_secs(2));
    loop {
        tokio::select! {
            received = configurations.next() => {
                let Some(received) = received else { return };
                let Ok(received) = received else { continue };
                let mut state = shared.state.lock();
                if state.stuck {
                    continue;
                }
                let servers = received.text.lines().filter(|line| line.trim_start().starts_with("server ")).count();
                state.smallest = Some(state.smallest.map_or(servers, |smallest| smallest.min(servers)));
                state.received = Some(received);
                state.applications += 1;
            }
            _ = beat.tick() => {
                if hand_over.store().keep_lease(lease).await.is_ok() {
                    continue;
                }
            }
        }
        let said = hand_over.report(&status(&shared, clock.now()), lease).await;
        if said.is_err() {
            lease = report_anew(&hand_over, &shared, clock.now()).await;
        }
    }
}

/// Takes a lease and says what it runs, until that succeeds.
async fn report_anew(hand_over: &HandOver, shared: &Shared, now: jiff::Timestamp) -> LeaseId {
    loop {
        if let Ok(lease) = hand_over.store().grant_lease(Duration::from_secs(6)).await
            && hand_over.report(&status(shared, now), lease).await.is_ok()
        {
            return lease;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn status(shared: &Shared, now: jiff::Timestamp) -> AgentStatus {
    let state = shared.state.lock();
    AgentStatus {
        format: AgentStatus::FORMAT,
        name: "agent".to_owned(),
        id: "1".to_owned(),
        host: "here".to_owned(),
        version: "0".to_owned(),
        started: Some(now),
        haproxy: HaproxyStatus::default(),
        applied: state.received.as_ref().map(|received| Applied {
            hash: received.hash.clone(),
            revision: received.revision,
            how: How::Runtime,
            at: now,
            took_micros: 1,
        }),
        failure: None,
        store_connected_since: Some(now),
    }
}
