//! Texts of container platforms.

use serde_core::{Serialize, Serializer};

/// Dialects with the names of the platforms in lower case.
pub(super) struct Dialects<'d>(pub(super) &'d crate::Dialects);

impl Serialize for Dialects<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name.to_lowercase(), text)))
    }
}
