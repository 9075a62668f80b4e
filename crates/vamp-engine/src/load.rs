//! From the store to what is known: all of it at the start, a part where it stayed unknown whether a change was taken.

use std::sync::Arc;

use jiff::Timestamp;
use vamp_io::backoff::Backoff;
use vamp_model::{AnyArtifact, Deployment, Kind};
use vamp_store::{ArtifactStore, Stored};

use crate::deployment::specification;
use crate::queue::Turn;
use crate::reconcile::{Desired, State, StoredStates};
use crate::shared::Shared;
use crate::storage::{self, PUBLISHED, STATES};
use crate::world::{DeploymentRecord, GatewayRecord, World};
use crate::{Error, ErrorKind, Result};

/// Reads everything that is stored about gateways and deployments.
pub(crate) async fn read_all(
    store: &dyn ArtifactStore,
    driver_for: &(dyn Fn(&str) -> Option<usize> + Sync),
    now: Timestamp,
) -> Result<World> {
    let failed = |error| Error::of_store("read", "everything that is stored", error);
    let mut world = World {
        generation: 1,
        ..World::default()
    };
    for stored in store.list(Kind::Gateway.plural()).await.map_err(failed)? {
        let record = gateway_record(&stored)?;
        world.gateways.insert(stored.name, Arc::new(record));
    }
    for stored in store.list(Kind::Deployment.plural()).await.map_err(failed)? {
        let states = store.get(STATES, &stored.name).await.map_err(failed)?;
        let record = deployment_record(&stored, states.as_ref(), driver_for, now)?;
        world.deployments.insert(stored.name, Arc::new(record));
    }
    let published = store.get(PUBLISHED.0, PUBLISHED.1).await.map_err(failed)?;
    if let Some(published) = published {
        let names = serde_json::from_str(&published.content).map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                "read",
                "the gateways that were published last",
            )
            .because(error)
        })?;
        world.published = Arc::new(names);
        // What is gone from the store, and was in the configuration before the end, was taken away on purpose.
        world.shrink_meant = world
            .published
            .iter()
            .any(|name| !world.gateways.contains_key(name));
    }
    world.sequence = store.sequence().await.map_err(failed)?;
    Ok(world)
}

fn gateway_record(stored: &Stored) -> Result<GatewayRecord> {
    match storage::parse(Kind::Gateway, &stored.name, &stored.content)? {
        AnyArtifact::Gateway(gateway) => Ok(GatewayRecord {
            gateway,
            revision: stored.revision,
            at: stored.at,
        }),
        other => Err(wrong_kind(&stored.name, &other)),
    }
}

fn deployment_record(
    stored: &Stored,
    states: Option<&Stored>,
    driver_for: &(dyn Fn(&str) -> Option<usize> + Sync),
    now: Timestamp,
) -> Result<DeploymentRecord> {
    let deployment = match storage::parse(Kind::Deployment, &stored.name, &stored.content)? {
        AnyArtifact::Deployment(deployment) => deployment,
        other => return Err(wrong_kind(&stored.name, &other)),
    };
    let states = states
        .map(|states| StoredStates::read(&states.content))
        .transpose()
        .map_err(|words| {
            Error::new(ErrorKind::Internal, "read", format!("{STATES}/{}", stored.name)).because(words)
        })?;
    let known =
        |cluster: &str, service: &str| states.as_ref().and_then(|states| states.get(cluster, service));
    let services = desired(&deployment, driver_for, |cluster, service, intention| {
        known(cluster, service)
            .filter(|state| state.status.intention == intention)
            .unwrap_or_else(|| State::initiated(intention, now))
    })?;
    Ok(DeploymentRecord {
        deployment,
        revision: stored.revision,
        at: stored.at,
        services,
    })
}

/// The services of a wish, each with what `known` says of it.
pub(crate) fn desired(
    deployment: &Deployment,
    driver_for: &(dyn Fn(&str) -> Option<usize> + Sync),
    known: impl Fn(&str, &str, vamp_model::Intention) -> State,
) -> Result<Vec<Desired>> {
    let mut services = Vec::new();
    for (cluster_name, cluster) in &deployment.clusters {
        for service in &cluster.services {
            let spec = specification(deployment, cluster_name.as_str(), cluster, service)
                .map_err(|problems| Error::invalid("deploy", &deployment.name, problems))?;
            let state = known(
                cluster_name.as_str(),
                service.breed.name.as_str(),
                service.status.intention,
            );
            let driver = driver_for(spec.deployable.kind());
            services.push(Desired {
                generation: 1,
                ..Desired::new(spec, driver, state)
            });
        }
    }
    Ok(services)
}

fn wrong_kind(name: &str, found: &AnyArtifact) -> Error {
    Error::new(ErrorKind::Internal, "read", name).because(format!("it is one of the {}", found.kind()))
}

/// Asks the store, until it answers, what is there after a change of which that is not known. The turn is kept meanwhile.
pub(crate) fn read_again(shared: &Arc<Shared>, turn: Turn, touched: Vec<(String, String)>) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let mut backoff = Backoff::watch();
        loop {
            match read_touched(&shared, &touched).await {
                Ok(()) => break,
                Err(error) => tracing::warn!(%error, "what is stored could not be read again yet"),
            }
            tokio::select! {
                () = shared.shutdown.wait() => return,
                () = tokio::time::sleep(backoff.next_delay()) => {}
            }
        }
        drop(turn);
        shared.wake_all();
    });
}

async fn read_touched(shared: &Shared, touched: &[(String, String)]) -> Result<()> {
    let store = &shared.parts.artifacts;
    let failed = |error| Error::of_store("read", "what was changed", error);
    for (kind, name) in touched {
        let stored = store.get(kind, name).await.map_err(failed)?;
        if kind == Kind::Gateway.plural() {
            let record = stored.as_ref().map(gateway_record).transpose()?;
            let mut world = shared.world.write();
            world.generation += 1;
            match record {
                Some(record) => drop(world.gateways.insert(name.clone(), Arc::new(record))),
                None => {
                    world.shrink_meant |= world.gateways.remove(name).is_some();
                }
            }
        } else if kind == Kind::Deployment.plural() || kind == STATES {
            let stored = store.get(Kind::Deployment.plural(), name).await.map_err(failed)?;
            let states = store.get(STATES, name).await.map_err(failed)?;
            let driver_for = |kind: &str| shared.driver_for(kind);
            let record = stored
                .map(|stored| deployment_record(&stored, states.as_ref(), &driver_for, shared.now()))
                .transpose()?;
            let mut world = shared.world.write();
            world.generation += 1;
            let generation = world.generation;
            match record {
                Some(mut record) => {
                    for service in &mut record.services {
                        service.generation = generation;
                    }
                    world.deployments.insert(name.clone(), Arc::new(record));
                }
                None => drop(world.deployments.remove(name)),
            }
        }
    }
    Ok(())
}
