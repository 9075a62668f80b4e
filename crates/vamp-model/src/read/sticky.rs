//! What stays at the same place for a client.

use super::context::Context;
use super::hint;
use super::place::Place;
use crate::Sticky;
use crate::problem::code;

/// `route`, `instance` or `none`, which is the same as nothing, in any case.
pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Sticky> {
    let text = context.text(place)?;
    if text.eq_ignore_ascii_case("none") {
        return None;
    }
    let sticky = text.parse().ok();
    if sticky.is_none() {
        let message = format!("Illegal routing sticky value: '{text}'.");
        let hint = hint::did_you_mean(text, ["route", "instance", "none"])
            .unwrap_or_else(|| "one of `route`, `instance` and `none`".to_owned());
        context.report_with_hint(place, code::ILLEGAL_GATEWAY_STICKY_VALUE, message, hint);
    }
    sticky
}
