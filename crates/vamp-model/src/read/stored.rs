//! What a store gives back.

use super::{Context, Place, Readable, parse_one};
use crate::problem::Problems;
use crate::tree::{Format, Limits, Source};

/// Reads an artifact as [`to_storage_json`](crate::to_storage_json) writes it, with the default [`Limits`].
///
/// It takes everything that [`read`](crate::read()) takes, and more where that is not meant for users to say:
///
/// - What has been accepted once is not judged again by its notation: the name of a gateway may be absent, and its port a value of
///   any type.
/// - What the engine has found is kept: the targets of a gateway's routes, how well a workflow is and how far its restart.
/// - Failures that a deployment tells of stay as they were written: [`read`](crate::read()) marks them as not met by the reader.
///
/// # Errors
/// Everything else that is wrong with the text, as [`read`](crate::read()) tells it.
pub fn read_stored<T: Readable>(text: &str, format: Format) -> Result<T, Problems> {
    read_stored_with(text, format, &Limits::default())
}

/// Reads an artifact as it is stored, within the limits given.
///
/// # Errors
/// As [`read_stored`].
pub fn read_stored_with<T: Readable>(text: &str, format: Format, limits: &Limits) -> Result<T, Problems> {
    let source = Source::new(text);
    let node = parse_one(&source, format, limits)?;
    let mut context = Context::new(limits, &source);
    let place = Place::root(&node);
    let artifact = T::read_stored(&mut context, &place);
    context.finish(artifact, &place, &source)
}
