//! What must fit together in a breed, in the order in which it is told.

use indexmap::IndexSet;

use super::breed::Draft;
use super::context::Context;
use super::values::{self, Trait};
use super::{arguments, dependency, health_check, hint};
use crate::problem::code;
use crate::{Breed, Name, Reference, StrictName, TraitGroup, TraitReference, ValuePart, ValueReference};

pub(super) fn validate(context: &mut Context, draft: &Draft<'_>) {
    values::check_strict_names(context, draft.ports.iter().chain(&draft.constants));
    values::check_names(context, &draft.variables);
    missing_values(context, draft);
    arguments::validate(context, &draft.arguments);
    health_checks(context, draft);
    for entry in draft.ports.iter().chain(&draft.variables).chain(&draft.constants) {
        references(context, draft, entry);
    }
    if let Some(name) = &draft.name {
        dependency::check_recursion(context, &draft.place, name.as_str());
    }
}

/// Ports and constants have a value.
fn missing_values(context: &mut Context, draft: &Draft<'_>) {
    let blocks = [
        (&draft.ports, code::MISSING_PORT_VALUE, "port"),
        (&draft.constants, code::MISSING_CONSTANT_VALUE, "constant"),
    ];
    for (traits, code, what) in blocks {
        for entry in traits.iter().filter(|entry| entry.value.is_none()) {
            let (name, title) = (entry.name, draft.title());
            let message = format!("Missing {what} value for '{name}' and breed '{title}'.");
            context.report(&entry.place, code, message);
        }
    }
}

fn health_checks(context: &mut Context, draft: &Draft<'_>) {
    let checks = draft.health_checks.as_deref();
    if checks.is_none_or(<[_]>::is_empty) {
        return;
    }
    if !draft.knows_all_ports {
        health_check::validate(context, checks, |_| true);
        return;
    }
    let ports: IndexSet<&str> = draft.ports.iter().map(|port| port.name).collect();
    health_check::validate_among(context, checks, &ports);
}

/// Values refer to dependencies, and to what those have.
fn references(context: &mut Context, draft: &Draft<'_>, entry: &Trait<'_>) {
    let Some(text) = entry.value.map(|value| value.source.as_str()) else {
        return;
    };
    if !text.contains('$') {
        return;
    }
    let Some(template) = values::template(context, &entry.place, text) else {
        return;
    };
    // References stand in the text in the order of the parts.
    let mut rest = text;
    for part in template.parts() {
        if let ValuePart::Reference(reference) = part
            && !is_resolved(draft, reference)
            && context.has_room()
        {
            let written = reference.to_string();
            let message = format!(
                "Unresolved reference '{written}' in breed '{}'. Check if breed dependency is declared.",
                draft.title()
            );
            let part = match rest.find(&written) {
                Some(at) => {
                    let (before, behind) = rest.split_at(at + written.len());
                    rest = behind;
                    &before[at..]
                }
                None => text,
            };
            let hint = what_was_meant(draft, reference);
            let code = code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE;
            context.report_inside(&entry.place, part, code, message, hint);
        }
    }
}

/// Whether what is referred to is there, or may be: nothing is known of breeds that are only named.
fn is_resolved(draft: &Draft<'_>, reference: &ValueReference) -> bool {
    let (Some(alias), Some(dependencies)) = (reference.cluster(), &draft.dependencies) else {
        return true;
    };
    match (dependencies.get(alias.as_str()), reference) {
        (None, _) => false,
        (Some(Some(Reference::Inline(breed))), ValueReference::Trait(reference)) => has(breed, reference),
        (Some(_), _) => true,
    }
}

fn has(breed: &Breed, reference: &TraitReference) -> bool {
    let group = reference.known_group();
    group.is_some_and(|group| has_in(breed, group, reference.name.as_str()))
}

fn has_in(breed: &Breed, group: TraitGroup, name: &str) -> bool {
    match group {
        TraitGroup::Ports => breed.ports.contains_key(name),
        TraitGroup::EnvironmentVariables => breed.environment_variables.contains_key(name),
        TraitGroup::Constants => breed.constants.contains_key(name),
        TraitGroup::Hosts => false,
    }
}

/// The nearest thing that exists, or how to make it exist.
fn what_was_meant(draft: &Draft<'_>, reference: &ValueReference) -> Option<String> {
    let alias = reference.cluster()?.as_str();
    let dependencies = draft.dependencies.as_ref()?;
    let Some(dependency) = dependencies.get(alias) else {
        let meant = match hint::nearest(alias, dependencies.keys().copied()) {
            Some(declared) => format!("did you mean the dependency `{declared}`?"),
            None => format!("declare what `{alias}` is under `dependencies`"),
        };
        return Some(meant);
    };
    let (Some(Reference::Inline(breed)), ValueReference::Trait(reference)) = (dependency, reference) else {
        return None;
    };
    nearest_trait(breed, reference).map(|meant| format!("did you mean `{alias}.{meant}`?"))
}

/// The group and name of something that the breed has: of that name in another group, or of a similar name.
fn nearest_trait(breed: &Breed, reference: &TraitReference) -> Option<String> {
    let name = reference.name.as_str();
    let groups = [
        TraitGroup::Ports,
        TraitGroup::EnvironmentVariables,
        TraitGroup::Constants,
    ];
    let same_name = groups.into_iter().find(|group| has_in(breed, *group, name));
    if let Some(group) = same_name {
        return Some(format!("{group}.{name}"));
    }
    let group = reference.known_group()?;
    let similar = match group {
        TraitGroup::Ports => hint::nearest(name, breed.ports.keys().map(StrictName::as_str)),
        TraitGroup::EnvironmentVariables => {
            hint::nearest(name, breed.environment_variables.keys().map(Name::as_str))
        }
        TraitGroup::Constants => hint::nearest(name, breed.constants.keys().map(StrictName::as_str)),
        TraitGroup::Hosts => None,
    };
    similar.map(|similar| format!("{group}.{similar}"))
}
