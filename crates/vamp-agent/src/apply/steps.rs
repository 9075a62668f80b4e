//! How each step is carried out. A step that is cut short at any point leaves a valid file, and the next agent converges.

use std::sync::Arc;

use tokio::time::Instant;
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::{Applied, FailureKind, How};

use super::applier::{Applier, Way, end_of};
use super::plan::{Setback, Step};
use crate::compose::Composed;
use crate::config::Limits;
use crate::error::{Error, ErrorKind, Result};
use crate::files::StagedChange;
use crate::haproxy::checker::{Answer, Checker};
use crate::haproxy::master::Processes;
use crate::haproxy::ports::Taken;
use crate::haproxy::process::{self, Found};
use crate::haproxy::reload;

impl Applier {
    /// Carries it out. What only waits for HAProxy's verdict is given up at the shutdown.
    pub(super) async fn carry_out(&mut self, step: Step, shutdown: &Shutdown) {
        match step {
            Step::Nothing | Step::WaitUntil(_) => {}
            Step::WriteFile => self.write_file().await,
            Step::Runtime => self.apply_at_runtime().await,
            Step::Reload => self.reload(shutdown).await,
            Step::Start => self.start(shutdown).await,
        }
    }

    /// Another text of the same meaning: only the file follows.
    async fn write_file(&mut self) {
        let live_after = self.arrived.elapsed();
        let kept = match self.stage_wanted().await {
            Ok(staged) => self.keep(staged).await,
            Err(error) => Err(error),
        };
        match kept {
            Ok(()) => self.report_applied(How::Unchanged, live_after),
            Err(error) => self.put_off(&error),
        }
    }

    /// Commands first, since traffic waits for them; then the file, which is written by then and only has to be put in its place: no room on
    /// the disk must not part what runs from what the file says.
    ///
    /// The link to the file of before says meanwhile that what runs is uncertain: an agent that starts in between reloads.
    async fn apply_at_runtime(&mut self) {
        let Some(worker) = self.haproxy.as_ref().and_then(|running| running.processes.worker) else {
            self.way = Way::by_reload();
            return;
        };
        let staged = match self.stage_wanted().await {
            Ok(staged) => staged,
            Err(error) => {
                self.put_off(&error);
                return;
            }
        };
        let commands = std::mem::take(&mut self.way.commands);
        let patience = self.config.limits.removal;
        if let Err(error) = self.master.command_worker(worker, &commands, patience).await {
            tracing::warn!(%error, "a runtime command was refused; HAProxy is reloaded instead");
            self.certain = false;
            self.way = Way::by_reload();
            return;
        }
        let live_after = self.arrived.elapsed();
        self.report_applied(How::Runtime, live_after);
        if let Err(error) = self.keep(staged).await {
            self.certain = false;
            self.way = Way::by_reload();
            self.put_off(&error);
        }
    }

    /// Check, file, reload, confirmation; the file of before returns when HAProxy cannot load the new one.
    async fn reload(&mut self, shutdown: &Shutdown) {
        let since = |began: Instant| began.elapsed().as_micros();
        let began = Instant::now();
        let Some(identity) = self.haproxy.as_ref().map(|running| running.identity) else {
            return;
        };
        let prepared = async {
            tokio::join!(
                self.checker.ask(self.wanted.text.clone()),
                self.stage_for_reload()
            )
        };
        let (answer, staged) = tokio::select! {
            prepared = prepared => prepared,
            // What serves nothing is started before anything is checked: the verdict may take seconds.
            () = end_of(Some(identity)) => {
                self.crashed();
                return;
            }
            () = shutdown.wait() => return,
        };
        if !self.is_accepted(answer) {
            return;
        }
        tracing::debug!(micros = since(began), "HAProxy accepts the configuration");
        let staged = match staged {
            Ok(staged) => staged,
            Err(error) => {
                self.put_off(&error);
                return;
            }
        };
        self.last_reload = Some(Instant::now());
        if let Err(error) = self.place(staged).await {
            self.put_off(&error);
            return;
        }
        tracing::debug!(micros = since(began), "its file is written");
        let is_live = |processes: &Processes| {
            let live_after = self.arrived.elapsed();
            self.tell(identity, processes);
            self.report_applied(How::Reload, live_after);
        };
        let limit = Limits::with_room(self.config.limits.reload, self.wanted.text.len());
        match reload::reload(limit, &self.files, &self.master, &identity, is_live).await {
            Ok(processes) => {
                self.runs(identity, processes);
                self.finish_change().await;
            }
            Err(error) => {
                self.fall_back();
                if !identity.is_alive() {
                    self.crashed();
                } else {
                    self.certain &= error.kind() != ErrorKind::Timeout;
                    self.record_doubt();
                    self.compare();
                }
                self.put_off(&error);
            }
        }
    }

