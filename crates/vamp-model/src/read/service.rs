//! Services of a blueprint.

use indexmap::IndexMap;

use super::arguments::{self, ReadArgument};
use super::context::Context;
use super::fields::Fields;
use super::health_check::{self, ReadCheck};
use super::place::Place;
use super::values::{self, Trait};
use super::{breed, dependency, deployment, dialects, reference, scale};
use crate::tree::Value;
use crate::{Breed, Dialects, Health, Kind, Name, Reference, Scale, Service};

/// A service as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct ReadService<'t> {
    pub(super) breed_place: Option<Place<'t>>,
    pub(super) breed: Option<Reference<Breed>>,
    /// The breed that is only named, where others know it.
    found: Option<Box<Breed>>,
    pub(super) variables: Vec<Trait<'t>>,
    pub(super) arguments: Vec<ReadArgument<'t>>,
    pub(super) health_checks: Option<Vec<ReadCheck<'t>>>,
    values: IndexMap<Name, Option<String>>,
    scale: Option<Reference<Scale>>,
    network: Option<String>,
    dialects: Dialects,
    health: Option<Health>,
}

impl<'t> ReadService<'t> {
    /// The breed, when it is written out and could be read.
    pub(super) fn inline(&self) -> Option<&Breed> {
        self.breed.as_ref().and_then(Reference::inline)
    }

    /// The breed, when it is written out, or when others know it.
    pub(super) fn known_breed(&self) -> Option<&Breed> {
        self.inline().or(self.found.as_deref())
    }

    /// The name of the breed, when one is written.
    pub(super) fn breed_name(&self) -> Option<&str> {
        match &self.breed {
            Some(Reference::Named(name) | Reference::Inline(Breed { name, .. })) => Some(name.as_str()),
            None => dependency::written_name(self.breed_place.as_ref()?),
        }
    }

    fn with_breed(context: &mut Context, place: Place<'t>, breed: Option<Reference<Breed>>) -> Self {
        let found = match &breed {
            Some(Reference::Named(name)) => context.known_breed(name).map(Box::new),
            Some(Reference::Inline(breed)) => {
                context.define(Kind::Breed, &breed.name);
                None
            }
            None => None,
        };
        Self {
            breed_place: Some(place),
            breed,
            found,
            ..Self::default()
        }
    }

    pub(super) fn into_service(self) -> Option<Service> {
        Some(Service {
            breed: self.breed?,
            environment_variables: self.values,
            scale: self.scale,
            arguments: arguments::plain(self.arguments),
            health_checks: health_check::plain(self.health_checks),
            network: self.network,
            dialects: self.dialects,
            health: self.health,
        })
    }
}

/// Services in a list, or a single one in any of its forms.
pub(super) fn read_all<'t>(context: &mut Context, place: &Place<'t>) -> Vec<ReadService<'t>> {
    match &place.node.value {
        Value::Sequence(nodes) => place
            .elements(nodes)
            .map(|element| of_any_form(context, &element))
            .collect(),
        _ => vec![of_any_form(context, place)],
    }
}

/// A breed's name, a breed, or a service written out.
fn of_any_form<'t>(context: &mut Context, place: &Place<'t>) -> ReadService<'t> {
    match &place.node.value {
        Value::Scalar(scalar) if !scalar.is_null() => {
            let breed = breed::reference(context, place);
            ReadService::with_breed(context, place.clone(), breed)
        }
        Value::Mapping(mapping) => {
            let mut fields = Fields::of_mapping(place.clone(), mapping);
            let service = of_fields(context, &mut fields);
            fields.finish(context);
            service
        }
        Value::Scalar(_) | Value::Sequence(_) => {
            context.wrong_type(place, "a service: a breed's name, or a mapping");
            ReadService::default()
        }
    }
}

/// The service that a mapping is: a breed, where it has a `name` but no `breed`, else a service written out. The caller has taken
/// out whatever else the mapping says.
pub(super) fn of_fields<'t>(context: &mut Context, fields: &mut Fields<'t>) -> ReadService<'t> {
    if !fields.has("breed") && fields.has("name") {
        let place = fields.place.clone();
        let breed = breed::of_fields(context, fields).map(Reference::Inline);
        return ReadService::with_breed(context, place, breed);
    }
    written_out(context, fields)
}

/// The fields of a service. Its breed may also be named by `reference` or `ref` beside them.
fn written_out<'t>(context: &mut Context, fields: &mut Fields<'t>) -> ReadService<'t> {
    let named = match fields.get("breed") {
        Some(place) => Some((breed::reference(context, &place), place)),
        None => fields.get_reference().map(|place| {
            let name = reference::by_text(context, &place, Kind::Breed);
            (name.map(Reference::Named), place)
        }),
    };
    let mut service = match named {
        Some((breed, place)) => ReadService::with_breed(context, place, breed),
        None => {
            context.missing(&fields.place, "breed");
            ReadService::default()
        }
    };
    let variables = fields.get_variables(context);
    service.variables = values::traits(context, variables);
    service.values = values::variables(context, &service.variables)
        .into_iter()
        .map(|(name, variable)| (name, variable.value))
        .collect();
    service.scale = fields
        .get("scale")
        .and_then(|place| scale::reference(context, &place));
    let arguments = fields.get("arguments");
    service.arguments = arguments::read(context, arguments);
    let checks = fields.get("health_checks");
    service.health_checks = health_check::read(context, checks);
    service.network = values::network(context, fields);
    service.dialects = dialects::read_with_legacy(context, fields);
    service.health = fields
        .get("health")
        .and_then(|place| deployment::health(context, &place));
    service
}
