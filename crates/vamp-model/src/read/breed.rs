use indexmap::IndexMap;

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::values::{self, Trait};
use super::{Position, health_check};
use crate::problem::code;
use crate::tree::Value;
use crate::{Breed, Deployable, Kind, Port, Reference, StrictName};

pub(super) fn read(context: &mut Context, place: &Place<'_>, position: Position) -> Option<Breed> {
    let mut fields = Fields::of(context, place)?;
    if position == Position::TopLevel {
        fields.ignore(&["lookup_name"]);
    }
    let deployable = deployable(context, &mut fields);
    fields.not_yet(context, "dependencies");
    let name = fields
        .required(context, "name")
        .and_then(|place| values::named(context, &place));
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let ports = fields.get("ports");
    let ports = values::traits(context, ports);
    let variables = fields.get_aliased("environment_variables", "env");
    let variables = values::traits(context, variables);
    fields.not_yet(context, "constants");
    fields.not_yet(context, "arguments");
    let checks = fields.get("health_checks");
    let checks = health_check::read(context, checks);

    let ports = read_ports(context, name.as_ref().map_or("", |name| name.as_str()), &ports);
    let variables = values::variables(context, &variables);
    if let Some(ports) = &ports {
        health_check::validate(context, checks.as_deref(), |port| ports.contains_key(port));
    }
    fields.check_kind(context, &[Kind::Breed]);
    fields.finish(context);
    Some(Breed {
        name: name?,
        metadata,
        deployable: deployable?,
        ports: ports?,
        environment_variables: variables,
        constants: IndexMap::new(),
        arguments: Vec::new(),
        dependencies: IndexMap::new(),
        health_checks: health_check::plain(checks),
    })
}

/// A breed by name, or written out.
pub(super) fn reference(context: &mut Context, place: &Place<'_>) -> Option<Reference<Breed>> {
    match &place.node.value {
        Value::Scalar(_) => values::named(context, place).map(Reference::Named),
        Value::Mapping(mapping) if mapping.contains_key("reference") || mapping.contains_key("ref") => {
            let mut fields = Fields::of_mapping(place.clone(), mapping);
            let name = fields
                .get_aliased("reference", "ref")
                .and_then(|place| values::named(context, &place));
            fields.finish(context);
            name.map(Reference::Named)
        }
        Value::Mapping(_) => read(context, place, Position::Inline).map(Reference::Inline),
        Value::Sequence(_) => {
            context.wrong_type(place, "the name of a breed, or a breed");
            None
        }
    }
}

fn deployable(context: &mut Context, fields: &mut Fields<'_>) -> Option<Deployable> {
    const DEFINITION: &str = "deployable/definition";
    let Some(place) = fields.get("deployable") else {
        context.missing(&fields.place, DEFINITION);
        return None;
    };
    match &place.node.value {
        Value::Scalar(scalar) => Some(Deployable {
            kind: None,
            definition: scalar.source.as_str().to_owned(),
        }),
        Value::Mapping(mapping) => {
            let mut inner = Fields::of_mapping(place.clone(), mapping);
            let kind = inner
                .get("type")
                .and_then(|place| context.text(&place).map(str::to_owned));
            let definition = inner.get("definition");
            if definition.is_none() {
                context.missing(&place, DEFINITION);
            }
            let definition = definition.and_then(|place| context.text(&place).map(str::to_owned));
            inner.finish(context);
            Some(Deployable {
                kind,
                definition: definition?,
            })
        }
        Value::Sequence(_) => {
            let message = "Can't find a nested element for path 'deployable'.";
            context.report(&place, code::UNEXPECTED_INNER_ELEMENT, message);
            None
        }
    }
}

/// Ports by name; `None` where one of them could not be read, so that nobody calls it unknown.
fn read_ports(
    context: &mut Context,
    breed: &str,
    traits: &[Trait<'_>],
) -> Option<IndexMap<StrictName, Port>> {
    let before = context.count();
    let names: Vec<Option<StrictName>> = traits
        .iter()
        .map(|entry| values::strict_name(context, &entry.place, entry.name))
        .collect();
    let mut ports = IndexMap::with_capacity(traits.len());
    for (entry, name) in traits.iter().zip(names) {
        let Some(value) = entry.value else {
            let message = format!("No value for port '{}' of breed '{breed}'.", entry.name);
            context.report(&entry.place, code::MISSING_PORT_VALUE, message);
            continue;
        };
        let port = values::port(context, &entry.place, value);
        if let (Some(name), Some(port)) = (name, port) {
            ports.insert(name, port);
        }
    }
    (context.count() == before).then_some(ports)
}
