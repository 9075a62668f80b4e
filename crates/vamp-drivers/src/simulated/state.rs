use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use tokio::time::Instant;

use super::backend::SimulatedOptions;
use crate::rollout::{Held, Seen, Setbacks, plan};
use crate::{InstanceState, ObservedInstance, ObservedService, ServiceId, ServiceSpec};

/// Without any pause, what ends at its start would be started for ever within one moment.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// What the platform knows.
#[derive(Debug, Default)]
pub(super) struct State {
    services: BTreeMap<ServiceId, Service>,
    /// Services whose instances do not become ready.
    held_back: BTreeSet<ServiceId>,
    /// Services whose instances end as soon as they are started, with the reason.
    ending: BTreeMap<ServiceId, String>,
    started: u64,
}

#[derive(Debug)]
struct Service {
    spec: ServiceSpec,
    going: bool,
    instances: Vec<Simulated>,
    setbacks: Setbacks,
}

#[derive(Debug)]
struct Simulated {
    name: String,
    ports: IndexMap<String, u16>,
    launch: String,
    state: InstanceState,
    since: Timestamp,
    began: Instant,
    /// When it becomes ready, while it starts; when it is gone, while it goes.
    due: Option<Instant>,
}

/// The moment as both clocks see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub(super) instant: Instant,
    pub(super) timestamp: Timestamp,
}

impl State {
    pub(super) fn list(&self) -> Vec<ObservedService> {
        self.services
            .iter()
            .map(|(id, service)| service.observed(id))
            .collect()
    }

    pub(super) fn deploy(&mut self, spec: &ServiceSpec) {
        let service = self.services.entry(spec.id.clone()).or_insert_with(|| Service {
            spec: spec.clone(),
            going: false,
            instances: Vec::new(),
            setbacks: Setbacks::default(),
        });
        if service.going || service.spec.fingerprint() != spec.fingerprint() {
            service.setbacks.forget();
        }
        service.going = false;
        service.spec = spec.clone();
    }

    pub(super) fn undeploy(&mut self, id: &ServiceId, now: Now, options: &SimulatedOptions) {
        let Some(service) = self.services.get_mut(id) else {
            return;
        };
        service.going = true;
        for instance in &mut service.instances {
            let gone = now.instant + options.stop_delay;
            let sooner = instance
                .due
                .filter(|_| instance.state == InstanceState::Going)
                .map_or(gone, |due| due.min(gone));
            instance.state = InstanceState::Going;
            instance.due = Some(sooner);
        }
    }

    pub(super) fn hold_back(&mut self, id: &ServiceId, hold: bool) {
        if hold {
            self.held_back.insert(id.clone());
        } else {
            self.held_back.remove(id);
        }
    }

    pub(super) fn end_at_start(&mut self, id: &ServiceId, reason: Option<String>) {
        match reason {
            Some(reason) => self.ending.insert(id.clone(), reason),
            None => self.ending.remove(id),
        };
    }

    /// Makes an instance ill, or well again; says whether it was there and ready or ill.
    pub(super) fn set_ill(&mut self, name: &str, ill: bool) -> bool {
        let from_to = match ill {
            true => (InstanceState::Ready, InstanceState::Ill),
            false => (InstanceState::Ill, InstanceState::Ready),
        };
        let instance = self
            .services
            .values_mut()
            .flat_map(|service| &mut service.instances)
            .find(|instance| instance.name == name && instance.state == from_to.0);
        instance.map(|instance| instance.state = from_to.1).is_some()
    }

    /// Ends an instance; says whether it was there.
    pub(super) fn crash(
        &mut self,
        name: &str,
        reason: &str,
        log_tail: Vec<String>,
        now: Now,
        options: &SimulatedOptions,
    ) -> bool {
        for service in self.services.values_mut() {
            let position = service
                .instances
                .iter()
                .position(|instance| instance.name == name);
            if let Some(position) = position {
                let instance = service.instances.remove(position);
                let current = instance.launch == service.spec.launch_fingerprint();
                if instance.state != InstanceState::Going && current {
                    let reason = format!("the instance {name} {reason}");
                    service.fail(reason, log_tail, now, instance.began, options);
                }
                return true;
            }
        }
        false
    }

    /// Lets everything happen that is due, and everything that follows from it; says when to look again.
    pub(super) fn settle(&mut self, now: Now, options: &SimulatedOptions) -> Option<Instant> {
        let mut next = None;
        let ids: Vec<ServiceId> = self.services.keys().cloned().collect();
        for id in ids {
            while self.step(&id, now, options) {}
            if let Some(service) = self.services.get_mut(&id) {
                let settled = service.observed(&id).is_settled();
                service
                    .setbacks
                    .observe(settled, now.instant, options.stable_after);
                let held_back = self.held_back.contains(&id);
                next = [next, service.next_look(now, held_back, options)]
                    .into_iter()
                    .flatten()
                    .min();
            }
        }
        next
    }

