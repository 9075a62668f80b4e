//! Health checks.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{any_text, seconds};
use crate::{HealthCheck, Protocol, StrictName};

/// Health checks whose ports are still to be chosen, with what chooses them.
pub(super) type Unplaced = Option<Vec<(HealthCheck, Index)>>;

/// A list of health checks, or none at all.
pub(super) fn health_checks() -> impl Strategy<Value = Unplaced> {
    option::of(vec((health_check(), any::<Index>()), 0..3))
}

/// Health checks of a port named `web`.
pub fn health_check() -> impl Strategy<Value = HealthCheck> {
    let protocol = prop_oneof![
        select(vec![Protocol::Http, Protocol::Https]),
        any_text().prop_map(|name| Protocol::of(&name)),
    ];
    let times = [seconds(), seconds(), seconds()];
    let parts = (any_text(), times, 0..=2_147_483_647_u32, protocol);
    parts.prop_map(
        |(path, [initial_delay, timeout, interval], failures, protocol)| HealthCheck {
            path,
            port: "web".to_owned(),
            initial_delay,
            timeout,
            interval,
            failures,
            protocol,
        },
    )
}

/// The checks at some of the ports; no list where there are checks and no ports.
pub(super) fn at_ports(checks: &Unplaced, ports: &[StrictName]) -> Option<Vec<HealthCheck>> {
    let checks = checks.as_ref()?;
    if ports.is_empty() && !checks.is_empty() {
        return None;
    }
    let placed = checks.iter().map(|(check, index)| HealthCheck {
        port: index.get(ports).as_str().to_owned(),
        ..check.clone()
    });
    Some(placed.collect())
}
