//! The one task that touches HAProxy: it waits for something to happen, decides, and carries out one step at a time.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};
use vamp_haproxy::diff::{Command, DiffOptions, Version, diff_with};
use vamp_haproxy::{Change, Document};
use vamp_io::backoff::Backoff;
use vamp_io::clock::reached;
use vamp_io::process::ProcessIdentity;
use vamp_io::shutdown::Shutdown;

use super::burst::Burst;
use super::plan::{Difference, Facts, Presence, Setback, Step, plan};
use crate::compose::{Composed, Composer};
use crate::config::AgentConfig;
use crate::files::Files;
use crate::haproxy::checker::Checker;
use crate::haproxy::master::{Master, Processes};
use crate::haproxy::{output, process};
use crate::status::StatusBoard;
use crate::wanted::Wanted;

/// What others ask of the applier.
#[derive(Debug)]
pub(crate) enum Request {
    /// Check and load what is wanted again, whatever runs and whatever failed before.
    Revalidate,
}

/// HAProxy is restarted at once when it ran for longer than this; one that ends sooner is restarted with a delay, and that it does is told.
const STEADY: std::time::Duration = std::time::Duration::from_secs(10);

/// The state of the applier.
#[derive(Debug)]
pub(crate) struct Applier {
    pub(super) config: AgentConfig,
    pub(super) files: Files,
    pub(super) composer: Arc<Composer>,
    pub(super) checker: Arc<Checker>,
    pub(super) master: Master,
    pub(super) board: StatusBoard,
    /// The version of the HAProxy that is installed.
    pub(super) version: Version,

    /// The HAProxy that runs.
    pub(super) haproxy: Option<Running>,
    /// When HAProxy may be started, after it crashed again and again.
    pub(super) start_at: Option<Instant>,
    pub(super) start_backoff: Backoff,
    /// Whether a HAProxy of this agent has run, or was found running.
    pub(super) has_run: bool,
    /// How often it has ended by itself with the same value, each time soon after its start but for the first.
    pub(super) crashes: u32,

    /// What the configuration file holds: the last good one.
    pub(super) good: Option<Composed>,
    /// Whether what runs is certainly what the file holds.
    pub(super) certain: bool,

    pub(super) wanted: Composed,
    /// When what is wanted arrived.
    pub(super) arrived: Instant,
    /// The way from what runs to what is wanted.
    pub(super) way: Way,
    pub(super) burst: Burst,
    pub(super) setback: Option<Setback>,
    pub(super) retry: Backoff,
    pub(super) last_reload: Option<Instant>,
}

/// What the applier works with.
#[derive(Debug)]
pub(crate) struct Tools {
    pub(crate) config: AgentConfig,
    pub(crate) files: Files,
    pub(crate) composer: Arc<Composer>,
    pub(crate) checker: Arc<Checker>,
    pub(crate) board: StatusBoard,
    pub(crate) master: Master,
    pub(crate) version: Version,
}

/// A HAProxy that runs.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) identity: ProcessIdentity,
    pub(super) processes: Processes,
    pub(super) since: Instant,
    /// How much it had said when it was last seen to run: what it says of its end comes after.
    pub(super) said: u64,
}

/// The way from what runs to what is wanted.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) difference: Difference,
    /// For [`Difference::Runtime`].
    pub(super) commands: Vec<Command>,
}

impl Applier {
    /// An applier that wants what is on disk, or the base alone when nothing is.
    pub(crate) fn new(tools: Tools, good: Option<Composed>, wanted: Composed) -> Self {
        let Tools {
            config,
            files,
            composer,
            checker,
            board,
            master,
            version,
        } = tools;
        let (first, longest) = config.limits.retry;
        Self {
            master,
            certain: false,
            haproxy: None,
            start_at: None,
            start_backoff: Backoff::new(first, longest).at_least_half(),
            has_run: false,
            crashes: 0,
            retry: Backoff::new(first, longest),
            good,
            wanted,
            arrived: Instant::now(),
            way: Way::by_reload(),
            burst: Burst::default(),
            setback: None,
            last_reload: None,
            config,
            files,
            composer,
            checker,
            board,
            version,
        }
    }

