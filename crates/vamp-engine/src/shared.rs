//! What all parts of a running engine share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use vamp_drivers::ServiceId;
use vamp_io::backoff::Backoff;
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::AgentStatus;
use vamp_kv::leadership::Election;
use vamp_model::{Gateway, Kind, Name};
use vamp_store::{Batch, Keep, NewEvent, Outcome, Write};

use crate::gateway::Ports;
use crate::publications::Publications;
use crate::queue::{Queues, Turn};
use crate::reconcile::{Desired, StoredStates};
use crate::storage::STATES;
use crate::world::{DeploymentRecord, GatewayRecord, World};
use crate::{EngineOptions, Error, Parts, Problem, Result};

/// What all parts of a running engine share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: EngineOptions,
    pub(crate) parts: Parts,
    pub(crate) world: RwLock<World>,
    pub(crate) queues: Queues,
    /// The election of the server that hands configurations over, where there may be several.
    pub(crate) election: Option<Election>,
    /// Something changed that the configuration is made of.
    pub(crate) publish: Notify,
    /// Something changed that instances are made of.
    pub(crate) reconcile: Notify,
    /// Whether the drivers have been looked at once, or have had their time.
    pub(crate) looked: watch::Sender<bool>,
    pub(crate) publications: Mutex<Publications>,
    /// The agents as they were seen last; none while they cannot be seen.
    pub(crate) agents: Mutex<Option<Agents>>,
    /// Counts what may have changed of what is handed over, once somebody wants to know.
    pub(crate) configurations: OnceLock<watch::Sender<u64>>,
    /// Whether a service waits for agents.
    pub(crate) waits_for_agents: AtomicBool,
    /// Why each driver could not be asked, when it was asked last.
    pub(crate) driver_failures: Mutex<Vec<Option<String>>>,
    /// Commands that failed, and when they may be tried again.
    pub(crate) pauses: Mutex<HashMap<ServiceId, Pause>>,
    pub(crate) shutdown: Shutdown,
    pub(crate) started: Timestamp,
    pub(crate) started_at: Instant,
}

/// The agents, and since when they are in sight without a break.
#[derive(Debug, Clone)]
pub(crate) struct Agents {
    pub(crate) agents: Vec<AgentStatus>,
    pub(crate) since: Instant,
}

/// A command that failed and is tried again later.
#[derive(Debug, Clone)]
pub(crate) struct Pause {
    pub(crate) until: Timestamp,
    pub(crate) backoff: Backoff,
}

/// A change of what is stored, and of what is known with it.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) writes: Vec<Write>,
    pub(crate) events: Vec<NewEvent>,
    updates: Vec<Update>,
}

/// What is known after a write, by the place of the write.
#[derive(Debug)]
enum Update {
    Gateway(usize, Box<Gateway>),
    GatewayGone(String),
    /// A new wish with what is known of its services; those without generation get that of the change.
    Deployment(usize, Box<DeploymentRecord>),
    DeploymentGone(String),
    Shrink,
}

impl Change {
    fn write(&mut self, write: Write) -> usize {
        self.writes.push(write);
        self.writes.len() - 1
    }

    pub(crate) fn put(&mut self, kind: &str, name: &str, content: String) -> usize {
        self.write(Write::put(kind, name, content))
    }

    pub(crate) fn remove(&mut self, kind: &str, name: &str) -> usize {
        self.write(Write::delete(kind, name))
    }

    /// The gateway is as it is here, from now on.
    pub(crate) fn put_gateway(&mut self, gateway: Gateway) {
        let name = gateway.name.as_ref().map(ToString::to_string).unwrap_or_default();
        let content = vamp_model::to_json(&gateway);
        let place = self.put(Kind::Gateway.plural(), &name, content);
        self.updates.push(Update::Gateway(place, Box::new(gateway)));
    }

    pub(crate) fn remove_gateway(&mut self, name: &str) {
        self.remove(Kind::Gateway.plural(), name);
        self.updates.push(Update::GatewayGone(name.to_owned()));
        self.shrinks();
    }

