//! Services of a deployment.

use super::super::Origin;
use super::super::context::Context;
use super::super::fields::Fields;
use super::super::place::Place;
use super::super::{Position, arguments, breed, dialects, health_check, scale, values};
use super::{instance, status, texts, variables};
use crate::tree::{Mapping, Value};
use crate::{Argument, DeploymentService};

pub(super) fn read(context: &mut Context, place: &Place<'_>, origin: Origin) -> Option<DeploymentService> {
    let mut fields = Fields::of(context, place)?;
    let status = status::read(context, &mut fields, origin);
    let breed = fields.required(context, "breed").and_then(|place| {
        is_written_out(context, &place, "a breed written out")
            .then(|| breed::read(context, &place, Position::Inline))
            .flatten()
    });
    let written = fields.get_variables(context);
    let environment_variables = variables::of_service(context, written);
    let scale = fields.get("scale").map(|place| {
        is_written_out(context, &place, "a scale written out")
            .then(|| scale::read(context, &place, Position::Inline))
            .flatten()
    });
    let instances = fields.get("instances");
    let instances = instance::read_all(context, instances);
    let arguments = fields
        .get("arguments")
        .map_or_else(Vec::new, |place| arguments_of(context, place));
    let checks = fields.get("health_checks");
    let checks = health_check::read(context, checks);
    health_check::validate(context, checks.as_deref(), |_| true);
    let network = values::network(context, &mut fields);
    let dependencies = fields.get("dependencies");
    let dependencies = texts(context, dependencies);
    let dialects = dialects::read_with_legacy(context, &mut fields);
    let health = fields
        .get("health")
        .and_then(|place| instance::health(context, &place));
    fields.finish(context);
    Some(DeploymentService {
        status: status?,
        breed: breed?,
        environment_variables,
        // One that could not be read has been reported.
        scale: scale.flatten(),
        arguments,
        network,
        dependencies,
        dialects,
        instances,
        health_checks: health_check::plain(checks),
        health,
    })
}

/// Whether an artifact is more than a name, or a report that it is not.
fn is_written_out(context: &mut Context, place: &Place<'_>, expected: &str) -> bool {
    let by_name = |mapping: &Mapping<'_>| mapping.contains_key("reference") || mapping.contains_key("ref");
    let is_written_out = place.mapping().is_some_and(|mapping| !by_name(mapping));
    if !is_written_out {
        context.wrong_type(place, expected);
    }
    is_written_out
}

/// The effective arguments, which are always a list.
fn arguments_of(context: &mut Context, place: Place<'_>) -> Vec<Argument> {
    if !matches!(place.node.value, Value::Sequence(_)) {
        context.wrong_type(&place, "a list");
        return Vec::new();
    }
    let arguments = arguments::read(context, Some(place));
    arguments::validate(context, &arguments);
    arguments::plain(arguments)
}
