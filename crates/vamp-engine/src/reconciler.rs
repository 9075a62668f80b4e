//! Looks at what runs, and brings it in line with what is wanted.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use tokio::time::timeout;
use vamp_drivers::{ObservedService, ServiceId};
use vamp_io::backoff::Backoff;
use vamp_model::Phase;
use vamp_store::Batch;

use crate::engine::without;
use crate::events;
use crate::reconcile::{Command, Desired, Milestone, Moment, Observed, Plan, Step, notification, plan};
use crate::shared::{Change, Pause, Shared, states_write};
use crate::world::DeploymentRecord;
use crate::{Error, Result};

/// How many deployments are worked on at once.
const AT_ONCE: usize = 16;

/// How long drivers may take until the first configuration is handed over without them.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// How long agents may take to show themselves, after a start and after an outage of the key-value store in which their leases ended.
const AGENTS_APPEAR: Duration = Duration::from_secs(3);

/// Works until it is dropped.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut reconciler = Reconciler {
        orphans: HashSet::new(),
        failed: Backoff::watch(),
        looks: Vec::new(),
    };
    let first = timeout(FIRST_LOOK, reconciler.pass(&shared)).await;
    let mut next = first.unwrap_or(Some(Duration::ZERO));
    shared.looked.send_replace(true);
    loop {
        let period = jittered(shared.options.reconcile_period);
        let pause = next.map_or(period, |next| next.min(period));
        tokio::select! {
            () = shared.reconcile.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
        next = reconciler.pass(&shared).await;
    }
}

/// Wakes the reconciler whenever a driver has something new to tell.
pub(crate) async fn listen(shared: Arc<Shared>) {
    let streams = shared.parts.drivers.iter().map(|driver| driver.changes());
    let mut changes = futures::stream::select_all(streams);
    while changes.next().await.is_some() {
        shared.reconcile.notify_one();
    }
    std::future::pending::<()>().await;
}

/// A tenth more or less, so that many servers do not look at the same moment.
fn jittered(period: Duration) -> Duration {
    period.mul_f64(rand::random_range(0.9..=1.1))
}

struct Reconciler {
    /// Services that run and that nobody asked for, as told last.
    orphans: HashSet<ServiceId>,
    failed: Backoff,
    looks: Vec<Option<String>>,
}

impl Reconciler {
    /// Looks once and does what is to be done; says after which time to look again even without a hint.
    async fn pass(&mut self, shared: &Arc<Shared>) -> Option<Duration> {
        let (observed, complete) = self.look(shared).await;
        self.report_orphans(shared, &observed);
        let records: Vec<Arc<DeploymentRecord>> = shared.world.read().deployments.values().cloned().collect();
        let moment = moment(shared);
        let mut next = None;
        let mut waits = false;
        let mut busy = Vec::new();
        for record in &records {
            let plan = plan(&record.services, &observed, &moment);
            waits |= plan.waits_for_agents;
            next = earlier(next, plan.next);
            if !plan.steps.is_empty() {
                busy.push(record.deployment.name.to_string());
            }
        }
        let observed = &observed;
        let results: Vec<Result<Plan>> = futures::stream::iter(busy)
            .map(|name| async move { carry_out(shared, &name, observed).await })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut failed = !complete;
        for result in results {
            match result {
                Ok(plan) => {
                    waits |= plan.waits_for_agents;
                    next = earlier(next, plan.next);
                }
                Err(error) => {
                    failed = true;
                    tracing::warn!(%error, "a deployment could not be worked on and is tried again");
                }
            }
        }
        let was_waiting = shared.waits_for_agents();
        shared.set_waits_for_agents(waits);
        // Agents may have told their state between the look at it and now.
        let mut soonest = (waits && !was_waiting).then_some(Duration::ZERO);
        let seen_since = shared.agents.lock().as_ref().map(|seen| seen.since);
        if let Some(since) = seen_since.filter(|_| waits) {
            let left = AGENTS_APPEAR.saturating_sub(since.elapsed());
            soonest = earlier(soonest, Some(left).filter(|left| !left.is_zero()));
        }
        if failed {
            soonest = earlier(soonest, Some(self.failed.next_delay()));
        } else {
            self.failed.reset();
        }
        let due = next.map(|next| {
            let left = next.duration_since(shared.now());
            // A clock that stands still would let it look for ever.
            Duration::try_from(left)
                .unwrap_or_default()
                .max(Duration::from_millis(1))
        });
        earlier(soonest, due)
    }

