//! What is to be done, from what is wanted and what is there.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use vamp_drivers::{InstanceState, ObservedInstance, ObservedService, ServiceId};
use vamp_model::{Instance, Intention, Phase};

use super::desired::Reached;
use super::{Desired, Observed, State, Traffic};

/// Everything else that decides.
#[derive(Debug, Clone)]
pub struct Moment {
    /// What time it is.
    pub now: Timestamp,
    /// How long a service may take to be as wanted; 0 for ever.
    pub deployment_timeout: Duration,
    /// How long a service may take to go; 0 for ever.
    pub undeployment_timeout: Duration,
    /// How long gateway agents may take to apply a publication.
    pub drain_timeout: Duration,
    /// Whether instances that were ready before count as ready while the driver is not sure yet.
    pub warm_up: bool,
    /// How far changes of the routing have come.
    pub traffic: Traffic,
    /// Services whose last command failed, with the moment before which it is not tried again.
    pub pauses: HashMap<ServiceId, Timestamp>,
}

impl Moment {
    /// A moment without anything special, with the default limits.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            deployment_timeout: Duration::from_secs(600),
            undeployment_timeout: Duration::from_secs(600),
            drain_timeout: Duration::from_secs(10),
            warm_up: false,
            traffic: Traffic::default(),
            pauses: HashMap::new(),
        }
    }
}

/// A command to a driver, which is named by its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Make it run as specified.
    Deploy(usize),
    /// End it.
    Undeploy(usize),
}

/// Something worth an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// It is as wanted.
    Deployed,
    /// It is not as wanted any more, or is being changed.
    Redeploy,
    /// It is gone.
    Undeployed,
    /// It cannot be as wanted, for now or for good.
    Failed,
}

/// What is to be done for one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Which service: its place in the list of what is wanted.
    pub index: usize,
    /// Commands to drivers, in their order.
    pub commands: Vec<Command>,
    /// What is known of the service once the commands are taken.
    pub state: State,
    /// Whether the service is gone, so that nothing more is to be known of it.
    pub gone: bool,
    /// What is worth an event.
    pub milestone: Option<Milestone>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// For each service for which something is to be done.
    pub steps: Vec<Step>,
    /// When to look again even if nothing happens.
    pub next: Option<Timestamp>,
    /// Whether a service waits for gateway agents.
    pub waits_for_agents: bool,
}

