//! References between artifacts: put in place of what they name, and what they name in place of them.

mod error;
mod expand;
mod expansion;
mod shorten;

pub use error::{UnresolvedReference, UnresolvedReferences};
pub use expand::{Referring, expand_references};
pub use shorten::only_references;
