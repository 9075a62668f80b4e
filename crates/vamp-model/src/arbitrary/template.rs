//! Templates.

use proptest::prelude::*;

use super::{metadata, name};
use crate::Template;

/// Templates.
pub fn template() -> impl Strategy<Value = Template> {
    (name(), metadata(), metadata()).prop_map(|(name, metadata, definition)| Template {
        name,
        metadata,
        definition,
    })
}