impl Plan {
    fn look_again(&mut self, at: Timestamp) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

/// What is to be done so that what is there becomes what is wanted.
///
/// It is a function of its arguments. Done twice, there is nothing to do the second time.
#[must_use]
pub fn plan(desired: &[Desired], observed: &Observed, moment: &Moment) -> Plan {
    let mut plan = Plan::default();
    for (index, service) in desired.iter().enumerate() {
        let step = match service.state.status.intention {
            Intention::Deployment => deployment(index, service, observed, moment, &mut plan),
            Intention::Undeployment => undeployment(index, service, observed, moment, &mut plan),
        };
        plan.steps.extend(step);
    }
    plan
}

fn deployment(
    index: usize,
    service: &Desired,
    observed: &Observed,
    moment: &Moment,
    plan: &mut Plan,
) -> Option<Step> {
    let id = &service.spec.id;
    let Some(driver) = service.driver else {
        let kind = service.spec.deployable.kind();
        return give_up(
            index,
            service,
            moment,
            &format!("no driver runs deployables of type '{kind}'"),
        );
    };
    let there = observed.at(driver, id)?;
    let wanted = service.spec.scale.instances;
    let as_told = match there {
        None => wanted == 0,
        Some(there) => !there.going && there.wanted == wanted && *there.fingerprint == *service.fingerprint,
    };
    let instances = instances(service, there, moment);
    let settled = as_told
        && match there {
            None => true,
            // In the time after a start readiness may be what it was before.
            Some(there) => {
                let ready = |instances: &[Instance]| instances.iter().all(|instance| instance.deployed);
                there.is_settled()
                    || (moment.warm_up
                        && there.instances.len() == count(wanted)
                        && there.instances.iter().all(|instance| instance.current)
                        && ready(instances.as_deref().unwrap_or(&service.state.instances)))
            }
        };

    if settled {
        let elsewhere = observed.elsewhere(Some(driver), id);
        let commands: Vec<Command> = elsewhere
            .filter(|(_, there)| !there.going)
            .filter(|_| may_try(service, moment, plan))
            .map(|(driver, _)| Command::Undeploy(driver))
            .collect();
        let done = service.state.is_done();
        if done && instances.is_none() && commands.is_empty() {
            return None;
        }
        let mut state = with_instances(service, instances);
        state.enter(Phase::Done, moment.now);
        state.given_up = false;
        return Some(Step {
            index,
            commands,
            state,
            gone: false,
            milestone: (!done).then_some(Milestone::Deployed),
        });
    }

    if service.state.given_up {
        // It is left alone, and what runs is seen all the same: it may have traffic.
        let state = with_instances(service, Some(instances?));
        return Some(watched(index, state));
    }
    let since = if service.state.is_done() {
        moment.now
    } else {
        service.state.unsettled_since
    };
    if let Some(limit) = deadline(since, moment.deployment_timeout) {
        if moment.now >= limit {
            let seconds = moment.deployment_timeout.as_secs();
            let reason = there.and_then(|there| there.failure.as_ref());
            let reason = reason.map_or_else(String::new, |failure| format!(": {}", failure.reason));
            let words = format!("it was not as wanted within {seconds} s{reason}");
            return give_up(index, service, moment, &words).map(|mut step| {
                step.state.instances = instances.unwrap_or(step.state.instances);
                step
            });
        }
        plan.look_again(limit);
    }

    let deploys = !as_told && may_try(service, moment, plan);
    let commands = if deploys {
        vec![Command::Deploy(driver)]
    } else {
        Vec::new()
    };
    let failure = there
        .filter(|_| as_told)
        .and_then(|there| there.failure.as_ref())
        .filter(|failure| failure.at > since);
    let phase = match (&service.state.status.phase, failure) {
        (_, Some(failure)) => Phase::Failed {
            notification: notification(id, &failure.reason, &failure.log_tail),
        },
        // Until the command is taken nothing has been done.
        (Phase::Initiated, None) if !as_told && !deploys => Phase::Initiated,
        (_, None) => Phase::Updating,
    };
    let milestone = match (&service.state.status.phase, &phase) {
        (Phase::Failed { .. }, Phase::Failed { .. }) => None,
        (_, Phase::Failed { .. }) => Some(Milestone::Failed),
        (Phase::Done, _) => Some(Milestone::Redeploy),
        (Phase::Initiated, Phase::Updating) if there.is_some() && deploys => Some(Milestone::Redeploy),
        _ => None,
    };
    if instances.is_none() && commands.is_empty() && phase == service.state.status.phase {
        return None;
    }
    let mut state = with_instances(service, instances);
    state.unsettled_since = since;
    state.enter(phase, moment.now);
    Some(Step {
        index,
        commands,
        state,
        gone: false,
        milestone,
    })
}

fn undeployment(
    index: usize,
    service: &Desired,
    observed: &Observed,
    moment: &Moment,
    plan: &mut Plan,
) -> Option<Step> {
    let id = &service.spec.id;
    let there: Vec<(usize, &ObservedService)> = observed.elsewhere(None, id).collect();
    if there.is_empty() {
        // A driver that could not be asked may still run it.
        return observed.is_complete().then(|| Step {
            index,
            commands: Vec::new(),
            state: service.state.clone(),
            gone: true,
            milestone: Some(Milestone::Undeployed),
        });
    }
    let mut state = service.state.clone();
    let at_driver = there.iter().find(|(driver, _)| Some(*driver) == service.driver);
    let instances = at_driver.and_then(|(_, there)| instances(service, Some(there), moment));
    let seen_anew = instances.is_some();
    state.instances = instances.unwrap_or(state.instances);
    if service.state.given_up {
        return seen_anew.then(|| watched(index, state));
    }
    if let Some(limit) = deadline(service.state.unsettled_since, moment.undeployment_timeout) {
        if moment.now >= limit {
            let seconds = moment.undeployment_timeout.as_secs();
            return give_up(
                index,
                service,
                moment,
                &format!("it was not gone within {seconds} s"),
            );
        }
        plan.look_again(limit);
    }
    if there.iter().all(|(_, there)| there.going) {
        let phase = Phase::Updating;
        if !seen_anew && state.status.phase == phase {
            return None;
        }
        state.enter(phase, moment.now);
        return Some(watched(index, state));
    }
    match moment
        .traffic
        .has_reached(service.generation, moment.now, moment.drain_timeout)
    {
        Reached::Yes => {}
        not_yet => {
            plan.waits_for_agents = true;
            if let Reached::At(limit) = not_yet {
                plan.look_again(limit);
            }
            return seen_anew.then(|| watched(index, state));
        }
    }
    if !may_try(service, moment, plan) {
        return seen_anew.then(|| watched(index, state));
    }
    state.enter(Phase::Updating, moment.now);
    let still_there = there.iter().filter(|(_, there)| !there.going);
    Some(Step {
        index,
        commands: still_there
            .map(|(driver, _)| Command::Undeploy(*driver))
            .collect(),
        state,
        gone: false,
        milestone: None,
    })
}

/// A step that only takes note of something.
fn watched(index: usize, state: State) -> Step {
    Step {
        index,
        commands: Vec::new(),
        state,
        gone: false,
        milestone: None,
    }
}

fn with_instances(service: &Desired, instances: Option<Vec<Instance>>) -> State {
    let known = &service.state;
    State {
        status: known.status.clone(),
        unsettled_since: known.unsettled_since,
        given_up: known.given_up,
        instances: instances.unwrap_or_else(|| known.instances.clone()),
    }
}

/// The step after which nothing more is done for a service. None when that is so already.
fn give_up(index: usize, service: &Desired, moment: &Moment, words: &str) -> Option<Step> {
    if service.state.given_up {
        return None;
    }
    let mut state = service.state.clone();
    let notification = notification(&service.spec.id, words, &[]);
    state.enter(Phase::Failed { notification }, moment.now);
    state.given_up = true;
    Some(Step {
        milestone: Some(Milestone::Failed),
        ..watched(index, state)
    })
}

/// What is said about a service that failed.
pub(crate) fn notification(id: &ServiceId, reason: &str, log_tail: &[String]) -> String {
    let mut text = format!(
        "Deployment service error for deployment '{}' and service '{}': {reason}",
        id.deployment, id.service
    );
    for line in log_tail {
        text.push('\n');
        text.push_str(line);
    }
    text
}

/// Whether a command may be tried now; if not, `plan` says when.
fn may_try(service: &Desired, moment: &Moment, plan: &mut Plan) -> bool {
    match moment.pauses.get(&service.spec.id) {
        Some(until) if *until > moment.now => {
            plan.look_again(*until);
            false
        }
        _ => true,
    }
}

fn deadline(since: Timestamp, limit: Duration) -> Option<Timestamp> {
    if limit.is_zero() {
        return None;
    }
    since.saturating_add(limit).ok()
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The instances as they are now; none when they are as they were known.
fn instances(service: &Desired, there: Option<&ObservedService>, moment: &Moment) -> Option<Vec<Instance>> {
    let known = &service.state.instances;
    let seen = there.map_or(&[][..], |there| &there.instances);
    let is_ready = |instance: &ObservedInstance| {
        let was_ready = || {
            known
                .iter()
                .any(|known| known.name == instance.name && known.deployed)
        };
        match instance.state {
            InstanceState::Ready => true,
            InstanceState::Starting => moment.warm_up && was_ready(),
            InstanceState::Ill | InstanceState::Going => false,
        }
    };
    let same = |(known, seen): (&Instance, &ObservedInstance)| {
        known.name == seen.name
            && known.deployed == is_ready(seen)
            && known.host == seen.host
            && known.ports == seen.ports
    };
    if known.len() == seen.len() && known.iter().zip(seen).all(same) {
        return None;
    }
    let instances = seen.iter().map(|seen| Instance {
        name: seen.name.clone(),
        host: seen.host.clone(),
        ports: seen.ports.clone(),
        deployed: is_ready(seen),
    });
    Some(instances.collect())
}