    /// The disk need not wait for the verdict; what is refused is never put in its place.
    async fn stage_for_reload(&self) -> Result<StagedChange> {
        // Where it is not certain what runs, new ports may be HAProxy's own already.
        if self.certain {
            ports_are_free(&self.checker, Arc::clone(&self.wanted.text)).await?;
        }
        let staged = self.files.stage(&self.wanted, self.good.as_ref()).await?;
        staged.flush().await
    }

    /// Starts HAProxy with the last good configuration, which needs no check; what is wanted follows when something serves. Where there is
    /// none, or where it cannot be started, with what is wanted.
    async fn start(&mut self, shutdown: &Shutdown) {
        if self.start_at.is_some() && !self.has_run {
            let adopted = tokio::select! {
                adopted = self.adopt_late() => adopted,
                () = shutdown.wait() => return,
            };
            if adopted {
                return;
            }
        }
        if let Some(good) = &self.good {
            let (hash, is_wanted) = (good.hash.clone(), good.text == self.wanted.text);
            let Err(error) = self.start_from_disk(false).await else {
                return;
            };
            self.board.failed(&hash, FailureKind::Failed, error.message());
            if self.files.change_under_way() {
                self.fall_back();
            } else if !is_wanted && !self.has_setback() {
                self.start_with_wanted(shutdown).await;
                return;
            }
            self.start_later(&error);
        } else if self.has_setback() {
            self.start_without_good().await;
        } else {
            self.start_with_wanted(shutdown).await;
        }
    }

    /// Takes over what an earlier agent had not quite started when this one looked for it; says whether there is one. One that never answers would
    /// keep its ports for ever.
    async fn adopt_late(&mut self) -> bool {
        let (identity, processes) = match process::find(&self.config, &self.files, &self.master).await {
            Found::Ours(identity, processes) => (identity, processes),
            Found::Silent(identity) => {
                process::end_silent(&identity, self.config.limits.graceful_stop).await;
                return false;
            }
            // The start tells whose ports they are.
            Found::Nothing | Found::Foreign(_) => return false,
        };
        tracing::info!(
            pid = identity.pid,
            "the HAProxy that an earlier agent was starting is adopted"
        );
        self.start_at = None;
        // The file may have been another one when it was read.
        self.take_over(identity, processes, false);
        true
    }

    /// Starts HAProxy with what is wanted and was not tried yet.
    async fn start_with_wanted(&mut self, shutdown: &Shutdown) {
        if self.good.is_some() {
            let is_accepted = tokio::select! {
                answer = self.checker.ask(self.wanted.text.clone()) => self.is_accepted(answer),
                () = shutdown.wait() => return,
            };
            if !is_accepted {
                return;
            }
        }
        if let Err(error) = self.write_wanted().await {
            self.put_off(&error);
            self.start_later(&error);
            return;
        }
        if let Err(error) = self.start_from_disk(true).await {
            self.put_off(&error);
            // The next try is with the last good one, at once; without any the only one there is waits.
            if !self.fall_back() || self.good.is_none() {
                self.start_later(&error);
            }
        }
    }

