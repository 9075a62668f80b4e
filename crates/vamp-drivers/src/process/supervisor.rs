//! The task that keeps one service as it is wanted.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use vamp_io::backoff::Backoff;

use super::guard::{Ending, Guard, Order};
use super::launch::{Launched, launch};
use super::log;
use super::readiness::{Checks, Verdict};
use super::record::{Record, Stage};
use super::service::{Seen, Service, Wanted, Wish};
use super::shared::Shared;
use crate::rollout::{self, Held, Setbacks, plan};
use crate::{InstanceState, Result};

/// Keeps one service.
#[derive(Debug)]
pub(super) struct Supervisor {
    shared: Arc<Shared>,
    service: Arc<Service>,
    instances: Vec<Instance>,
    /// Instances that are gone and whose logs are kept, the oldest first.
    ended: VecDeque<String>,
    setbacks: Setbacks,
    backoff: Backoff,
    /// The fingerprint of the wish that was last worked on.
    working_on: String,
    tell: mpsc::UnboundedSender<(String, Event)>,
    told: mpsc::UnboundedReceiver<(String, Event)>,
    tasks: JoinSet<()>,
}

/// One instance with those who look after it.
#[derive(Debug)]
struct Instance {
    record: Record,
    state: InstanceState,
    /// When it was started, if this server saw that.
    began: Option<Instant>,
    order: watch::Sender<Order>,
    checking: Option<AbortHandle>,
    /// Which checks look at it: what earlier ones said last does not count.
    checks: u64,
    /// Why it is gone, or going.
    ending: Option<String>,
}

/// What is told of an instance.
#[derive(Debug)]
enum Event {
    Ending(Ending),
    Verdict(u64, Verdict),
}

