//! What is read: gateways and deployments from memory, everything else from the store.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use vamp_kv::handover::AgentStatus;
use vamp_model::{AnyArtifact, Kind};
use vamp_store::Page;

use super::{gateways, view};
use crate::shared::Shared;
use crate::storage;
use crate::{
    DriverInfo, Error, ErrorKind, Info, Listing, Past, PublicationInfo, Result, StoreInfo, Versioned,
};

/// How long the key-value store may take.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) async fn get(shared: &Shared, kind: Kind, name: &str) -> Result<Option<Versioned>> {
    match kind {
        Kind::Gateway => Ok(gateways::read(&shared.world.read(), name)),
        Kind::Deployment => Ok(view::deployment(&shared.world.read(), &shared.options, name)),
        kind if name.is_empty() => {
            tracing::debug!(%kind, "nothing has an empty name");
            Ok(None)
        }
        kind => {
            let stored = shared
                .parts
                .artifacts
                .get(kind.plural(), name)
                .await
                .map_err(|error| Error::of_store("read", format!("{kind}/{name}"), error))?;
            stored.map(|stored| storage::versioned(kind, &stored)).transpose()
        }
    }
}

pub(super) async fn list(shared: &Shared, kind: Kind, page: Page) -> Result<Listing> {
    let offset = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    match kind {
        Kind::Gateway => {
            let world = shared.world.read();
            let names = world.gateways.keys().skip(offset).take(limit);
            Ok(Listing {
                items: names.filter_map(|name| gateways::read(&world, name)).collect(),
                total: count(world.gateways.len()),
            })
        }
        Kind::Deployment => {
            let world = shared.world.read();
            let names = world.deployments.keys().skip(offset).take(limit);
            Ok(Listing {
                items: names
                    .filter_map(|name| view::deployment(&world, &shared.options, name))
                    .collect(),
                total: count(world.deployments.len()),
            })
        }
        kind => {
            let listing = shared
                .parts
                .artifacts
                .page(kind.plural(), page)
                .await
                .map_err(|error| Error::of_store("list", kind, error))?;
            let items = listing
                .items
                .iter()
                .map(|stored| storage::versioned(kind, stored));
            Ok(Listing {
                items: items.collect::<Result<_>>()?,
                total: listing.total,
            })
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

pub(super) async fn history(shared: &Shared, kind: Kind, name: &str) -> Result<Vec<Past>> {
    let revisions = shared
        .parts
        .artifacts
        .history(kind.plural(), name)
        .await
        .map_err(|error| Error::of_store("read the history of", format!("{kind}/{name}"), error))?;
    let past = revisions.into_iter().map(|revision| {
        let artifact: Option<AnyArtifact> = revision
            .content
            .map(|content| storage::parse(kind, name, &content))
            .transpose()?;
        Ok(Past {
            revision: revision.revision,
            at: revision.at,
            artifact,
        })
    });
    past.collect()
}

pub(super) async fn agents(shared: &Shared) -> Result<Vec<AgentStatus>> {
    let unavailable = || Error::new(ErrorKind::Unavailable, "list", "gateway agents");
    match timeout(LIMIT, shared.parts.hand_over.agents()).await {
        Ok(agents) => agents.map_err(|error| unavailable().because(error)),
        Err(_) => Err(unavailable().because("the key-value store did not answer in time")),
    }
}

pub(super) fn publication(shared: &Shared) -> PublicationInfo {
    let generation = shared.world.read().generation;
    shared.publications.lock().info(generation)
}

pub(super) fn info(shared: &Arc<Shared>) -> Info {
    let parts = &shared.parts;
    let failures = shared.driver_failures.lock().clone();
    let drivers = parts
        .drivers
        .iter()
        .enumerate()
        .map(|(position, driver)| DriverInfo {
            name: driver.name(),
            deployables: driver.capabilities().deployables,
            failure: failures.get(position).cloned().flatten(),
        });
    let (marshaller_type, marshaller_name) = parts.hand_over.marshaller();
    let (gateways, deployments) = {
        let world = shared.world.read();
        (world.gateways.len(), world.deployments.len())
    };
    Info {
        version: env!("CARGO_PKG_VERSION"),
        namespace: shared.options.namespace.clone(),
        started: shared.started,
        uptime: shared.started_at.elapsed(),
        store: StoreInfo {
            name: parts.artifacts.name(),
            durable: parts.artifacts.capabilities().durable,
        },
        key_value_store: parts.hand_over.store().name().to_owned(),
        marshaller: (marshaller_type.to_owned(), marshaller_name.to_owned()),
        drivers: drivers.collect(),
        checks_configurations: parts.checker.is_some(),
        gateways,
        deployments,
        publication: publication(shared),
    }
}
