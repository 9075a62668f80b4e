//! Variables of a Compose file: a list of `NAME=value`, or a mapping.

use super::super::context::Context;
use super::super::place::Place;
use super::service::Draft;
use crate::tree::Value;
use crate::{EnvironmentVariable, ValueReference, ValueTemplate};

pub(super) fn read<'t>(context: &mut Context, place: &Place<'t>, draft: &mut Draft<'t>) {
    match &place.node.value {
        Value::Scalar(scalar) if scalar.is_null() => {}
        Value::Sequence(nodes) => {
            for element in place.elements(nodes) {
                let Some(text) = context.text(&element) else {
                    continue;
                };
                // `NAME` alone takes its value from the surroundings: it is open here.
                match text.split_once('=') {
                    Some((name, value)) => add(context, &element, draft, name, Some(value)),
                    None => add(context, &element, draft, text, None),
                }
            }
        }
        Value::Mapping(mapping) => {
            for (key, entry) in mapping.iter() {
                let place = place.under(key, entry);
                match &entry.node.value {
                    Value::Scalar(scalar) if scalar.is_null() => {
                        add(context, &place, draft, key.as_str(), None);
                    }
                    Value::Scalar(scalar) => {
                        add(context, &place, draft, key.as_str(), Some(scalar.source.as_str()));
                    }
                    Value::Sequence(_) | Value::Mapping(_) => context.wrong_type(&place, "text"),
                }
            }
        }
        Value::Scalar(_) => context.wrong_type(place, "a list of NAME=value, or a mapping"),
    }
}

fn add<'t>(context: &mut Context, place: &Place<'t>, draft: &mut Draft<'t>, name: &str, value: Option<&str>) {
    let Some(name) = super::values::name(context, place, name) else {
        return;
    };
    for reference in value.into_iter().flat_map(local_references) {
        draft.comments.push(format!(
            "Variable {name} of service {} refers to {reference}: Compose takes it from the surroundings, Vamp from the variables \
             and constants of the service.",
            draft.name
        ));
    }
    draft.variables.insert(name.to_string(), place.clone());
    let variable = EnvironmentVariable {
        value: value.map(str::to_owned),
        ..EnvironmentVariable::default()
    };
    draft.breed.environment_variables.insert(name, variable);
}

/// The names in `$NAME` and `${NAME}`.
fn local_references(value: &str) -> Vec<String> {
    let Ok(template) = value.parse::<ValueTemplate>() else {
        return Vec::new();
    };
    template
        .references()
        .filter(|reference| matches!(reference, ValueReference::Local(_)))
        .map(|reference| format!("${{{reference}}}"))
        .collect()
}
