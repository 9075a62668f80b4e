//! What a store gives back.

use super::{Context, Place, gateway, parse_one};
use crate::Gateway;
use crate::problem::Problems;
use crate::tree::{Format, Limits, Source};

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
