//! What a deployment request asks for, and what that refers to.

use vamp_drivers::ServiceId;
use vamp_model::{AnyArtifact, Blueprint, DeploymentRequest, Gateway, Kind, Name, Reference, ValuePath};

use super::super::expand::Known;
use crate::deployment::{Referred, absent, references, service_place};
use crate::shared::Shared;
use crate::storage;
use crate::{Error, ErrorKind, Request, Result};

/// The blueprint that a request writes out or names.
pub(super) async fn resolve(
    shared: &Shared,
    operation: &'static str,
    request: DeploymentRequest,
) -> Result<Blueprint> {
    let name = match request {
        DeploymentRequest::Blueprint(blueprint) => return Ok(blueprint),
        DeploymentRequest::Named(name) => name,
    };
    let subject = format!("blueprints/{name}");
    let stored = shared
        .parts
        .artifacts
        .get(Kind::Blueprint.plural(), name.as_str())
        .await
        .map_err(|error| Error::of_store(operation, &subject, error))?;
    let Some(stored) = stored else {
        let problem = absent(name.as_str()).at(["name"]);
        return Err(Error::invalid(operation, &subject, vec![problem]));
    };
    match storage::parse(Kind::Blueprint, name.as_str(), &stored.content)? {
        AnyArtifact::Blueprint(blueprint) => Ok(blueprint),
        _ => Err(Error::new(ErrorKind::Internal, operation, &subject)),
    }
}

pub(super) fn source(request: &Request, blueprint: &Blueprint) -> String {
    let given = request.source.clone();
    given.unwrap_or_else(|| vamp_model::to_json(blueprint))
}

/// What a blueprint refers to, as far as it is stored.
pub(super) async fn look_up(
    shared: &Shared,
    operation: &'static str,
    subject: &str,
    blueprint: &Blueprint,
) -> Result<Referred> {
    let wanted = references(blueprint);
    let store = &shared.parts.artifacts;
    let failed = |error| Error::of_store(operation, subject, error);
    let mut referred = Referred::default();
    for name in wanted.breeds {
        let stored = store
            .get(Kind::Breed.plural(), name.as_str())
            .await
            .map_err(failed)?;
        if let Some(stored) = stored
            && let AnyArtifact::Breed(breed) = storage::parse(Kind::Breed, name.as_str(), &stored.content)?
        {
            referred.breeds.insert(name, breed);
        }
    }
    for name in wanted.scales {
        let stored = store
            .get(Kind::Scale.plural(), name.as_str())
            .await
            .map_err(failed)?;
        if let Some(stored) = stored
            && let AnyArtifact::Scale(scale) = storage::parse(Kind::Scale, name.as_str(), &stored.content)?
        {
            referred.scales.insert(name, scale);
        }
    }
    Ok(referred)
}

/// Puts what the gateways of a blueprint refer to in its place.
pub(super) async fn expand_gateways(
    shared: &Shared,
    operation: &'static str,
    subject: &str,
    blueprint: &mut Blueprint,
) -> Result<()> {
    let mut known = Known::default();
    for (place, gateway) in gateways_of(blueprint) {
        let expanded = known.expand(shared, operation, subject, &*gateway).await;
        *gateway = expanded.map_err(|error| error.below(&place))?;
    }
    Ok(())
}

/// The gateways of a blueprint and of its clusters, with their places.
fn gateways_of(blueprint: &mut Blueprint) -> Vec<(ValuePath, &mut Gateway)> {
    let root = ValuePath::new().key("gateways");
    let mut gateways = Vec::new();
    for (port, gateway) in &mut blueprint.gateways {
        gateways.push((root.clone().key(port.as_str()), &mut gateway.gateway));
    }
    for (name, cluster) in &mut blueprint.clusters {
        let place = ValuePath::new()
            .key("clusters")
            .key(name.as_str())
            .key("gateways");
        for (port, gateway) in &mut cluster.gateways {
            gateways.push((place.clone().key(port.as_str()), gateway));
        }
    }
    gateways
}

/// Where a blueprint names a service, and how.
#[derive(Debug, Clone)]
pub(super) struct Written {
    cluster: Name,
    breed: Name,
    position: usize,
    /// Whether its scale is the default one.
    pub(super) without_scale: bool,
}

impl Written {
    pub(super) fn is(&self, id: &ServiceId) -> bool {
        self.cluster.as_str() == id.cluster && self.breed.as_str() == id.service
    }

    pub(super) fn place(&self) -> ValuePath {
        service_place(&self.cluster, self.position)
    }
}

/// The services that a blueprint names.
pub(super) fn written(blueprint: &Blueprint) -> Vec<Written> {
    let mut services = Vec::new();
    for (cluster, named) in &blueprint.clusters {
        for (position, service) in named.services.iter().enumerate() {
            let breed = match &service.breed {
                Reference::Named(name) => name,
                Reference::Inline(breed) => &breed.name,
            };
            services.push(Written {
                cluster: cluster.clone(),
                breed: breed.clone(),
                position,
                without_scale: service.scale.is_none(),
            });
        }
    }
    services
}
