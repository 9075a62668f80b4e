use indexmap::IndexMap;

use super::context::Context;
use super::escalation::ScaledClusters;
use super::fields::Fields;
use super::health_check::{self, ReadCheck};
use super::place::Place;
use super::values::{self, Trait};
use super::{breed, breed_check, scale, sla};
use crate::tree::Value;
use crate::{Breed, Cluster, Metadata, Name, Reference, Scale, Service, SlaReference};

/// A cluster as far as it could be read.
#[derive(Debug)]
pub(super) struct ReadCluster<'t> {
    pub(super) place: Place<'t>,
    pub(super) services: Vec<ReadService<'t>>,
    pub(super) health_checks: Option<Vec<ReadCheck<'t>>>,
    metadata: Metadata,
    sla: Option<SlaReference>,
    pub(super) scaled: ScaledClusters<'t>,
    /// Whether something of the cluster could not be read.
    incomplete: bool,
}

/// A service as far as it could be read.
#[derive(Debug)]
pub(super) struct ReadService<'t> {
    pub(super) breed_place: Option<Place<'t>>,
    pub(super) breed: Option<Reference<Breed>>,
    pub(super) variables: Vec<Trait<'t>>,
    pub(super) health_checks: Option<Vec<ReadCheck<'t>>>,
    values: IndexMap<Name, Option<String>>,
    scale: Option<Reference<Scale>>,
}

impl<'t> ReadService<'t> {
    /// The breed, when it is written out and could be read.
    pub(super) fn inline(&self) -> Option<&Breed> {
        self.breed.as_ref().and_then(Reference::inline)
    }
}

impl<'t> ReadCluster<'t> {
    /// Whether any breed of the cluster is known by name only, so that nothing can be said against a name.
    pub(super) fn has_unknown_breeds(&self) -> bool {
        self.incomplete || self.services.iter().any(|service| service.inline().is_none())
    }

    /// Whether a breed of the cluster has the port, or might have it.
    pub(super) fn may_have_port(&self, port: &str) -> bool {
        self.has_unknown_breeds() || self.inline_breeds().any(|breed| breed.ports.contains_key(port))
    }

    /// Whether a breed of the cluster declares the variable, or might do so.
    pub(super) fn may_have_variable(&self, name: &str) -> bool {
        self.has_unknown_breeds()
            || self
                .inline_breeds()
                .any(|breed| breed.environment_variables.contains_key(name))
    }

    fn inline_breeds(&self) -> impl Iterator<Item = &Breed> {
        self.services.iter().filter_map(ReadService::inline)
    }

    pub(super) fn into_cluster(self) -> Option<Cluster> {
        let services = self
            .services
            .into_iter()
            .map(|service| {
                Some(Service {
                    breed: service.breed?,
                    environment_variables: service.values,
                    scale: service.scale,
                    health_checks: health_check::plain(service.health_checks),
                    arguments: Vec::new(),
                    network: None,
                    dialects: crate::Dialects::new(),
                    health: None,
                })
            })
            .collect::<Option<Vec<Service>>>()?;
        Some(Cluster {
            metadata: self.metadata,
            services,
            health_checks: health_check::plain(self.health_checks),
            gateways: IndexMap::new(),
            network: None,
            sla: self.sla,
            dialects: crate::Dialects::new(),
        })
    }
}

