//! What makes one artifact another: a list of differences, and carrying them out.
//!
//! Artifacts are compared as they are stored, so that nothing which is kept goes unnoticed.
//!
//! - *Mappings* are compared key by key. Their order counts, because it is that of routes and clusters: where keys that both
//!   have stand in another order, one difference tells both orders; where a key is added, the difference says before which one.
//! - *Lists* are compared element by element. What both have in the same order is left alone, so that an element which comes
//!   or goes in the middle is one difference; elements that tell who they are (by `name`, by `reference`, by breed, by their only
//!   key) are compared with their likes, and what remains between two of these in the order written.
//! - *Paths* of what is removed lead through the old artifact, all others through the new one.

mod align;
mod apply;
mod compare;
mod difference;
mod misfit;
mod same;

use serde_json::Value;

pub use difference::{Change, Difference};
pub use misfit::Misfit;

use crate::Stored;

/// What has to be changed in `old` to make it `new`, in document order; nothing where both are stored alike.
///
/// ```
/// use vamp_model::{Format, Scale, diff, read};
///
/// let old: Scale = read("{name: small, cpu: 0.2, memory: 64MB}", Format::Yaml)?;
/// let new: Scale = read("{name: small, cpu: 0.4, memory: 64MB}", Format::Yaml)?;
/// let differences: Vec<String> = diff(&old, &new).iter().map(ToString::to_string).collect();
/// assert_eq!(differences, ["cpu: 0.2 → 0.4"]);
/// # Ok::<(), vamp_model::Problems>(())
/// ```
#[must_use]
pub fn diff<T: Stored>(old: &T, new: &T) -> Vec<Difference> {
    diff_values(&old.to_stored(), &new.to_stored())
}

/// [`diff`] of two values, such as revisions that were stored by another version.
///
/// Numbers are equal when they are of the same sort and value: `1` and `1.0` differ.
#[must_use]
pub fn diff_values(old: &Value, new: &Value) -> Vec<Difference> {
    compare::Comparison::of(old, new)
}

/// Changes a value as the differences say: with `diff_values(&old, &new)`, `old` becomes `new`, order of keys included.
///
/// # Errors
/// [`Misfit`] where the value is not the one that the differences were made from. The value is given up then.
pub fn apply(value: Value, differences: &[Difference]) -> Result<Value, Misfit> {
    apply::apply(value, differences)
}