    /// The wish and what is known of its services are as they are here, from now on.
    pub(crate) fn put_deployment(&mut self, record: DeploymentRecord) {
        let name = record.deployment.name.to_string();
        let place = self.put(
            Kind::Deployment.plural(),
            &name,
            crate::storage::wish(&record.deployment),
        );
        self.writes.push(states_write(&record));
        self.updates.push(Update::Deployment(place, Box::new(record)));
    }

    pub(crate) fn remove_deployment(&mut self, name: &Name) {
        self.remove(Kind::Deployment.plural(), name.as_str());
        self.remove(STATES, name.as_str());
        self.updates.push(Update::DeploymentGone(name.to_string()));
    }

    /// Somebody took something away: the configuration may become much smaller.
    pub(crate) fn shrinks(&mut self) {
        self.updates.push(Update::Shrink);
    }
}

/// The write that keeps what is known of a deployment's services. Nobody looks back at it.
pub(crate) fn states_write(record: &DeploymentRecord) -> Write {
    let services = record.services.iter();
    let states = StoredStates::of(services.map(|service| {
        let id = &service.spec.id;
        (id.cluster.as_str(), id.service.as_str(), &service.state)
    }));
    Write::put(STATES, record.deployment.name.as_str(), states.to_json()).keeping(Keep::Newest)
}

impl Shared {
    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Which driver runs deployables of this type.
    pub(crate) fn driver_for(&self, deployable_kind: &str) -> Option<usize> {
        self.parts
            .drivers
            .iter()
            .position(|driver| driver.supports(deployable_kind))
    }

    pub(crate) fn wake_all(&self) {
        self.publish.notify_one();
        self.reconcile.notify_one();
    }

    /// Stores a change and takes note of it. Returns what each write did.
    ///
    /// Where it stays unknown whether the store took it, the turn is kept until the store has said what is there.
    pub(crate) async fn commit(
        self: &Arc<Self>,
        turn: Turn,
        operation: &'static str,
        subject: &str,
        change: Change,
    ) -> Result<Vec<Outcome>> {
        let Change {
            writes,
            events,
            updates,
        } = change;
        let touched: Vec<(String, String)> = writes
            .iter()
            .map(|write| (write.kind().to_owned(), write.name().to_owned()))
            .collect();
        let committed = match self.parts.artifacts.commit(Batch { writes, events }).await {
            Ok(committed) => committed,
            Err(error) => {
                if matches!(
                    error.kind(),
                    vamp_store::ErrorKind::Unavailable | vamp_store::ErrorKind::Conflict { .. }
                ) {
                    crate::load::read_again(self, turn, touched);
                }
                return Err(Error::of_store(operation, subject, error));
            }
        };
        let now = self.now();
        let mut world = self.world.write();
        world.generation += 1;
        world.sequence = world.sequence.max(committed.sequence);
        for update in updates {
            world.apply(update, &committed.outcomes, now);
        }
        drop(world);
        drop(turn);
        self.wake_all();
        Ok(committed.outcomes)
    }