/// A cluster in any of its forms: a breed's name, a list of services, one service, or written out.
pub(super) fn read<'t>(context: &mut Context, place: &Place<'t>) -> ReadCluster<'t> {
    let before = context.count();
    let mut cluster = ReadCluster {
        place: place.clone(),
        services: Vec::new(),
        health_checks: None,
        metadata: Metadata::new(),
        sla: None,
        scaled: ScaledClusters::default(),
        incomplete: false,
    };
    match &place.node.value {
        Value::Scalar(scalar) if matches!(scalar.plain, crate::tree::Plain::Text) => {
            cluster.services = services(context, place);
        }
        Value::Sequence(_) => cluster.services = services(context, place),
        Value::Mapping(mapping) => {
            let mut fields = Fields::of_mapping(place.clone(), mapping);
            let sla = fields.get("sla");
            cluster.sla = sla.and_then(|place| sla::of_cluster(context, &place, &mut cluster.scaled));
            fields.not_yet(context, "gateways");
            match fields.get("services") {
                Some(place) => {
                    cluster.services = services(context, &place);
                    let metadata = fields.get("metadata");
                    cluster.metadata = context.metadata(metadata);
                    let checks = fields.get("health_checks");
                    cluster.health_checks = health_check::read(context, checks);
                    for key in ["network", "dialects", "dialect"] {
                        fields.not_yet(context, key);
                    }
                }
                None => cluster.services = vec![service(context, &mut fields)],
            }
            fields.finish(context);
        }
        Value::Scalar(_) => context.wrong_type(place, "a cluster: a breed's name, services, or a mapping"),
    }
    cluster.incomplete = context.count() != before;
    cluster
}

fn services<'t>(context: &mut Context, place: &Place<'t>) -> Vec<ReadService<'t>> {
    match &place.node.value {
        Value::Sequence(nodes) => place
            .elements(nodes)
            .map(|element| service_of_any_form(context, &element))
            .collect(),
        _ => vec![service_of_any_form(context, place)],
    }
}

fn service_of_any_form<'t>(context: &mut Context, place: &Place<'t>) -> ReadService<'t> {
    match &place.node.value {
        Value::Scalar(scalar) if !scalar.is_null() => only_breed(context, place),
        Value::Mapping(mapping) => {
            let mut fields = Fields::of_mapping(place.clone(), mapping);
            if !fields.has("breed") && fields.has("name") {
                return only_breed(context, place);
            }
            let service = service(context, &mut fields);
            fields.finish(context);
            service
        }
        Value::Scalar(_) | Value::Sequence(_) => {
            context.wrong_type(place, "a service: a breed's name, or a mapping");
            ReadService::default()
        }
    }
}

impl Default for ReadService<'_> {
    fn default() -> Self {
        Self {
            breed_place: None,
            breed: None,
            variables: Vec::new(),
            health_checks: None,
            values: IndexMap::new(),
            scale: None,
        }
    }
}

/// A service that is nothing but its breed.
fn only_breed<'t>(context: &mut Context, place: &Place<'t>) -> ReadService<'t> {
    ReadService {
        breed_place: Some(place.clone()),
        breed: breed::reference(context, place),
        ..ReadService::default()
    }
}

/// The fields of a service. Its breed may also be named by `reference` or `ref` beside them.
fn service<'t>(context: &mut Context, fields: &mut Fields<'t>) -> ReadService<'t> {
    let named = match fields.get("breed") {
        Some(place) => Some((breed::reference(context, &place), place)),
        None => fields
            .get_aliased("reference", "ref")
            .map(|place| (values::named(context, &place).map(Reference::Named), place)),
    };
    if named.is_none() {
        context.missing(&fields.place, "breed");
    }
    let (breed, breed_place) = named.map_or((None, None), |(breed, place)| (breed, Some(place)));
    let variables = fields.get_variables(context);
    let variables = values::traits(context, variables);
    let scale = fields
        .get("scale")
        .and_then(|place| scale::reference(context, &place));
    fields.not_yet(context, "arguments");
    let checks = fields.get("health_checks");
    let health_checks = health_check::read(context, checks);
    if let Some(place) = fields.get("health") {
        health(context, &place);
    }
    for key in ["network", "dialects", "dialect"] {
        fields.not_yet(context, key);
    }
    let values = values::variables(context, &variables)
        .into_iter()
        .map(|(name, variable)| (name, variable.value))
        .collect();
    ReadService {
        breed_place,
        breed,
        variables,
        health_checks,
        values,
        scale,
    }
}

/// Counts of instances are what a platform tells; a blueprint made of a deployment may carry them.
fn health(context: &mut Context, place: &Place<'_>) {
    let _ = super::deployment::health(context, place);
}

/// Checks the values of a service's variables against its breed.
pub(super) fn check_variables(context: &mut Context, service: &ReadService<'_>) {
    if let Some(breed) = service.inline() {
        breed_check::check_variables(context, breed, &service.variables);
    }
}