    /// Starts HAProxy if none was adopted, and applies what arrives until the shutdown. HAProxy keeps running; its
    /// identity is returned.
    pub(crate) async fn run(
        mut self,
        values: watch::Sender<Option<Wanted>>,
        mut requests: mpsc::Receiver<Request>,
        shutdown: Shutdown,
    ) -> Option<ProcessIdentity> {
        let mut arrivals = values.subscribe();
        let mut safety_pass = tokio::time::interval(self.config.limits.safety_pass);
        safety_pass.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !shutdown.is_triggered() {
            // The newest value, before anything is decided.
            if let Some(value) = take(&values) {
                self.arrive(&value);
            }
            let step = self.decide().await;
            let wake_at = match step {
                Step::Nothing => None,
                Step::WaitUntil(moment) => Some(moment),
                _ => {
                    self.carry_out(step, &shutdown).await;
                    continue;
                }
            };
            let identity = self.haproxy.as_ref().map(|running| running.identity);
            tokio::select! {
                () = shutdown.wait() => break,
                // It is taken above. The sender is kept here, too: this does not end.
                _ = arrivals.changed() => {}
                Some(request) = requests.recv() => match request {
                    Request::Revalidate => self.revalidate(),
                },
                () = end_of(identity) => self.crashed(),
                () = reached(wake_at) => {}
                () = reached(self.steady_at()) => self.is_steady(),
                _ = safety_pass.tick() => {
                    self.look_closely().await;
                    self.record().await;
                }
            }
        }
        self.haproxy.map(|running| running.identity)
    }

    /// Takes over the HAProxy that an earlier agent left running.
    pub(crate) fn adopt(&mut self, identity: ProcessIdentity, processes: Processes) {
        tracing::info!(pid = identity.pid, "the running HAProxy is adopted");
        self.take_over(identity, processes, !self.files.change_under_way());
        if self.certain {
            self.report_start();
        }
    }

    /// A HAProxy that this agent has not started is the one that runs. What is on disk is the best that is known of its configuration, also
    /// where it is not certain: then a reload follows.
    pub(super) fn take_over(&mut self, identity: ProcessIdentity, processes: Processes, certain: bool) {
        self.certain = certain;
        self.tell_names();
        self.runs(identity, processes);
        self.compare();
    }

    /// A value is wanted.
    fn arrive(&mut self, value: &Wanted) {
        let received = &value.received;
        if received.hash == self.wanted.hash {
            // Back from a value that was held back: to what runs, or to one that failed, whose reason is asked for again.
            if self.way.difference == Difference::None && self.haproxy.is_some() {
                self.board.no_failure();
            } else {
                self.setback = None;
            }
            return;
        }
        self.wanted = self
            .composer
            .compose(&received.text, &received.hash, received.revision);
        self.arrived = value.arrived;
        self.burst.arrived(value.arrived, self.config.limits.quiet);
        self.compare();
        if self.way.difference == Difference::None {
            self.board.no_failure();
        }
    }

    /// Finds the way from what runs to what is wanted.
    pub(super) fn compare(&mut self) {
        self.way = match &self.good {
            Some(good) if self.certain => way(good, &self.wanted, self.version),
            _ => Way::by_reload(),
        };
        if self.way.difference == Difference::None {
            self.burst.settled();
        }
    }

    async fn decide(&mut self) -> Step {
        if self.haproxy.is_some() && self.way.difference == Difference::Structure {
            self.look().await;
        }
        let haproxy = match &self.haproxy {
            Some(_) => Presence::Runs,
            None => Presence::Absent {
                start_at: self.start_at,
            },
        };
        let facts = Facts {
            now: Instant::now(),
            wanted: &self.wanted.hash,
            difference: self.way.difference,
            setback: self.setback.as_ref(),
            burst: &self.burst,
            last_reload: self.last_reload,
            old_workers: self
                .haproxy
                .as_ref()
                .map_or(0, |running| running.processes.old_workers),
            haproxy,
        };
        plan(&facts, &self.config.limits)
    }

    /// Looks at HAProxy's processes and at the size of its output.
    async fn look(&mut self) {
        if let Err(error) = output::bound(&self.files.output(), self.config.limits.output) {
            tracing::warn!(%error, "HAProxy's output could not be rotated");
        }
        let Some(identity) = self.haproxy.as_ref().map(|running| running.identity) else {
            return;
        };
        match self.master.processes().await {
            Ok(processes) if processes.master_pid == identity.pid => self.runs(identity, processes),
            Ok(processes) => tracing::warn!(
                pid = processes.master_pid,
                expected = identity.pid,
                "another HAProxy answers on the master socket"
            ),
            Err(error) => tracing::debug!(%error, "HAProxy's master does not answer"),
        }
    }

    /// Looks whether HAProxy answers, too: one that hangs, or was stopped, is a process like any other.
    async fn look_closely(&mut self) {
        self.look().await;
        let Some(identity) = self.haproxy.as_ref().map(|running| running.identity) else {
            return;
        };
        tokio::select! {
            answers = self.master.answers(self.config.limits.command) => self.board.haproxy_answers(answers),
            // Whoever waits for an answer of it would be late to start it again.
            () = end_of(Some(identity)) => {}
        }
    }

