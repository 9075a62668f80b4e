//! What must fit together in a blueprint.
//!
//! The order of the checks is the order in which the first problem is told. Some are made earlier, while the parts are read: those
//! of a gateway by itself, and whether breeds need one another in a circle.

mod breeds;
mod cluster_gateways;
mod clusters;
mod escalations;
mod gateways;
mod health_checks;
mod references;
mod variables;

use super::blueprint::Purpose;
use super::context::Context;
use super::draft::Draft;
use clusters::Clusters;

pub(super) fn validate(context: &mut Context, draft: &Draft<'_>, purpose: Purpose) {
    let clusters = Clusters::of(draft);
    clusters::names(context, draft);
    gateways::routes(context, &clusters);
    variables::of_blueprint(context, &clusters);
    references::of_values(context, &clusters);
    cluster_gateways::routes(context, draft);
    cluster_gateways::weights(context, draft);
    cluster_gateways::sticky(context, &clusters);
    cluster_gateways::conditions(context, &clusters);
    gateways::conditions(context, &clusters);
    gateways::port_numbers(context, draft);
    cluster_gateways::ports(context, &clusters);
    cluster_gateways::nameless(context, draft);
    breeds::at_least_one(context, draft);
    breeds::arguments(context, draft);
    breeds::used_once(context, draft);
    variables::of_services(context, draft);
    if purpose == Purpose::Artifact {
        breeds::dependencies(context, draft);
    }
    health_checks::ports(context, &clusters);
    if purpose == Purpose::Artifact {
        escalations::targets(context, draft);
    }
}
