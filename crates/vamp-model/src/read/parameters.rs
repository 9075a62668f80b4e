//! What SLAs and escalations of other types say.

use super::context::Context;
use super::fields::Fields;
use crate::Metadata;

/// What an SLA or escalation of a type that is not known here says: everything that is not asked for, and the entries of
/// `parameters`, under which it is printed.
pub(super) fn read(context: &mut Context, fields: &mut Fields<'_>) -> Metadata {
    const TOO_DEEP: &str = "Parameters have";
    let mut parameters = match fields.get("parameters") {
        Some(place) if place.mapping().is_some() => match context.free_form(&place, TOO_DEEP) {
            Some(serde_json::Value::Object(entries)) => entries,
            _ => Metadata::new(),
        },
        Some(place) => {
            let value = context.free_form(&place, TOO_DEEP);
            value
                .map(|value| ("parameters".to_owned(), value))
                .into_iter()
                .collect()
        }
        None => Metadata::new(),
    };
    for (key, place) in fields.rest() {
        if let Some(value) = context.free_form(&place, TOO_DEEP) {
            parameters.insert(key.to_owned(), value);
        }
    }
    parameters
}
