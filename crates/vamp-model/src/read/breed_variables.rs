//! Values that a service or workflow gives to the variables of its breed.

use super::context::Context;
use super::values::Trait;
use super::{breed, hint};
use crate::problem::code;
use crate::{Breed, Name};

/// Checks that every variable has a value, and that the breed declares it.
pub(super) fn check(context: &mut Context, variables: &[Trait<'_>], breed: &Breed) {
    for entry in variables {
        let (name, breed_name) = (entry.name, &breed.name);
        if entry.value.is_none() {
            let message =
                format!("Missing environment variable value for '{name}' in service '{breed_name}.'");
            context.report(&entry.place, code::MISSING_ENVIRONMENT_VARIABLE, message);
        }
        if !breed.environment_variables.contains_key(name) && context.has_room() {
            let title = breed::title(breed_name.as_str(), &breed.deployable.definition);
            let message = format!(
                "Unresolved reference '{name}' in breed '{title}'. Check if breed dependency is declared."
            );
            let declared = breed.environment_variables.keys().map(Name::as_str);
            let hint = match hint::nearest(name, declared) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("'{breed_name}' declares no variable of that name"),
            };
            context.report_with_hint(
                &entry.name_place(),
                code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
                message,
                hint,
            );
        }
    }
}

/// Says of every variable that nobody knows whether the breed declares it.
pub(super) fn leave_open(context: &mut Context, variables: &[Trait<'_>], breed: &str) {
    for entry in variables {
        context.not_checked(&entry.name_place(), || {
            format!("whether breed '{breed}' declares the variable '{}'", entry.name)
        });
    }
}