    /// Gives gateways the ports that they lack, and makes sure that nobody else gets the ports of these until the reservation is dropped.
    ///
    /// # Errors
    /// A port is in use, or none is free.
    pub(crate) fn reserve_ports<'g>(
        self: &Arc<Self>,
        gateways: impl Iterator<Item = &'g mut Gateway>,
    ) -> std::result::Result<Reservation, Vec<(String, Problem)>> {
        let mut world = self.world.write();
        let mut ports: Option<Ports> = None;
        let mut reservation = Reservation {
            shared: self.clone(),
            numbers: Vec::new(),
        };
        let mut problems = Vec::new();
        // Ports that were chosen first, so that none of them is given to a gateway that names none.
        let mut gateways: Vec<&mut Gateway> = gateways.collect();
        gateways.sort_by_key(|gateway| !gateway.port.as_ref().is_some_and(vamp_model::Port::is_assigned));
        for gateway in gateways {
            let name = gateway.name.as_ref().map(ToString::to_string).unwrap_or_default();
            let number = |gateway: &Gateway| {
                let number = gateway.port.as_ref().map(vamp_model::Port::number);
                number.filter(|number| *number > 0)
            };
            let stored = world.gateway(&name).and_then(number);
            if number(gateway).is_some() && number(gateway) == stored {
                continue;
            }
            let ports = ports.get_or_insert_with(|| self.ports(&world));
            match ports.assign(gateway, &self.options.port_range) {
                Ok(()) => {
                    if let Some(number) = number(gateway) {
                        world.in_flight.insert(number, name);
                        reservation.numbers.push(number);
                    }
                }
                Err(problem) => problems.push((name, problem)),
            }
        }
        drop(world);
        if problems.is_empty() {
            Ok(reservation)
        } else {
            Err(problems)
        }
    }

    fn ports(&self, world: &World) -> Ports {
        let mut ports = Ports::default();
        for (number, holder) in &self.options.reserved_ports {
            ports.take(*number, holder);
        }
        for address in self.options.configuration.addresses_of_virtual_hosts() {
            ports.take(address.port(), "virtual hosts");
        }
        for (name, record) in &world.gateways {
            if let Some(port) = record.gateway.port.as_ref().filter(|port| port.is_assigned()) {
                ports.take(port.number(), name);
            }
        }
        for (number, holder) in &world.in_flight {
            ports.take(*number, holder);
        }
        ports.avoid(&world.foreign_ports);
        ports
    }

    pub(crate) fn set_waits_for_agents(&self, waits: bool) {
        self.waits_for_agents.store(waits, Ordering::Relaxed);
    }

    pub(crate) fn waits_for_agents(&self) -> bool {
        self.waits_for_agents.load(Ordering::Relaxed)
    }
}

/// Ports that are kept for a change until it is stored or given up.
#[derive(Debug)]
pub(crate) struct Reservation {
    shared: Arc<Shared>,
    numbers: Vec<u16>,
}

impl Reservation {
    /// The ports that are new to their gateways.
    pub(crate) fn numbers(&self) -> &[u16] {
        &self.numbers
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.numbers.is_empty() {
            let mut world = self.shared.world.write();
            for number in &self.numbers {
                world.in_flight.remove(number);
            }
        }
    }
}

impl World {
    fn apply(&mut self, update: Update, outcomes: &[Outcome], now: Timestamp) {
        match update {
            Update::Gateway(place, gateway) => {
                let name = gateway.name.as_ref().map(ToString::to_string).unwrap_or_default();
                let known = self.gateways.get(&name).map(|known| (known.revision, known.at));
                let (revision, at) = written(outcomes.get(place), known, now);
                let record = GatewayRecord {
                    gateway: *gateway,
                    revision,
                    at,
                };
                self.gateways.insert(name, Arc::new(record));
            }
            Update::GatewayGone(name) => {
                self.gateways.remove(&name);
            }
            Update::Deployment(place, record) => {
                let mut record = *record;
                let name = record.deployment.name.to_string();
                let known = self
                    .deployments
                    .get(&name)
                    .map(|known| (known.revision, known.at));
                (record.revision, record.at) = written(outcomes.get(place), known, now);
                for service in &mut record.services {
                    if service.generation == 0 {
                        service.generation = self.generation;
                    }
                }
                self.deployments.insert(name, Arc::new(record));
            }
            Update::DeploymentGone(name) => {
                self.deployments.remove(&name);
            }
            Update::Shrink => self.shrink_meant = true,
        }
    }

    /// Takes note of what was learned about services whose wish stays as it is.
    pub(crate) fn set_services(&mut self, name: &str, services: Vec<Desired>) {
        if let Some(record) = self.deployments.get(name) {
            let record = DeploymentRecord {
                services,
                ..DeploymentRecord::clone(record)
            };
            self.deployments.insert(name.to_owned(), Arc::new(record));
        }
    }
}

/// Revision and time after a write.
fn written(outcome: Option<&Outcome>, known: Option<(u64, Timestamp)>, now: Timestamp) -> (u64, Timestamp) {
    match outcome {
        Some(Outcome::Written { revision }) => (*revision, now),
        Some(Outcome::Unchanged { revision }) => (*revision, known.map_or(now, |(_, at)| at)),
        _ => known.unwrap_or((0, now)),
    }
}
