//! Names.

use proptest::prelude::*;
use proptest::sample::select;

use super::parsed;
use crate::{GatewayName, Name, StrictName};

/// Names of artifacts and clusters; some of them read as numbers or truth values when they are not quoted.
pub fn name() -> impl Strategy<Value = Name> {
    parsed(prop_oneof![
        8 => "[a-z][a-z0-9:._*-]{0,10}",
        1 => select(vec!["1.10", "010", "yes", "null", "~", "0x1F", "2017-02-03", "é:1", "<<", "a:b", "environment_variables.a", "ports.a", "reference"])
            .prop_map(str::to_owned),
    ])
}

/// Names of ports.
pub fn strict_name() -> impl Strategy<Value = StrictName> {
    parsed("[a-z][a-z0-9_-]{0,8}")
}

/// Names of gateways with one to four segments.
pub fn gateway_name() -> impl Strategy<Value = GatewayName> {
    parsed("[a-z][a-z0-9:.]{0,5}(/[a-z0-9]{1,5}){0,3}")
}
