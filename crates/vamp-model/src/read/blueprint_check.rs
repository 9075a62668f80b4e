//! What must fit together in a blueprint, in the order in which it is told.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::blueprint::Draft;
use super::cluster;
use super::context::Context;
use super::place::Place;
use super::{dependency, gateway_check, health_check, values};
use crate::problem::code;
use crate::{ClusterVariable, Reference};

pub(super) fn validate(context: &mut Context, draft: &Draft<'_>) {
    cluster_names(context, draft);
    gateway_routes(context, draft);
    variables(context, draft);
    for entry in &draft.gateways {
        if let Some(read) = &entry.read {
            gateway_check::conditions(context, read, &entry.port, ToString::to_string);
        }
    }
    gateway_ports(context, draft);
    at_least_one_service(context, draft);
    unique_breeds(context, draft);
    for service in draft.clusters.values().flat_map(|cluster| &cluster.services) {
        cluster::check_variables(context, service);
    }
    health_checks(context, draft);
}

fn cluster_names(context: &mut Context, draft: &Draft<'_>) {
    for (name, cluster) in &draft.clusters {
        values::name(context, &cluster.place, name);
    }
}

/// Routes of gateways lead to `cluster/port`.
fn gateway_routes(context: &mut Context, draft: &Draft<'_>) {
    for entry in &draft.gateways {
        for (path, place) in entry.read.iter().flat_map(|read| &read.routes) {
            let segments: Vec<&str> = path.segments().iter().map(String::as_str).collect();
            let (name, resolved) = match segments.as_slice() {
                [cluster, port] => {
                    let resolved = match draft.clusters.get(cluster) {
                        Some(cluster) => cluster.may_have_port(port),
                        None => false,
                    };
                    (format!("{cluster}.{port}"), resolved)
                }
                _ => (path.source().to_owned(), false),
            };
            if !resolved {
                let message = format!(
                    "Gateway port '{name} -> {}' cannot be resolved. Check if referenced cluster exists and if it \
                     has any breed with referenced port name.",
                    entry.port
                );
                context.report_with_hint(
                    &place.route,
                    code::UNRESOLVED_GATEWAY_PORT,
                    message,
                    "a route of a blueprint's gateway leads to `cluster/port`".to_owned(),
                );
            }
        }
    }
}

/// Variables belong to a cluster one of whose breeds declares them.
fn variables(context: &mut Context, draft: &Draft<'_>) {
    for entry in &draft.variables {
        let variable = entry.name.parse::<ClusterVariable>().ok();
        let resolved = variable.as_ref().is_some_and(|variable| {
            draft
                .clusters
                .get(variable.cluster.as_str())
                .is_some_and(|cluster| cluster.may_have_variable(variable.variable.as_str()))
        });
        if !resolved {
            let name = variable.map_or_else(|| entry.name.to_owned(), |variable| variable.to_string());
            let value = entry.value.map_or("", |value| value.source.as_str());
            let message = format!(
                "Parameter '{name} -> {value}' cannot be resolved. Check if cluster exists and if it has any breed \
                 with an environment variable referable by {name}."
            );
            context.report(
                &entry.name_place(),
                code::UNRESOLVED_ENVIRONMENT_VARIABLE,
                message,
            );
        }
    }
}

/// No two gateways have the same port number; ports to be assigned do not count.
fn gateway_ports(context: &mut Context, draft: &Draft<'_>) {
    let mut numbers = HashSet::new();
    let mut names = HashSet::new();
    for entry in &draft.gateways {
        let number = entry.port.number();
        let same_number = entry.port.is_assigned() && !numbers.insert(number);
        if same_number || !names.insert(entry.name.as_str()) {
            let message = format!("Duplicate gateway port: '{number}'.");
            context.report(&entry.place, code::DUPLICATE_GATEWAY_PORT, message);
        }
    }
}

fn at_least_one_service(context: &mut Context, draft: &Draft<'_>) {
    let none = draft.clusters.values().all(|cluster| cluster.services.is_empty());
    if none && !draft.clusters_incomplete {
        context.report(&draft.place, code::NO_SERVICE, "Expected at least one service.");
    }
}

/// A breed serves once in a blueprint.
fn unique_breeds(context: &mut Context, draft: &Draft<'_>) {
    let mut seen: HashMap<&str, &Place<'_>> = HashMap::new();
    for service in draft.clusters.values().flat_map(|cluster| &cluster.services) {
        let (Some(breed), Some(place)) = (&service.breed, &service.breed_place) else {
            continue;
        };
        let name = match breed {
            Reference::Named(name) => name.as_str(),
            Reference::Inline(breed) => breed.name.as_str(),
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

/// What the breeds need is in the blueprint. Deployment requests may leave it to what is deployed already.
pub(super) fn dependencies(context: &mut Context, draft: &Draft<'_>) {
    let services = || draft.clusters.values().flat_map(|cluster| &cluster.services);
    let names: Option<BTreeSet<&str>> = services()
        .map(|service| match service.breed.as_ref()? {
            Reference::Named(name) => Some(name.as_str()),
            Reference::Inline(breed) => Some(breed.name.as_str()),
        })
        .collect();
    let Some(names) = names.filter(|_| !draft.clusters_incomplete) else {
        return;
    };
    for service in services() {
        if let (Some(breed), Some(place)) = (service.inline(), &service.breed_place) {
            dependency::check_presence(context, place, breed, &names);
        }
    }
}

/// Health checks ask ports that exist: a cluster's any port of its breeds, a service's one of its own breed.
fn health_checks(context: &mut Context, draft: &Draft<'_>) {
    for cluster in draft.clusters.values() {
        health_check::validate(context, cluster.health_checks.as_deref(), |port| {
            cluster.may_have_port(port)
        });
    }
    for service in draft.clusters.values().flat_map(|cluster| &cluster.services) {
        health_check::validate(context, service.health_checks.as_deref(), |port| {
            service
                .inline()
                .is_none_or(|breed| breed.ports.contains_key(port))
        });
    }
}
