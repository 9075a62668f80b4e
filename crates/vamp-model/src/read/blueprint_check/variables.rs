//! Variables of a blueprint and of its services.

use super::super::breed_variables;
use super::super::context::Context;
use super::super::draft::Draft;
use super::super::place::Place;
use super::super::values::Trait;
use super::clusters::{Answer, Clusters};
use crate::problem::code;
use crate::{ClusterVariable, TraitGroup};

/// Variables belong to a cluster one of whose breeds declares them.
pub(super) fn of_blueprint(context: &mut Context, clusters: &Clusters<'_, '_>) {
    for entry in &clusters.draft.variables {
        let Ok(variable) = entry.name.parse::<ClusterVariable>() else {
            let hint = "the variable of a cluster is written `cluster.VARIABLE`".to_owned();
            unresolved(context, &entry.place, entry.name, text_of(entry), Some(hint));
            continue;
        };
        let (cluster, name) = (variable.cluster.as_str(), variable.variable.as_str());
        let Some(traits) = clusters.traits(cluster) else {
            if clusters.draft.knows_all_clusters {
                let nearest = clusters.nearest(cluster);
                let hint = nearest.map(|nearest| format!("did you mean `{nearest}.{name}`?"));
                unresolved(context, &entry.place, &variable.to_string(), text_of(entry), hint);
            }
            continue;
        };
        match traits.has(TraitGroup::EnvironmentVariables, name) {
            Answer::Yes => {}
            Answer::No => {
                let nearest = traits.nearest(TraitGroup::EnvironmentVariables, name);
                let hint = nearest.map(|nearest| format!("did you mean `{cluster}.{nearest}`?"));
                unresolved(context, &entry.place, &variable.to_string(), text_of(entry), hint);
            }
            Answer::Open => context.not_checked(&entry.place, || {
                format!("whether a breed of cluster '{cluster}' declares the variable '{name}'")
            }),
        }
    }
}

pub(super) fn text_of<'t>(entry: &Trait<'t>) -> &'t str {
    entry.value.map_or("", |value| value.source.as_str())
}

/// Reports a variable that has no place, or whose value refers to something that is not there.
pub(super) fn unresolved(
    context: &mut Context,
    place: &Place<'_>,
    name: &str,
    value: &str,
    hint: Option<String>,
) {
    let message = format!(
        "Parameter '{name} -> {value}' cannot be resolved. Check if cluster exists and if it has any breed with port, \
         environment variable or constant referable by {name}."
    );
    context.report_with_hint(place, code::UNRESOLVED_ENVIRONMENT_VARIABLE, message, hint);
}

/// Services set variables that their breeds declare, and give them values.
pub(super) fn of_services(context: &mut Context, draft: &Draft<'_>) {
    for service in draft.clusters.values().flat_map(|cluster| &cluster.services) {
        match (service.known_breed(), service.breed_name()) {
            (Some(breed), _) => breed_variables::check(context, &service.variables, breed),
            (None, Some(breed)) => breed_variables::leave_open(context, &service.variables, breed),
            (None, None) => {}
        }
    }
}