    /// A first start whose configuration was refused or could not be loaded: the base alone, then the same again.
    async fn start_without_good(&mut self) {
        let base_alone = self.composer.base_alone();
        let wanted = std::mem::replace(&mut self.wanted, base_alone);
        let started = match self.write_wanted().await {
            Ok(()) => self.start_from_disk(true).await,
            Err(error) => Err(error),
        };
        let base_alone = std::mem::replace(&mut self.wanted, wanted);
        match started {
            Ok(()) => self.compare(),
            Err(error) => {
                self.board
                    .failed(&base_alone.hash, FailureKind::Failed, error.message());
                self.start_later(&error);
            }
        }
    }

    /// Starts HAProxy with the file. `is_wanted`: the file holds what is wanted, not yet known to be good.
    async fn start_from_disk(&mut self, is_wanted: bool) -> Result<()> {
        let on_disk = if is_wanted {
            Some(&self.wanted)
        } else {
            self.good.as_ref()
        };
        let bytes = on_disk.map_or(0, |composed| composed.text.len());
        // Another HAProxy of the same user would share its ports with this one, each serving a part of the clients. After a crash, what has
        // them is the last of its own workers, which is about to end.
        if let Some(composed) = on_disk.filter(|_| !self.has_run) {
            none_is_taken(
                &self
                    .checker
                    .taken_before_start(Arc::clone(&composed.text))
                    .await?,
            )?;
        }
        let (identity, processes) = reload::start(&self.config, &self.files, &self.master, bytes).await?;
        tracing::info!(pid = identity.pid, worker = processes.worker, "HAProxy runs");
        self.start_at = None;
        self.runs(identity, processes);
        if is_wanted {
            let live_after = self.arrived.elapsed();
            self.finish_change().await;
            self.report_applied(How::Start, live_after);
        } else {
            self.certain = true;
            self.tell_names();
            self.end_change_of_good().await;
            self.compare();
            self.report_start();
        }
        Ok(())
    }

    /// The file that a change has written cannot be loaded: the one before it is the last good one. Says whether it is in its place.
    fn fall_back(&mut self) -> bool {
        if let Err(error) = self.files.take_back() {
            tracing::error!(%error, "the last good configuration could not be put back");
            return false;
        }
        // Without one before it, the file still holds what cannot be loaded.
        if self.good.is_some() {
            match self.files.last_good() {
                Ok(good) => self.good = good,
                Err(error) => tracing::error!(%error, "the last good configuration could not be read"),
            }
        }
        true
    }

    /// Where it is not certain what runs, a change stays under way: the next agent reloads.
    fn record_doubt(&self) {
        if !self.certain
            && let Err(error) = self.files.begin_change(false)
        {
            tracing::warn!(%error, "that what runs is not certain could not be recorded");
        }
    }

    fn start_later(&mut self, error: &Error) {
        let delay = self.start_backoff.next_delay();
        tracing::warn!(%error, ?delay, "HAProxy could not be started; it is tried again");
        self.start_at = Some(Instant::now() + delay);
    }

    /// Whether that is what HAProxy says; a refusal is reported and remembered.
    fn is_accepted(&mut self, answer: Result<Answer>) -> bool {
        match answer {
            Ok(answer) if answer.accepted => true,
            Ok(answer) => {
                self.board
                    .failed(&self.wanted.hash, FailureKind::Refused, &answer.explanation());
                self.setback = Some(Setback::Refused {
                    hash: self.wanted.hash.clone(),
                });
                self.burst.settled();
                false
            }
            Err(error) => {
                self.put_off(&error);
                false
            }
        }
    }

    fn has_setback(&self) -> bool {
        match &self.setback {
            Some(Setback::Refused { hash }) => *hash == self.wanted.hash,
            Some(Setback::Failed { hash, retry_at }) => {
                *hash == self.wanted.hash && *retry_at > Instant::now()
            }
            None => false,
        }
    }