    /// What runs, and whether every driver could be asked.
    async fn look(&mut self, shared: &Shared) -> (Observed, bool) {
        let limit = shared.options.driver_timeout;
        let answers = join_all(shared.parts.drivers.iter().map(|driver| async move {
            match timeout(limit, driver.list()).await {
                Ok(Ok(services)) => Ok(services),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
            }
        }))
        .await;
        self.looks.resize(answers.len(), None);
        let mut told = Vec::new();
        let mut services: Vec<Option<Vec<ObservedService>>> = Vec::with_capacity(answers.len());
        for ((driver, answer), before) in shared.parts.drivers.iter().zip(answers).zip(&mut self.looks) {
            match answer {
                Ok(listed) => {
                    if before.take().is_some() {
                        tracing::info!(driver = driver.name(), "what runs can be asked again");
                    }
                    services.push(Some(listed));
                }
                Err(words) => {
                    let earlier = before.replace(words.clone());
                    if earlier.as_ref() == Some(&words) {
                        tracing::debug!(
                            driver = driver.name(),
                            words,
                            "what runs still could not be asked"
                        );
                    } else {
                        tracing::warn!(driver = driver.name(), words, "what runs could not be asked");
                    }
                    if earlier.is_none() {
                        told.push(events::failure(&format!("{}_driver", driver.name()), &words));
                    }
                    services.push(None);
                }
            }
        }
        shared.driver_failures.lock().clone_from(&self.looks);
        if !told.is_empty()
            && let Err(error) = shared.parts.events.append(told).await
        {
            tracing::warn!(%error, "an event could not be stored");
        }
        let complete = services.iter().all(Option::is_some);
        (Observed::new(services), complete)
    }

    /// What runs and nobody asked for is left alone: a store that lost something must not end what serves.
    fn report_orphans(&mut self, shared: &Shared, observed: &Observed) {
        let world = shared.world.read();
        let known = |id: &ServiceId| {
            let record = world.deployments.get(&id.deployment);
            record.is_some_and(|record| record.find(&id.cluster, &id.service).is_some())
        };
        let orphans: HashSet<ServiceId> = observed.ids().filter(|id| !known(id)).cloned().collect();
        for id in orphans.difference(&self.orphans) {
            tracing::warn!(%id, "a service runs that no deployment has; it is left alone");
        }
        self.orphans = orphans;
    }
}

fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.into_iter().chain(other).min()
}

fn moment(shared: &Shared) -> Moment {
    let options = &shared.options;
    let seen = shared.agents.lock().clone();
    let agents = seen
        .filter(|seen| seen.since.elapsed() >= AGENTS_APPEAR)
        .map(|seen| seen.agents);
    Moment {
        now: shared.now(),
        deployment_timeout: options.deployment_timeout,
        undeployment_timeout: options.undeployment_timeout,
        drain_timeout: options.drain_timeout,
        warm_up: shared.started_at.elapsed() < options.warm_up,
        traffic: shared.publications.lock().traffic(agents.as_deref()),
        pauses: shared
            .pauses
            .lock()
            .iter()
            .map(|(id, pause)| (id.clone(), pause.until))
            .collect(),
    }
}

