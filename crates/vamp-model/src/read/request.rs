//! What the body of a deployment request says.

use super::blueprint::{self, Purpose};
use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::{Origin, deployment};
use super::{parse_one, reference};
use crate::problem::Problems;
use crate::tree::{Format, Limits, Source};
use crate::{Blueprint, Deployment, Kind, Name};

/// What shall be deployed.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "short-lived: one per request")]
pub enum DeploymentRequest {
    /// A blueprint written out.
    Blueprint(Blueprint),
    /// The stored blueprint of this name.
    Named(Name),
}

/// Reads the body of a deployment request, with the default [`Limits`].
///
/// A document with a `name` and nothing else but a `kind`, or with nothing but a `reference`, names a stored blueprint; otherwise it
/// is a blueprint, or a deployment as the API prints it, which is turned into a blueprint. `kind` may be `blueprints` or `deployments`.
///
/// # Errors
/// Everything that is wrong with the text; what is wrong with it as a blueprint, when it is no deployment either.
pub fn read_deployment_request(text: &str, format: Format) -> Result<DeploymentRequest, Problems> {
    read_deployment_request_with(text, format, &Limits::default())
}

/// Reads the body of a deployment request within the limits given.
///
/// # Errors
/// As [`read_deployment_request`].
pub fn read_deployment_request_with(
    text: &str,
    format: Format,
    limits: &Limits,
) -> Result<DeploymentRequest, Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, format, limits)?;
    let place = Place::root(&node);
    let mut context = Context::new(limits, &source);
    let request = read(&mut context, &place);
    context.finish(request, &place, &source)
}

pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<DeploymentRequest> {
    if let Some(name) = stored_blueprint(context, place) {
        return name.map(DeploymentRequest::Named);
    }
    let mut as_blueprint = context.same_limits();
    let blueprint = blueprint::read(&mut as_blueprint, place, Purpose::Request);
    if let (Some(blueprint), 0) = (blueprint, as_blueprint.count()) {
        context.append(as_blueprint);
        return Some(DeploymentRequest::Blueprint(blueprint));
    }
    let mut as_deployment = context.same_limits();
    let deployment = deployment::read(&mut as_deployment, place, Origin::Document);
    match (deployment, as_deployment.count()) {
        (Some(deployment), 0) if says_something(place, &deployment) => {
            context.append(as_deployment);
            Some(DeploymentRequest::Blueprint(deployment.to_blueprint()))
        }
        _ => {
            // What is wrong with it as a blueprint is told: few people write deployments.
            context.append(as_blueprint);
            None
        }
    }
}

/// The name of a stored blueprint, where the document gives nothing else. The outer `Option` tells whether it does so.
fn stored_blueprint(context: &mut Context, place: &Place<'_>) -> Option<Option<Name>> {
    let mapping = place.mapping()?;
    let only_named =
        mapping.contains_key("name") && mapping.iter().all(|(key, _)| key == "name" || key == "kind");
    let mut fields = if only_named {
        Fields::of_mapping(place.clone(), mapping)
    } else {
        Fields::without_kind(place.clone(), mapping)
    };
    let name = if only_named {
        fields.check_kind(context, Purpose::Request.kinds());
        fields.required(context, "name")
    } else if reference::is_by_name(&fields) {
        fields.get_reference()
    } else {
        return None;
    };
    let name = name.and_then(|place| reference::by_text(context, &place, Kind::Blueprint));
    fields.finish(context);
    Some(name)
}

/// Whether a document is a deployment rather than a blueprint that lacks its clusters.
fn says_something(place: &Place<'_>, deployment: &Deployment) -> bool {
    let is_printed = || {
        place
            .mapping()
            .is_some_and(|mapping| mapping.contains_key("lookup_name"))
    };
    !deployment.clusters.is_empty() || is_printed()
}
