//! Arguments of the container runtime.

use super::context::Context;
use super::place::Place;
use crate::Argument;
use crate::problem::code;
use crate::tree::{Plain, Scalar, Value};

/// An argument and where it is written.
#[derive(Debug)]
pub(super) struct ReadArgument<'t> {
    pub(super) argument: Argument,
    place: Place<'t>,
}

/// A list of mappings with one entry each, or one mapping with all entries. What has another shape is reported and left out.
pub(super) fn read<'t>(context: &mut Context, place: Option<Place<'t>>) -> Vec<ReadArgument<'t>> {
    let Some(place) = place else { return Vec::new() };
    let mut arguments = Vec::new();
    match &place.node.value {
        Value::Mapping(_) => entries(context, &place, &mut arguments),
        Value::Sequence(nodes) => {
            for element in place.elements(nodes) {
                if element.mapping().is_some_and(|mapping| mapping.len() == 1) {
                    entries(context, &element, &mut arguments);
                } else {
                    malformed(context, &element);
                }
            }
        }
        Value::Scalar(_) => malformed(context, &place),
    }
    arguments
}

fn entries<'t>(context: &mut Context, place: &Place<'t>, arguments: &mut Vec<ReadArgument<'t>>) {
    for (key, entry) in place.mapping().into_iter().flat_map(|mapping| mapping.iter()) {
        let place = place.key(key, entry.key, &entry.node);
        match &entry.node.value {
            Value::Scalar(scalar) if !scalar.is_null() => arguments.push(ReadArgument {
                argument: Argument {
                    key: key.as_str().to_owned(),
                    value: text(key, scalar),
                },
                place,
            }),
            Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => malformed(context, &place),
        }
    }
}

/// The text of a value. What YAML takes for a truth value is one where a truth value is wanted, however it is spelled.
fn text(key: &str, scalar: &Scalar<'_>) -> String {
    match scalar.plain {
        Plain::Bool(value) if key == Argument::PRIVILEGED => value.to_string(),
        _ => scalar.source.as_str().to_owned(),
    }
}

fn malformed(context: &mut Context, place: &Place<'_>) {
    let message = "Invalid argument - argument must be in form of 'key: value'.";
    let hint = format!("expected one key with a text, found {}", place.describe());
    context.report_with_hint(place, code::INVALID_ARGUMENT, message, hint);
}

/// Checks the values of arguments that have a meaning here.
pub(super) fn validate(context: &mut Context, arguments: &[ReadArgument<'_>]) {
    for ReadArgument { argument, place } in arguments {
        if !argument.has_valid_value() {
            let Argument { key, value } = argument;
            let message = format!("Argument {key} has an invalid value: {value}.");
            let hint = "it is `true` or `false`".to_owned();
            context.report_with_hint(place, code::INVALID_ARGUMENT_VALUE, message, hint);
        }
    }
}

/// The arguments without their places.
pub(super) fn plain(arguments: Vec<ReadArgument<'_>>) -> Vec<Argument> {
    arguments.into_iter().map(|read| read.argument).collect()
}
