//! The services of a blueprint and their breeds.

use std::collections::{BTreeSet, HashMap};

use super::super::context::Context;
use super::super::draft::Draft;
use super::super::place::Place;
use super::super::service::ReadService;
use super::super::{arguments, dependency};
use crate::problem::code;

fn services<'d, 't>(draft: &'d Draft<'t>) -> impl Iterator<Item = &'d ReadService<'t>> {
    draft.clusters.values().flat_map(|cluster| &cluster.services)
}

fn knows_all_services(draft: &Draft<'_>) -> bool {
    draft.knows_all_clusters && draft.clusters.values().all(|cluster| cluster.knows_all_services)
}

pub(super) fn at_least_one(context: &mut Context, draft: &Draft<'_>) {
    if knows_all_services(draft) && services(draft).next().is_none() {
        context.report(&draft.place, code::NO_SERVICE, "Expected at least one service.");
    }
}

pub(super) fn arguments(context: &mut Context, draft: &Draft<'_>) {
    for service in services(draft) {
        arguments::validate(context, &service.arguments);
    }
}

/// A breed serves once in a blueprint.
pub(super) fn used_once(context: &mut Context, draft: &Draft<'_>) {
    let mut seen: HashMap<&str, &Place<'_>> = HashMap::new();
    for service in services(draft) {
        let (Some(name), Some(place)) = (service.breed_name(), &service.breed_place) else {
            continue;
        };
        if let Some(first) = seen.get(name) {
            let message = format!("Multiple references for breed: '{name}'.");
            let hint = format!("the first one is `{}`", first.path());
            context.report_with_hint(place, code::NON_UNIQUE_BLUEPRINT_BREED_REFERENCE, message, hint);
        } else {
            seen.insert(name, place);
        }
    }
}

/// What the breeds need is in the blueprint.
pub(super) fn dependencies(context: &mut Context, draft: &Draft<'_>) {
    let names: Option<BTreeSet<&str>> = services(draft).map(ReadService::breed_name).collect();
    let Some(names) = names.filter(|_| knows_all_services(draft)) else {
        return;
    };
    for service in services(draft) {
        let (Some(place), Some(name)) = (&service.breed_place, service.breed_name()) else {
            continue;
        };
        match service.known_breed() {
            Some(breed) => dependency::check_presence(context, place, breed, &names),
            None => context.not_checked(place, || {
                format!("whether the breeds that '{name}' needs are in the blueprint")
            }),
        }
    }
}