/// Does what is to be done for one deployment, in its turn.
async fn carry_out(shared: &Arc<Shared>, name: &str, observed: &Observed) -> Result<Plan> {
    let turn = shared.queues.turn(name).await;
    let Some(record) = shared.world.read().deployments.get(name).cloned() else {
        return Ok(Plan::default());
    };
    // Since the first look at it the wish may have changed.
    let mut plan = plan(&record.services, observed, &moment(shared));
    let mut services = record.services.clone();
    let mut told = Vec::new();
    let mut gone = Vec::new();
    for step in &mut plan.steps {
        let service = &record.services[step.index];
        if !step.commands.is_empty() {
            command(shared, service, step).await;
            plan.next = earlier(plan.next, pause_of(shared, &service.spec.id));
        }
        if let Some(milestone) = step.milestone {
            let words = match (&step.state.status.phase, milestone) {
                (Phase::Failed { notification }, Milestone::Failed) => Some(notification.as_str()),
                _ => None,
            };
            told.push(events::synchronization(&service.spec.id, milestone, words));
        }
        if step.gone {
            gone.push(step.index);
            shared.pauses.lock().remove(&service.spec.id);
        } else {
            services[step.index].state = step.state.clone();
        }
    }
    if plan.steps.is_empty() || (told.is_empty() && gone.is_empty() && services == record.services) {
        return Ok(plan);
    }
    let known = DeploymentRecord {
        services,
        ..DeploymentRecord::clone(&record)
    };
    if gone.is_empty() {
        take_note(shared, &known, told).await?;
    } else {
        let mut change = Change::default();
        change.events.extend(told);
        match without(&known, &gone) {
            Some(rest) => change.put_deployment(rest),
            None => {
                let name = &record.deployment.name;
                let archived = events::archive(
                    vamp_model::Kind::Deployment,
                    name.as_str(),
                    events::Archived::Delete,
                    "",
                );
                change.events.push(archived);
                change.remove_deployment(name);
            }
        }
        shared.commit(turn, "take note of", name, change).await?;
    }
    Ok(plan)
}

/// Tells the drivers. Where a driver does not take it, the step becomes what is known then.
async fn command(shared: &Shared, service: &Desired, step: &mut Step) {
    let id = &service.spec.id;
    let limit = shared.options.driver_timeout;
    for command in &step.commands {
        let (Command::Deploy(driver) | Command::Undeploy(driver)) = command;
        let Some(driver) = shared.parts.drivers.get(*driver) else {
            continue;
        };
        let told = async {
            match command {
                Command::Deploy(_) => driver.deploy(&service.spec).await,
                Command::Undeploy(_) => driver.undeploy(id).await,
            }
        };
        let failure = match timeout(limit, told).await {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => (error.to_string(), error.is_temporary()),
            Err(_) => (
                format!("{id}: the driver did not answer within {} s", limit.as_secs()),
                true,
            ),
        };
        let (words, may_help) = failure;
        tracing::warn!(%id, words, "a command was not taken");
        let mut state = service.state.clone();
        state.instances.clone_from(&step.state.instances);
        step.milestone = None;
        if may_help {
            pause(shared, id);
        } else {
            let failed = Phase::Failed {
                notification: notification(id, &words, &[]),
            };
            if !matches!(state.status.phase, Phase::Failed { .. }) {
                step.milestone = Some(Milestone::Failed);
            }
            state.enter(failed, shared.now());
            state.given_up = true;
        }
        step.state = state;
        return;
    }
    shared.pauses.lock().remove(id);
}

fn pause(shared: &Shared, id: &ServiceId) {
    let mut pauses = shared.pauses.lock();
    let pause = pauses.entry(id.clone()).or_insert_with(|| Pause {
        until: shared.now(),
        backoff: Backoff::standard(),
    });
    let until = shared.now().saturating_add(pause.backoff.next_delay());
    pause.until = until.unwrap_or(jiff::Timestamp::MAX);
}

fn pause_of(shared: &Shared, id: &ServiceId) -> Option<jiff::Timestamp> {
    shared.pauses.lock().get(id).map(|pause| pause.until)
}

/// Stores what was learned about services whose wish stays as it is.
async fn take_note(shared: &Shared, known: &DeploymentRecord, told: Vec<vamp_store::NewEvent>) -> Result<()> {
    let name = known.deployment.name.to_string();
    let batch = Batch {
        writes: vec![states_write(known)],
        events: told,
    };
    let committed = shared
        .parts
        .artifacts
        .commit(batch)
        .await
        .map_err(|error| Error::of_store("take note of", &name, error))?;
    let mut world = shared.world.write();
    let routed = |record: &DeploymentRecord| -> Vec<vamp_model::Instance> {
        let services = record.services.iter();
        services
            .flat_map(|service| service.state.instances.clone())
            .collect()
    };
    let before = world.deployments.get(&name).map(|before| routed(before));
    let routes_differ = before.is_none_or(|before| before != routed(known));
    world.set_services(&name, known.services.clone());
    world.sequence = world.sequence.max(committed.sequence);
    if routes_differ {
        world.generation += 1;
        drop(world);
        shared.publish.notify_one();
    }
    Ok(())
}
