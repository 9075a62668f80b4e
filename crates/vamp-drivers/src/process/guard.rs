//! The end of an instance: seen at once, or brought about.

use std::collections::HashSet;
use std::time::Duration;

use futures::future::join_all;
use process_wrap::tokio::ChildWrapper;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use vamp_io::clock::reached;
use vamp_io::process::{ProcessIdentity, Tell};

use super::kernel::{Carrier, carriers_of};

/// How often a process is looked at whose end the kernel does not tell.
const LOOK: Duration = Duration::from_millis(500);
/// How long a process that got SIGKILL may take to vanish before it is told again.
const VANISH: Duration = Duration::from_secs(1);

/// Until when an instance may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As long as it likes.
    Run,
    /// Until then; then it gets SIGTERM.
    EndAt(Instant),
}

/// One instance, as the kernel sees it.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) name: String,
    /// Identity of the state directory.
    pub(super) state: String,
    /// Its process, if this server started it: only its parent learns how it ended.
    pub(super) child: Option<Box<dyn ChildWrapper>>,
    /// Its process; none when it ended before it could be looked at.
    pub(super) identity: Option<ProcessIdentity>,
    /// From SIGTERM to SIGKILL.
    pub(super) grace: Duration,
}

/// What a guard tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// The process that was started has ended, in this way: `ended: exit status: 3`.
    Ended(String),
    /// Nothing is left, neither of it nor of what it started.
    Gone,
}

impl Guard {
    /// Watches until nothing of the instance is left, and carries out the order.
    pub(super) async fn watch(mut self, mut order: watch::Receiver<Order>, tell: impl Fn(Ending)) {
        let identity = self.identity;
        let child = self.child.take();
        let mut end = std::pin::pin!(end_of(child, identity));
        let mut kill_at = None;
        let how = loop {
            let now = *order.borrow_and_update();
            let until = match (now, kill_at) {
                (_, Some(kill_at)) => Some(kill_at),
                (Order::EndAt(moment), None) => Some(moment),
                (Order::Run, None) => None,
            };
            tokio::select! {
                how = &mut end => break how,
                () = reached(until) => match kill_at {
                    None => {
                        self.tell_group(Tell::Terminate);
                        kill_at = Some(Instant::now() + self.grace);
                    }
                    Some(_) => {
                        self.tell_group(Tell::Kill);
                        kill_at = Some(Instant::now() + VANISH);
                    }
                },
                changed = order.changed() => if changed.is_err() {
                    // Whoever gives orders is gone, and this with it in a moment.
                    return;
                },
            }
        };
        let told = kill_at.is_some();
        tell(Ending::Ended(how));
        let kill_at = kill_at.unwrap_or_else(|| Instant::now() + self.grace);
        self.end_the_rest(told, kill_at).await;
        tell(Ending::Gone);
    }

    fn tell_group(&self, what: Tell) {
        let told = self.identity.map(|identity| identity.tell_group(what));
        if let Some(Err(error)) = told {
            tracing::warn!(instance = self.name, ?what, %error, "an instance cannot be signalled");
        }
    }

    /// Ends what the process left behind: others of its group, which have got SIGTERM already when `group_told`, and those
    /// that went into groups of their own.
    async fn end_the_rest(&self, group_told: bool, kill_at: Instant) {
        let leader = self.identity.map(|identity| identity.pid);
        let mut told: HashSet<ProcessIdentity> = HashSet::new();
        loop {
            let rest = self.rest().await;
            if rest.is_empty() {
                return;
            }
            let kill = Instant::now() >= kill_at;
            for carrier in &rest {
                let knows = group_told && Some(carrier.group) == leader;
                if kill {
                    tell_one(&self.name, carrier, Tell::Kill);
                } else if told.insert(carrier.identity) && !knows {
                    tell_one(&self.name, carrier, Tell::Terminate);
                }
            }
            let ends = rest.iter().map(|carrier| end_seen(carrier.identity));
            let until = if kill { Instant::now() + VANISH } else { kill_at };
            // Either way it is looked again: what ends may have started something else meanwhile.
            let _ = timeout_at(until, join_all(ends)).await;
        }
    }

    async fn rest(&self) -> Vec<Carrier> {
        let (state, name) = (self.state.clone(), self.name.clone());
        let read = tokio::task::spawn_blocking(move || carriers_of(&state, &name)).await;
        match read {
            Ok(Ok(rest)) => rest,
            Ok(Err(error)) => {
                tracing::warn!(instance = self.name, %error, "what an instance left behind cannot be looked for");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }
}

fn tell_one(instance: &str, carrier: &Carrier, what: Tell) {
    if let Err(error) = carrier.identity.tell(what) {
        let pid = carrier.identity.pid;
        tracing::warn!(instance, pid, ?what, %error, "a process of an instance cannot be signalled");
    }
}

/// Waits for the end of the process and says how it came.
async fn end_of(child: Option<Box<dyn ChildWrapper>>, identity: Option<ProcessIdentity>) -> String {
    match (child, identity) {
        (Some(mut child), _) => match child.wait().await {
            Ok(status) => format!("ended: {status}"),
            Err(error) => format!("ended, and how is not known: {error}"),
        },
        (None, Some(identity)) => {
            end_seen(identity).await;
            "ended, and how is not known: an earlier server had started it".to_owned()
        }
        (None, None) => "ended while no server ran".to_owned(),
    }
}

async fn end_seen(identity: ProcessIdentity) {
    if let Err(error) = identity.ended().await {
        tracing::debug!(pid = identity.pid, %error, "the end of a process has to be looked for");
        while identity.is_alive() {
            tokio::time::sleep(LOOK).await;
        }
    }
}
