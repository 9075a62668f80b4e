//! Which instances a gateway or route leads to.

use super::context::Context;
use super::place::Place;
use crate::Selector;
use crate::problem::code;

/// The selector that a text is.
pub(super) fn parse(context: &mut Context, place: &Place<'_>, text: &str) -> Option<Selector> {
    match text.parse::<Selector>() {
        Ok(selector) => Some(selector),
        Err(error) => {
            context.report_with_hint(
                place,
                code::INVALID_SELECTOR,
                error.to_string(),
                error.source.to_string(),
            );
            None
        }
    }
}