impl Supervisor {
    /// The supervisor of a service with instances that run already, or have ended unseen.
    pub(super) fn new(
        shared: Arc<Shared>,
        service: Arc<Service>,
        found: Vec<Record>,
        ended: Vec<String>,
    ) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let backoff = Backoff::new(shared.config.restart_delay, shared.config.restart_limit).at_least_half();
        let mut supervisor = Self {
            shared,
            service,
            instances: Vec::new(),
            ended: ended.into(),
            setbacks: Setbacks::default(),
            backoff,
            working_on: String::new(),
            tell,
            told,
            tasks: JoinSet::new(),
        };
        for record in found {
            supervisor.adopt(record);
        }
        supervisor
    }

    /// What is seen of the instances.
    fn seen(&self) -> Vec<Seen> {
        self.instances
            .iter()
            .map(|instance| seen(&instance.record, instance.state))
            .collect()
    }

    /// Works until the service is gone.
    pub(super) async fn run(mut self) {
        loop {
            // Before the work: a pause that ends during it would otherwise be over for the alarm and not yet for the work.
            let now = Instant::now();
            self.reconcile().await;
            self.publish();
            if self.instances.is_empty() && self.is_over().await {
                return;
            }
            let next = self.setbacks.next_look(now, self.shared.config.stable_after);
            let woken = async {
                match next {
                    Some(next) => tokio::time::sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                told = self.told.recv() => if let Some((name, event)) = told {
                    self.hear(&name, event).await;
                },
                () = self.service.wake.notified() => {}
                () = woken => {}
            }
            while let Ok((name, event)) = self.told.try_recv() {
                self.hear(&name, event).await;
            }
            while self.tasks.try_join_next().is_some() {}
        }
    }

    fn publish(&mut self) {
        let settled = {
            let instances = self.seen();
            if self.service.publish(instances, self.setbacks.last()) {
                self.shared.announce();
            }
            self.service.observed().is_settled()
        };
        let had_failure = self.setbacks.last().is_some();
        self.setbacks
            .observe(settled, Instant::now(), self.shared.config.stable_after);
        if had_failure && self.setbacks.last().is_none() && self.service.publish(self.seen(), None) {
            self.shared.announce();
        }
    }

    async fn reconcile(&mut self) {
        match self.service.wish() {
            Wish::Unknown => {}
            Wish::Go => {
                let now = Instant::now();
                for position in 0..self.instances.len() {
                    self.retire(position, now).await;
                }
            }
            Wish::Run(wanted) => self.bring_about(&wanted).await,
        }
    }

    async fn bring_about(&mut self, wanted: &Arc<Wanted>) {
        if self.working_on != wanted.fingerprint {
            if !self.working_on.is_empty() {
                self.setbacks.forget();
            }
            self.working_on.clone_from(&wanted.fingerprint);
            for position in 0..self.instances.len() {
                self.check(position, wanted);
            }
        }
        let plan = plan(wanted.spec.scale.instances, &self.held(&wanted.launch));
        for position in plan.retire {
            let drained = match self.instances[position].state {
                InstanceState::Ready => Instant::now() + self.shared.config.drain_delay,
                // Nobody sends it anything.
                _ => Instant::now(),
            };
            self.retire(position, drained).await;
        }
        for _ in 0..plan.start {
            if !self.setbacks.allow_start(Instant::now()) {
                break;
            }
            self.start(wanted).await;
            self.publish();
        }
    }

    fn held(&self, launch: &str) -> Vec<Held> {
        self.instances
            .iter()
            .map(|instance| Held {
                state: instance.state,
                current: instance.record.launch == launch,
            })
            .collect()
    }

    async fn start(&mut self, wanted: &Arc<Wanted>) {
        let to_launch = Arc::clone(wanted);
        let launched = self
            .shared
            .on_disk(move |shared| launch(shared, &to_launch))
            .await;
        match launched {
            Ok(Launched { record, child }) => {
                tracing::info!(service = %self.service.id, instance = record.name, "started an instance");
                let guard = self.guard(&record, Some(child));
                self.add(record, InstanceState::Starting, Some(Instant::now()), guard);
                self.check(self.instances.len() - 1, wanted);
            }
            Err(error) => {
                let reason = format!("an instance could not be started: {}", error.message());
                self.fail(reason, Vec::new(), Some(Instant::now()));
            }
        }
    }

    /// Takes an instance over that an earlier server had started.
    fn adopt(&mut self, record: Record) {
        let state = state_of(&record);
        self.shared.ports.keep(record.ports.values().copied());
        let guard = self.guard(&record, None);
        let going = record.stage == Stage::Going;
        self.add(record, state, None, guard);
        if going && let Some(instance) = self.instances.last_mut() {
            instance.ending = Some("was told to end".to_owned());
            instance.order.send_replace(Order::EndAt(Instant::now()));
        }
    }

    fn guard(&self, record: &Record, child: Option<Box<dyn process_wrap::tokio::ChildWrapper>>) -> Guard {
        Guard {
            name: record.name.clone(),
            state: self.shared.directory.id().to_owned(),
            child,
            identity: record.process,
            grace: self.shared.config.grace,
        }
    }

    fn add(&mut self, record: Record, state: InstanceState, began: Option<Instant>, guard: Guard) {
        let (order, orders) = watch::channel(Order::Run);
        let (tell, name) = (self.tell.clone(), record.name.clone());
        self.tasks.spawn(guard.watch(orders, move |ending| {
            // Nobody listens any more when the driver ends.
            let _ = tell.send((name.clone(), Event::Ending(ending)));
        }));
        self.instances.push(Instance {
            record,
            state,
            began,
            order,
            checking: None,
            checks: 0,
            ending: None,
        });
    }

    /// Looks at an instance from now on as the service wants it.
    fn check(&mut self, position: usize, wanted: &Wanted) {
        let instance = &mut self.instances[position];
        if let Some(earlier) = instance.checking.take() {
            earlier.abort();
        }
        if instance.state == InstanceState::Going {
            return;
        }
        let config = &self.shared.config;
        let ports = &instance.record.ports;
        let checks = Checks::new(
            &wanted.spec,
            instance.record.host,
            ports,
            config.start_limit,
            config.ill_limit,
        );
        let age = self.shared.now().duration_since(instance.record.started);
        let age = Duration::try_from(age).unwrap_or_default();
        instance.checks += 1;
        let (tell, name, number) = (self.tell.clone(), instance.record.name.clone(), instance.checks);
        let watching = checks.watch(age, instance.state, move |verdict| {
            let _ = tell.send((name.clone(), Event::Verdict(number, verdict)));
        });
        instance.checking = Some(self.tasks.spawn(watching));
    }

    /// Has an instance end, at this moment or sooner.
    async fn retire(&mut self, position: usize, at: Instant) {
        let instance = &mut self.instances[position];
        let first = instance.ending.is_none();
        instance.order.send_if_modified(|order| match order {
            Order::EndAt(earlier) if *earlier <= at => false,
            _ => {
                *order = Order::EndAt(at);
                true
            }
        });
        if !first {
            return;
        }
        instance.ending = Some("was told to end".to_owned());
        instance.state = InstanceState::Going;
        if let Some(checking) = instance.checking.take() {
            checking.abort();
        }
        self.publish();
        self.record(position, Stage::Going).await;
    }

    async fn record(&mut self, position: usize, stage: Stage) {
        let record = &mut self.instances[position].record;
        record.stage = stage;
        let record = record.clone();
        let written = self
            .shared
            .on_disk(move |shared| shared.directory.write_record(&record))
            .await;
        self.note(written);
    }

    /// A record that could not be written is written with the next change; until then only a restart would notice.
    fn note(&self, written: Result<()>) {
        if let Err(error) = written {
            tracing::warn!(service = %self.service.id, %error, "the state of an instance could not be kept");
        }
    }

    async fn hear(&mut self, name: &str, event: Event) {
        let position = self
            .instances
            .iter()
            .position(|instance| instance.record.name == name);
        let Some(position) = position else { return };
        let instance = &self.instances[position];
        match event {
            Event::Verdict(number, _)
                if number != instance.checks || instance.state == InstanceState::Going => {}
            Event::Verdict(_, Verdict::Is(state)) => {
                self.instances[position].state = state;
                self.publish();
                let stage = match state {
                    InstanceState::Ready => Stage::Ready,
                    _ => Stage::Starting,
                };
                self.record(position, stage).await;
            }
            Event::Verdict(_, Verdict::GivenUp(why)) => {
                self.blame(position, &why).await;
                self.retire(position, Instant::now()).await;
            }
            Event::Ending(Ending::Ended(how)) => {
                if self.instances[position].ending.is_none() {
                    self.blame(position, &how).await;
                    self.instances[position].ending = Some(how);
                }
                let instance = &mut self.instances[position];
                instance.state = InstanceState::Going;
                if let Some(checking) = instance.checking.take() {
                    checking.abort();
                }
            }
            Event::Ending(Ending::Gone) => self.remove(position).await,
        }
    }

    /// Makes an instance the reason of a failure, if it is one that is wanted: what others do says nothing of the service.
    async fn blame(&mut self, position: usize, what: &str) {
        let instance = &self.instances[position];
        let reason = format!("the instance {} {what}", instance.record.name);
        let is_wanted = match self.service.wish() {
            Wish::Run(wanted) => wanted.launch == instance.record.launch,
            Wish::Go => false,
            Wish::Unknown => true,
        };
        if !is_wanted {
            tracing::info!(service = %self.service.id, reason, "what is not wanted any more went by itself");
            return;
        }
        let (log, began) = (self.shared.directory.log(&instance.record.name), instance.began);
        let tail = tokio::task::spawn_blocking(move || log::tail(&log)).await;
        self.fail(reason, tail.unwrap_or_default(), began);
    }

    fn fail(&mut self, reason: String, log_tail: Vec<String>, began: Option<Instant>) {
        tracing::warn!(service = %self.service.id, reason, "a service had a failure");
        if self.setbacks.last().is_none() {
            self.backoff.reset();
        }
        let failure = rollout::Seen {
            reason,
            log_tail,
            at: self.shared.now(),
        };
        let backoff = &mut self.backoff;
        self.setbacks
            .add(failure, Instant::now(), began, || backoff.next_delay());
    }

    /// Nothing of the instance is left but its log.
    async fn remove(&mut self, position: usize) {
        let mut instance = self.instances.remove(position);
        tracing::info!(service = %self.service.id, instance = instance.record.name, "an instance is gone");
        self.shared
            .ports
            .give_back(instance.record.ports.values().copied());
        self.ended.push_back(instance.record.name.clone());
        let surplus = self.ended.len().saturating_sub(self.shared.config.ended_kept);
        let forgotten: Vec<String> = self.ended.drain(..surplus).collect();
        instance.record.stage = Stage::Ended {
            at: self.shared.now(),
            reason: instance.ending.take().unwrap_or_default(),
        };
        let cleaned = self
            .shared
            .on_disk(move |shared| {
                shared.directory.write_record(&instance.record)?;
                shared.directory.remove_work(&instance.record.name)?;
                forgotten
                    .iter()
                    .try_for_each(|name| shared.directory.remove_instance(name))
            })
            .await;
        self.note(cleaned);
    }

    /// Whether the service is gone; then nothing is left of it, neither here nor on disk.
    async fn is_over(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let _turn = shared.turn.lock().await;
        if matches!(self.service.wish(), Wish::Run(_)) {
            return false;
        }
        let (id, ended) = (self.service.id.clone(), std::mem::take(&mut self.ended));
        let cleaned = shared
            .on_disk(move |shared| {
                ended
                    .iter()
                    .try_for_each(|name| shared.directory.remove_instance(name))?;
                shared.directory.remove_wish(&id)
            })
            .await;
        self.note(cleaned);
        shared.services.lock().remove(&self.service.id);
        shared.announce();
        true
    }
}

/// The state in which an instance was left.
pub(super) fn state_of(record: &Record) -> InstanceState {
    match record.stage {
        Stage::Going | Stage::Ended { .. } => InstanceState::Going,
        // It has ended, which is told in a moment: nobody shall send it anything.
        _ if record.process.is_none() => InstanceState::Going,
        Stage::Starting => InstanceState::Starting,
        Stage::Ready => InstanceState::Ready,
    }
}

/// An instance as everybody may see it.
pub(super) fn seen(record: &Record, state: InstanceState) -> Seen {
    Seen {
        name: record.name.clone(),
        host: record.host,
        ports: record.ports.clone(),
        launch: record.launch.clone(),
        state,
        since: record.started,
    }
}
