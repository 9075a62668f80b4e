//! What a store gives back.

use super::deployment::{self, Origin};
use super::{Context, Place, gateway, parse_one};
use crate::problem::Problems;
use crate::tree::{Format, Limits, Source};
use crate::{Deployment, Gateway};

/// Reads a gateway as it is stored, with the default [`Limits`].
///
/// What has been accepted once is not judged again by its notation: the name may be absent, and the port a value of any type.
///
/// # Errors
/// Everything else that is wrong with the text, as [`read`](crate::read()) tells it.
pub fn read_stored_gateway(text: &str, format: Format) -> Result<Gateway, Problems> {
    read_stored_gateway_with(text, format, &Limits::default())
}

/// Reads a gateway as it is stored, within the limits given.
///
/// # Errors
/// As [`read_stored_gateway`].
pub fn read_stored_gateway_with(text: &str, format: Format, limits: &Limits) -> Result<Gateway, Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, format, limits)?;
    let mut context = Context::new(limits, &source);
    let place = Place::root(&node);
    let gateway = gateway::read_stored(&mut context, &place);
    context.finish(gateway, &place, &source)
}

/// Reads a deployment as it is stored, with the default [`Limits`].
///
/// Failures that it tells of stay as they were written: whoever reads one back from elsewhere did not meet it, and
/// [`read`](crate::read()) marks it so.
///
/// # Errors
/// Everything that is wrong with the text, as [`read`](crate::read()) tells it.
pub fn read_stored_deployment(text: &str, format: Format) -> Result<Deployment, Problems> {
    read_stored_deployment_with(text, format, &Limits::default())
}

/// Reads a deployment as it is stored, within the limits given.
///
/// # Errors
/// As [`read_stored_deployment`].
pub fn read_stored_deployment_with(
    text: &str,
    format: Format,
    limits: &Limits,
) -> Result<Deployment, Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, format, limits)?;
    let mut context = Context::new(limits, &source);
    let place = Place::root(&node);
    let deployment = deployment::read(&mut context, &place, Origin::Store);
    context.finish(deployment, &place, &source)
}