    /// What is wanted could not be applied now, and is tried again later.
    fn put_off(&mut self, error: &Error) {
        self.board
            .failed(&self.wanted.hash, FailureKind::Failed, error.message());
        let retry_at = Instant::now() + self.retry.next_delay();
        self.setback = Some(Setback::Failed {
            hash: self.wanted.hash.clone(),
            retry_at,
        });
    }

    async fn stage_wanted(&self) -> Result<StagedChange> {
        let staged = self.files.stage(&self.wanted, self.good.as_ref()).await?;
        self.files.begin_change(self.certain)?;
        Ok(staged)
    }

    async fn write_wanted(&self) -> Result<()> {
        self.stage_wanted().await?.place().await
    }

    /// What is staged gets its place.
    async fn place(&self, staged: StagedChange) -> Result<()> {
        self.files.begin_change(self.certain)?;
        staged.place().await
    }

    /// The file follows what runs.
    async fn keep(&mut self, staged: StagedChange) -> Result<()> {
        staged.place().await?;
        self.wanted_is_good();
        self.end_change(&self.wanted).await?;
        self.settle();
        Ok(())
    }

    /// What is wanted runs, and its file is written.
    async fn finish_change(&mut self) {
        self.wanted_is_good();
        self.certain = true;
        self.tell_names();
        self.end_change_of_good().await;
        self.settle();
    }

    /// HAProxy runs what the file holds: whoever answers for its host names reads them. A change without a reload leaves them as they are.
    pub(super) fn tell_names(&self) {
        #[cfg(feature = "dns")]
        if let (Some(dns), Some(good)) = (self.board.dns(), &self.good) {
            dns.runs(&good.text);
        }
    }

    fn wanted_is_good(&mut self) {
        let good = self.good.replace(self.wanted.clone());
        if good.is_none_or(|good| good.hash != self.wanted.hash) {
            // What HAProxy did with another value says nothing about this one.
            self.no_crashes();
        }
    }

    fn settle(&mut self) {
        self.setback = None;
        self.retry.reset();
        self.burst.settled();
        self.compare();
    }

    async fn end_change_of_good(&mut self) {
        let Some(good) = self.good.clone() else {
            return;
        };
        if let Err(error) = self.end_change(&good).await {
            // What stays is a link that makes the next agent reload once: harmless.
            tracing::warn!(%error, "the end of the change could not be recorded");
        }
    }

    async fn end_change(&self, good: &Composed) -> Result<()> {
        self.files.end_change(good).await
    }

    fn report_applied(&self, how: How, live_after: std::time::Duration) {
        let value = &self.wanted;
        tracing::info!(hash = %value.hash, revision = value.revision, ?how, micros = live_after.as_micros(), "applied");
        let took_micros = u64::try_from(live_after.as_micros()).unwrap_or(u64::MAX);
        // What is started without a value is the base alone; what is applied otherwise came from the store, even if it is empty.
        let came = value.is_handed_over() || how != How::Start;
        self.board.applied(came.then(|| Applied {
            hash: value.hash.clone(),
            revision: value.revision,
            how,
            at: self.board.clock().now(),
            took_micros,
        }));
    }

    /// What the file holds runs since HAProxy was started or found.
    pub(super) fn report_start(&self) {
        let Some(good) = self.good.as_ref().filter(|good| good.is_handed_over()) else {
            return;
        };
        let applied = Applied {
            hash: good.hash.clone(),
            revision: good.revision,
            how: How::Start,
            at: self.board.clock().now(),
            took_micros: 0,
        };
        self.board.started(applied, good.text == self.wanted.text);
    }
}

/// Whether HAProxy will get the ports of this configuration: a reload that does not get one costs requests of all gateways.
async fn ports_are_free(checker: &Checker, text: Arc<str>) -> Result<()> {
    none_is_taken(&checker.taken(text).await?)
}

fn none_is_taken(taken: &[Taken]) -> Result<()> {
    match taken.first() {
        None => Ok(()),
        Some(taken) => {
            let subject = format!("haproxy.cfg, line {}", taken.line);
            Err(Error::new(ErrorKind::Haproxy, "load", subject, taken.to_string()))
        }
    }
}
