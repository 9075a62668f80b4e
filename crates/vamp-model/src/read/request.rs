//! What the body of a deployment request says.

use super::context::Context;
use super::place::Place;
use super::{blueprint, deployment, parse_one, values};
use crate::problem::Problems;
use crate::tree::{Format, Limits, Source};
use crate::{Blueprint, Kind, Name};

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
/// A document with a `name` and nothing else but a `kind` names a stored blueprint; otherwise it is a blueprint, or a
/// deployment as the API prints it, which is turned into a blueprint. `kind` may be `blueprints` or `deployments`.
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
    const KINDS: [Kind; 2] = [Kind::Blueprint, Kind::Deployment];
    let only_named = place.mapping().is_some_and(|mapping| {
        mapping.contains_key("name") && mapping.iter().all(|(key, _)| key == "name" || key == "kind")
    });
    if only_named {
        let mut fields = super::fields::Fields::of(context, place)?;
        fields.check_kind(context, &KINDS);
        let name = fields.required(context, "name")?;
        return values::named(context, &name).map(DeploymentRequest::Named);
    }
    let mut as_blueprint = context.same_limits();
    let blueprint = blueprint::read(&mut as_blueprint, place, &KINDS);
    if let (Some(blueprint), 0) = (blueprint, as_blueprint.count()) {
        return Some(DeploymentRequest::Blueprint(blueprint));
    }
    let mut as_deployment = context.same_limits();
    let deployment = deployment::read(&mut as_deployment, place);
    match (deployment, as_deployment.count()) {
        (Some(deployment), 0) if !deployment.clusters.is_empty() => {
            Some(DeploymentRequest::Blueprint(deployment.to_blueprint()))
        }
        _ => {
            context.append(as_blueprint);
            None
        }
    }
}
