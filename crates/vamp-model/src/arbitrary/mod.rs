//! Generators of artifacts for property tests: whatever they give is valid and reads back as itself.
//!
//! A field that is optional is set sometimes. Stored with [`to_storage_json`](crate::to_storage_json), an artifact reads back
//! exactly; printed with [`to_json`](crate::to_json), up to what that rounds or leaves out.

mod blueprint;
mod breed;
mod condition;
mod deployment;
mod event;
mod free_form;
mod gateway;
mod health_check;
mod instance;
mod name;
mod scale;
mod sla;
mod slips;
mod template;
mod unit;
mod value_template;
mod workflow;

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{Port, PortKind};

pub use blueprint::blueprint;
pub use breed::{argument, breed};
pub use condition::{condition, condition_leaf, expression, request, selector};
pub use deployment::deployment;
pub use event::{date_time, event, event_query, event_type};
pub use free_form::{dialects, metadata, value};
pub use gateway::{gateway, rewrite, stored_condition, stored_rewrite, stored_route, target};
pub use health_check::health_check;
pub use instance::{health, instance};
pub use name::{gateway_name, name, strict_name};
pub use scale::scale;
pub use sla::{stored_escalation, stored_sla};
pub use slips::text_with_slips;
pub use template::template;
pub use unit::{memory, percentage, period, quantity, seconds};
pub use value_template::{reference_path, reference_word, value_reference, value_template, value_text};
pub use workflow::{schedule, workflow};

use free_form::{any_text, text};

/// Values of a type that is read from text. Texts that are none are left out.
fn parsed<T: std::str::FromStr + std::fmt::Debug>(
    texts: impl Strategy<Value = String>,
) -> impl Strategy<Value = T> {
    texts.prop_filter_map("not valid", |text| text.parse().ok())
}

fn entries<K, V>(
    keys: impl Strategy<Value = K>,
    values: impl Strategy<Value = V>,
    most: usize,
) -> impl Strategy<Value = IndexMap<K, V>>
where
    K: std::hash::Hash + Eq + std::fmt::Debug,
    V: std::fmt::Debug,
{
    vec((keys, values), 0..=most).prop_map(|entries| entries.into_iter().collect())
}

/// Ports with a number.
pub fn port() -> impl Strategy<Value = Port> {
    (1_u16.., select(vec![PortKind::Http, PortKind::Tcp])).prop_map(|(number, kind)| Port::new(number, kind))
}
