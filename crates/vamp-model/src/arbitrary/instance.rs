//! Instances, and how many there are of which sort.

use proptest::prelude::*;

use super::{any_text, entries};
use crate::{Health, Instance};

/// Instances that a platform runs.
pub fn instance() -> impl Strategy<Value = Instance> {
    let parts = (
        any_text(),
        any_text(),
        entries(any_text(), any::<u16>(), 2),
        any::<bool>(),
    );
    parts.prop_map(|(name, host, ports, deployed)| Instance {
        name,
        host,
        ports,
        deployed,
    })
}

/// Counts of instances.
pub fn health() -> impl Strategy<Value = Health> {
    any::<[u32; 4]>().prop_map(|[staged, running, healthy, unhealthy]| Health {
        staged,
        running,
        healthy,
        unhealthy,
    })
}
