//! What an earlier server left running.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;
use vamp_io::process::ProcessIdentity;

use super::guard::{Guard, Order};
use super::kernel::{Carrier, carriers};
use super::record::{Record, Stage};
use super::service::{Service, Wish};
use super::shared::Shared;
use super::supervisor::{Supervisor, seen, state_of};
use crate::{Error, ErrorKind, Result, ServiceId};

/// What is known of one service when the driver starts.
#[derive(Debug, Default)]
struct Found {
    wish: Option<Wish>,
    running: Vec<Record>,
    ended: Vec<String>,
}

/// Finds what is wanted and what runs, and goes on with it: processes are known by id *and* start time in this run of the
/// machine, or by the mark that they carry. A process with the mark of an instance that nothing is known of is ended.
pub(super) async fn recover(shared: &Arc<Shared>) -> Result<()> {
    let (found, strangers) = shared.on_disk(look).await?;
    for name in strangers {
        tracing::warn!(instance = name, "a process of an unknown instance is ended");
        let guard = Guard {
            name,
            state: shared.directory.id().to_owned(),
            child: None,
            identity: None,
            grace: shared.config.grace,
        };
        shared.spawn_against_stranger(async move {
            let (_order, orders) = watch::channel(Order::EndAt(Instant::now()));
            guard.watch(orders, |_| ()).await;
        });
    }
    for (id, found) in found {
        let wish = found.wish.unwrap_or(Wish::Unknown);
        supervise(shared, id, wish, found.running, found.ended);
    }
    Ok(())
}

/// Begins to keep a service.
pub(super) fn supervise(
    shared: &Arc<Shared>,
    id: ServiceId,
    wish: Wish,
    running: Vec<Record>,
    ended: Vec<String>,
) {
    let known = running.iter().map(|record| seen(record, state_of(record)));
    let service = Arc::new(Service::new(id.clone(), wish, known.collect()));
    shared.services.lock().insert(id, Arc::clone(&service));
    let supervisor = Supervisor::new(Arc::clone(shared), service, running, ended);
    shared.spawn(supervisor.run());
}

fn look(shared: &Arc<Shared>) -> Result<(BTreeMap<ServiceId, Found>, Vec<String>)> {
    let directory = &shared.directory;
    let mut carriers = carriers(directory.id())
        .map_err(|source| Error::new(ErrorKind::Unavailable, "list", "the processes").because(source))?;
    let mut services: BTreeMap<ServiceId, Found> = BTreeMap::new();
    for stored in directory.wishes()? {
        let id = ServiceId::from(&stored.service);
        let wish = match stored.spec {
            None => Wish::Go,
            Some(spec) => {
                let spec = spec.to_spec(id.clone()).map_err(|message| {
                    Error::new(ErrorKind::State, "read the wish for", &id).saying(message)
                })?;
                Wish::run(spec)
            }
        };
        services.entry(id).or_default().wish = Some(wish);
    }
    for mut record in directory.records()? {
        let service = services.entry(ServiceId::from(&record.service)).or_default();
        let carriers = carriers.remove(&record.name).unwrap_or_default();
        if matches!(record.stage, Stage::Ended { .. }) && carriers.is_empty() {
            service.ended.push(record.name);
            continue;
        }
        let process = running(&record, &shared.boot, &carriers);
        if process != record.process || record.boot != shared.boot {
            record.process = process;
            record.boot.clone_from(&shared.boot);
            directory.write_record(&record)?;
        }
        service.running.push(record);
    }
    Ok((services, unknown(carriers)))
}

/// The process of the record, if it runs.
fn running(record: &Record, boot: &str, carriers: &[Carrier]) -> Option<ProcessIdentity> {
    match record.process {
        Some(identity) => Some(identity).filter(|identity| record.boot == boot && identity.is_alive()),
        // Started, and the server ended before it could be recorded.
        None if record.stage == Stage::Starting => carriers
            .first()
            .filter(|carrier| carrier.session == carrier.identity.pid)
            .map(|carrier| carrier.identity),
        None => None,
    }
}

fn unknown(carriers: HashMap<String, Vec<Carrier>>) -> Vec<String> {
    carriers.into_keys().collect()
}
