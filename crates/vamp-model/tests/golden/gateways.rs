//! Gateways and what they are made of.

use vamp_model::Gateway;

use super::{Answer, read_and_written};

pub(crate) fn answer(kind: &str, text: &str) -> Option<Answer> {
    Some(match kind {
        "gateway" => read_and_written::<Gateway>(text),
        _ => return None,
    })
}
