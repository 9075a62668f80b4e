//! Scales.

use proptest::option;
use proptest::prelude::*;

use super::{memory, metadata, name, quantity};
use crate::{Reference, Scale};

/// Scales; named ones for storing, others for use inside services. Most have more memory than two decimals tell.
pub fn scale(named: bool) -> impl Strategy<Value = Scale> {
    let name = if named {
        name().prop_map(Some).boxed()
    } else {
        Just(None).boxed()
    };
    let parts = (name, metadata(), quantity(), memory(), 0..=2_147_483_647_u32);
    parts.prop_map(|(name, metadata, cpu, memory, instances)| Scale {
        name,
        metadata,
        cpu,
        memory,
        instances,
    })
}

/// Scales as services and workflows have them: by name, written out, or none.
pub(super) fn optional_scale() -> impl Strategy<Value = Option<Reference<Scale>>> {
    option::of(prop_oneof![
        name().prop_map(Reference::Named),
        scale(false).prop_map(Reference::Inline),
    ])
}
