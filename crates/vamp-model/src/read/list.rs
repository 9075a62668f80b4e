//! Several artifacts of one kind in one text.

use super::context::Context;
use super::place::Place;
use super::{Readable, document, nothing, parse};
use crate::problem::Problems;
use crate::tree::{Format, Limits, Source};

/// Reads several artifacts of one kind, with the default [`Limits`]: several YAML documents, or lists of mappings.
///
/// A `kind` may be left out, as in [`read`](crate::read). Empty documents are skipped; at least one artifact is there.
///
/// # Errors
/// Everything that is wrong with any document, and a text that holds nothing.
pub fn read_list<T: Readable>(text: &str, format: Format) -> Result<Vec<T>, Problems> {
    read_list_with(text, format, &Limits::default())
}

/// Reads several artifacts of one kind within the limits given.
///
/// # Errors
/// As [`read_list`].
pub fn read_list_with<T: Readable>(text: &str, format: Format, limits: &Limits) -> Result<Vec<T>, Problems> {
    each(text, format, limits, T::read)
}

/// Reads several artifacts of one kind as they are stored, as [`read_stored`](crate::read_stored) reads one, with the default
/// [`Limits`].
///
/// # Errors
/// As [`read_list`].
pub fn read_stored_list<T: Readable>(text: &str, format: Format) -> Result<Vec<T>, Problems> {
    each(text, format, &Limits::default(), T::read_stored)
}

fn each<T>(
    text: &str,
    format: Format,
    limits: &Limits,
    read: impl Fn(&mut Context, &Place<'_>) -> Option<T>,
) -> Result<Vec<T>, Problems> {
    let source = Source::new(text);
    let nodes = parse(&source, format, limits)?;
    let artifacts = document::each(&nodes, limits, None, &source, read)?.artifact;
    if artifacts.is_empty() {
        return Err(nothing(&source));
    }
    Ok(artifacts)
}
