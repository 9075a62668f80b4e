//! Texts of container platforms.

use super::context::Context;
use super::fields::{self, Fields};
use super::place::Place;
use crate::Dialects;
use crate::tree::Value;

/// The keys that old documents write directly into a service or cluster.
const LEGACY: [&str; 2] = ["marathon", "docker"];

/// The mapping under `dialects` or `dialect`, with names in lower case. Anything else than a mapping is the same as none.
pub(super) fn read(context: &mut Context, fields: &mut Fields<'_>) -> Dialects {
    let place = fields.get_aliased_where("dialects", "dialect", passes_beside);
    let Some(mapping) = place.as_ref().and_then(Place::mapping) else {
        return Dialects::new();
    };
    mapping
        .iter()
        .filter_map(|(key, entry)| {
            let place = place.as_ref()?.key(key, entry.key, &entry.node);
            let value = context.free_form(&place, "A dialect has")?;
            Some((key.to_lowercase(), value))
        })
        .collect()
}

/// Whether `dialect` may have the value beside `dialects`.
fn passes_beside(value: &Value<'_>) -> bool {
    matches!(value, Value::Scalar(_)) || fields::is_empty(value)
}

/// As [`read`], with the keys `marathon` and `docker` that services and clusters once had themselves. One that `dialects` has, too,
/// is left over.
pub(super) fn read_with_legacy(context: &mut Context, fields: &mut Fields<'_>) -> Dialects {
    let mut dialects = read(context, fields);
    for name in LEGACY {
        if dialects.contains_key(name) {
            continue;
        }
        if let Some(place) = fields.get(name)
            && place.mapping().is_some()
            && let Some(value) = context.free_form(&place, "A dialect has")
        {
            dialects.insert(name.to_owned(), value);
        }
    }
    dialects
}
