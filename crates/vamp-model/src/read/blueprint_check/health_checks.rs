//! Health checks of clusters and services.

use super::super::context::Context;
use super::super::health_check::{self, ReadCheck};
use super::super::hint;
use super::super::service::ReadService;
use super::clusters::{Answer, Clusters};
use crate::{StrictName, TraitGroup};

/// Health checks ask ports that exist: a cluster's one of any of its breeds, a service's one of its own breed.
pub(super) fn ports(context: &mut Context, clusters: &Clusters<'_, '_>) {
    for (name, cluster, traits) in clusters.iter() {
        let checks = cluster.health_checks.as_deref();
        let answer = |port: &str| traits.has(TraitGroup::Ports, port);
        let nearest = |port: &str| did_you_mean(traits.nearest(TraitGroup::Ports, port));
        health_check::validate_with(context, checks, |port| answer(port) != Answer::No, nearest);
        let open = |port: &&str| answer(port) == Answer::Open;
        leave_open(context, checks, open, |port| {
            format!("whether a breed of cluster '{name}' has the port '{port}'")
        });
    }
    let services = clusters
        .draft
        .clusters
        .values()
        .flat_map(|cluster| &cluster.services);
    for service in services {
        of_service(context, service);
    }
}

fn of_service(context: &mut Context, service: &ReadService<'_>) {
    let checks = service.health_checks.as_deref();
    if let Some(breed) = service.known_breed() {
        let ports = || breed.ports.keys().map(StrictName::as_str);
        let nearest = |port: &str| did_you_mean(hint::nearest(port, ports()));
        health_check::validate_with(context, checks, |port| breed.ports.contains_key(port), nearest);
        return;
    }
    health_check::validate(context, checks, |_| true);
    if let Some(breed) = service.breed_name() {
        leave_open(
            context,
            checks,
            |_| true,
            |port| format!("whether breed '{breed}' has the port '{port}'"),
        );
    }
}

fn did_you_mean(nearest: Option<&str>) -> Option<String> {
    nearest.map(|nearest| format!("did you mean `{nearest}`?"))
}

fn leave_open(
    context: &mut Context,
    checks: Option<&[ReadCheck<'_>]>,
    is_open: impl Fn(&&str) -> bool,
    what: impl Fn(&str) -> String,
) {
    for (port, place) in health_check::ports(checks).filter(|(port, _)| is_open(port)) {
        context.not_checked(place, || what(port));
    }
}