    /// Records the HAProxy that runs where that could not be done before.
    async fn record(&self) {
        let identity = self.haproxy.as_ref().map(|running| running.identity);
        if let Some(identity) = identity.filter(|identity| self.files.read_identity() != Some(*identity)) {
            process::record(&self.files, &identity).await;
        }
    }

    /// HAProxy runs with these processes.
    pub(super) fn runs(&mut self, identity: ProcessIdentity, processes: Processes) {
        let since = match &self.haproxy {
            Some(running) if running.identity == identity => running.since,
            _ => Instant::now(),
        };
        self.tell(identity, &processes);
        self.has_run = true;
        self.haproxy = Some(Running {
            identity,
            processes,
            since,
            said: output::position(&self.files.output()),
        });
    }

    /// The status tells of these processes.
    pub(super) fn tell(&self, identity: ProcessIdentity, processes: &Processes) {
        self.board.haproxy(|status| {
            status.master_pid = Some(identity.pid);
            status.worker_pid = processes.worker;
            status.reloads = processes.reloads;
            status.old_workers = processes.old_workers;
        });
    }

    /// HAProxy has ended without being told to.
    pub(super) fn crashed(&mut self) {
        let Some(running) = self.haproxy.take() else {
            return;
        };
        if running.since.elapsed() >= STEADY {
            self.is_steady();
        }
        self.crashes += 1;
        let delay = self.start_backoff.next_delay();
        tracing::warn!(
            pid = running.identity.pid,
            ?delay,
            "HAProxy has ended; it is started again"
        );
        self.start_at = Some(Instant::now() + delay);
        self.certain = false;
        self.board.haproxy_ended();
        if self.crashes > 1 {
            self.tell_crashes(running.said);
        }
    }

    /// HAProxy ends again and again; what the last one said of its end begins at this place of its output.
    fn tell_crashes(&self, said: u64) {
        let said = output::since(&self.files.output(), said).ok();
        let said = said.and_then(|said| output::alerts(&said));
        let why = format!(
            "HAProxy ends again and again, {} times by now: {}",
            self.crashes,
            said.as_deref().unwrap_or("it says nothing about it")
        );
        let hash = self.good.as_ref().map_or("", |good| &good.hash);
        self.board.crashes(hash, &why);
    }

    /// When the HAProxy that runs is no longer expected to end as those before it did.
    fn steady_at(&self) -> Option<Instant> {
        let running = self.haproxy.as_ref().filter(|_| self.crashes > 0)?;
        Some(running.since + STEADY)
    }

    /// HAProxy has run for long enough.
    fn is_steady(&mut self) {
        self.start_backoff.reset();
        self.no_crashes();
    }

    pub(super) fn no_crashes(&mut self) {
        self.crashes = 0;
        self.board.no_crashes();
    }

    fn revalidate(&mut self) {
        self.setback = None;
        self.retry.reset();
        self.way = Way::by_reload();
        // What it takes from here on is counted, and not since the value has come.
        self.arrived = Instant::now();
    }
}

impl Way {
    pub(super) fn by_reload() -> Self {
        Self {
            difference: Difference::Structure,
            commands: Vec::new(),
        }
    }

    fn without_commands(difference: Difference) -> Self {
        Self {
            difference,
            commands: Vec::new(),
        }
    }
}

/// The way from one configuration to another.
fn way(from: &Composed, to: &Composed, version: Version) -> Way {
    if from.text == to.text {
        // The same text of unknown origin runs, after a record was lost: it has to be recorded and reported.
        let same = if from.hash == to.hash {
            Difference::None
        } else {
            Difference::TextOnly
        };
        return Way::without_commands(same);
    }
    let [running, wanted] = [from, to].map(|composed| Document::parse(&*composed.text));
    match diff_with(&running, &wanted, &DiffOptions::for_version(version)) {
        Change::Nothing => Way::without_commands(Difference::TextOnly),
        Change::Runtime(commands) => Way {
            difference: Difference::Runtime,
            commands,
        },
        Change::Reload(reasons) => {
            if let Some(reason) = reasons.first() {
                tracing::debug!(%reason, count = reasons.len(), "the change needs a reload");
            }
            Way::by_reload()
        }
    }
}

/// The newest value, once. Its text is a part of what is wanted from then on, and need not take room a second time.
fn take(values: &watch::Sender<Option<Wanted>>) -> Option<Wanted> {
    let mut taken = None;
    values.send_if_modified(|value| {
        taken = value.take();
        false
    });
    taken
}

/// The end of a process; never when there is none.
pub(super) async fn end_of(identity: Option<ProcessIdentity>) {
    match identity {
        Some(identity) => {
            if let Err(error) = identity.ended().await {
                tracing::error!(pid = identity.pid, %error, "the end of HAProxy cannot be awaited");
                std::future::pending::<()>().await;
            }
        }
        None => std::future::pending().await,
    }
}