    /// One round of one service; says whether something changed, so that another may change more.
    fn step(&mut self, id: &ServiceId, now: Now, options: &SimulatedOptions) -> bool {
        let held_back = self.held_back.contains(id);
        let Some(service) = self.services.get_mut(id) else {
            return false;
        };
        let mut changed = service.let_pass(now, held_back);
        if service.going {
            if service.instances.is_empty() {
                self.services.remove(id);
            }
            return false;
        }
        let plan = plan(service.spec.scale.instances, &service.held());
        for position in plan.retire {
            service.retire(position, now, options);
            changed = true;
        }
        if service.setbacks.allow_start(now.instant) {
            for _ in 0..plan.start {
                changed = true;
                self.started += 1;
                let name = format!("{}-{}", sanitized(id), self.started);
                match self.ending.get(id) {
                    Some(reason) => {
                        let reason = format!("the instance {name} {reason}");
                        service.fail(reason, Vec::new(), now, now.instant, options);
                        break;
                    }
                    None => service.start(name, self.started, now, options),
                }
            }
        }
        changed
    }
}

impl Service {
    fn observed(&self, id: &ServiceId) -> ObservedService {
        let launch = self.spec.launch_fingerprint();
        ObservedService {
            id: id.clone(),
            fingerprint: self.spec.fingerprint(),
            wanted: if self.going { 0 } else { self.spec.scale.instances },
            going: self.going,
            instances: self
                .instances
                .iter()
                .map(|instance| instance.observed(&launch))
                .collect(),
            failure: self.setbacks.last().cloned(),
        }
    }

    fn held(&self) -> Vec<Held> {
        let launch = self.spec.launch_fingerprint();
        self.instances
            .iter()
            .map(|instance| Held {
                state: instance.state,
                current: instance.launch == launch,
            })
            .collect()
    }

    /// What is due by itself.
    fn let_pass(&mut self, now: Now, held_back: bool) -> bool {
        let before = self.instances.len();
        self.instances
            .retain(|instance| instance.state != InstanceState::Going || !instance.is_due(now));
        let mut changed = before != self.instances.len();
        for instance in &mut self.instances {
            if instance.state == InstanceState::Starting && instance.is_due(now) && !held_back {
                instance.state = InstanceState::Ready;
                instance.due = None;
                changed = true;
            }
        }
        changed
    }

    fn start(&mut self, name: String, number: u64, now: Now, options: &SimulatedOptions) {
        let count = self.spec.ports.len();
        let first = usize::try_from(number)
            .unwrap_or_default()
            .wrapping_mul(count.max(1));
        let ports = self.spec.ports.iter().enumerate().map(|(position, port)| {
            let offset = first.wrapping_add(position) % usize::from(u16::MAX - options.first_port).max(1);
            let number = options.first_port + u16::try_from(offset).unwrap_or_default();
            (port.name.clone(), number)
        });
        self.instances.push(Simulated {
            name,
            ports: ports.collect(),
            launch: self.spec.launch_fingerprint(),
            state: InstanceState::Starting,
            since: now.timestamp,
            began: now.instant,
            due: Some(now.instant + options.start_delay),
        });
    }

    fn retire(&mut self, position: usize, now: Now, options: &SimulatedOptions) {
        let instance = &mut self.instances[position];
        let drain = if instance.state == InstanceState::Ready {
            options.drain_delay
        } else {
            Duration::ZERO
        };
        instance.state = InstanceState::Going;
        instance.due = Some(now.instant + drain + options.stop_delay);
    }

    fn fail(
        &mut self,
        reason: String,
        log_tail: Vec<String>,
        now: Now,
        began: Instant,
        options: &SimulatedOptions,
    ) {
        let count = self.setbacks.last().map_or(0, |failure| failure.count);
        let doublings = count.saturating_sub(1).min(8);
        let pause = options
            .restart_delay
            .max(SHORTEST_PAUSE)
            .saturating_mul(1 << doublings);
        let seen = Seen {
            reason,
            log_tail,
            at: now.timestamp,
        };
        self.setbacks.add(seen, now.instant, Some(began), || pause);
    }

    fn next_look(&self, now: Now, held_back: bool, options: &SimulatedOptions) -> Option<Instant> {
        let due = self
            .instances
            .iter()
            .filter(|instance| !(held_back && instance.state == InstanceState::Starting))
            .filter_map(|instance| instance.due);
        due.chain(self.setbacks.next_look(now.instant, options.stable_after))
            .min()
    }
}

impl Simulated {
    fn is_due(&self, now: Now) -> bool {
        self.due.is_some_and(|due| due <= now.instant)
    }

    fn observed(&self, launch: &str) -> ObservedInstance {
        ObservedInstance {
            name: self.name.clone(),
            host: "127.0.0.1".to_owned(),
            ports: self.ports.clone(),
            state: self.state,
            current: self.launch == launch,
            since: self.since,
        }
    }
}

fn sanitized(id: &ServiceId) -> String {
    format!("{}-{}", id.deployment, id.service)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect()
}
