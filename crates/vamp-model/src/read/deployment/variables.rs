//! The variables of a deployment, by full name.

use indexmap::IndexMap;

use super::super::context::Context;
use super::super::fields::Fields;
use super::super::place::Place;
use super::super::values;
use super::elements;
use crate::tree::Value;
use crate::{EnvironmentVariable, Name, TraitGroup};

/// A mapping as the API prints it, or a list as it is stored.
pub(super) fn read(context: &mut Context, place: Option<Place<'_>>) -> IndexMap<String, EnvironmentVariable> {
    let is_list = |place: &Place<'_>| matches!(place.node.value, Value::Sequence(_));
    if place.as_ref().is_some_and(is_list) {
        return elements(context, place)
            .into_iter()
            .filter_map(|element| stored(context, &element))
            .collect();
    }
    let traits = values::traits(context, place);
    let printed = traits.into_iter().map(|entry| {
        let variable = EnvironmentVariable {
            alias: entry.alias.map(str::to_owned),
            value: entry.value.map(|value| value.source.as_str().to_owned()),
            interpolated: None,
        };
        (full_name(entry.name), variable)
    });
    printed.collect()
}

/// `cluster.VAR` becomes `cluster.environment_variables.VAR`. Full names and names without a dot stay.
fn full_name(name: &str) -> String {
    let Some((cluster, rest)) = name.split_once('.') else {
        return name.to_owned();
    };
    let group = rest.split_once('.').map(|(group, _)| group);
    if group.is_some_and(|group| group.parse::<TraitGroup>().is_ok()) {
        return name.to_owned();
    }
    format!("{cluster}.{}.{rest}", TraitGroup::EnvironmentVariables)
}

/// The variables of a service: a mapping as the API prints it, or a list as it is stored.
pub(super) fn of_service(
    context: &mut Context,
    place: Option<Place<'_>>,
) -> IndexMap<Name, EnvironmentVariable> {
    let is_list = |place: &Place<'_>| matches!(place.node.value, Value::Sequence(_));
    if !place.as_ref().is_some_and(is_list) {
        let traits = values::traits(context, place);
        return values::variables(context, &traits);
    }
    elements(context, place)
        .into_iter()
        .filter_map(|element| {
            let (name, variable) = stored(context, &element)?;
            Some((values::name(context, &element, &name)?, variable))
        })
        .collect()
}

fn stored(context: &mut Context, place: &Place<'_>) -> Option<(String, EnvironmentVariable)> {
    let mut fields = Fields::of(context, place)?;
    let name = fields
        .required(context, "name")
        .and_then(|place| context.text(&place).map(str::to_owned));
    let mut text = |key| {
        let place = fields.get(key)?;
        context.text(&place).map(str::to_owned)
    };
    let variable = EnvironmentVariable {
        alias: text("alias"),
        value: text("value"),
        interpolated: text("interpolated"),
    };
    fields.finish(context);
    Some((name?, variable))
}
