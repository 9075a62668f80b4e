//! Gateways and what they are made of.

use vamp_model::{Gateway, Rewrite, Route, StoredCondition};

use super::{Answer, read_and_written};

pub(crate) fn answer(kind: &str, text: &str) -> Option<Answer> {
    Some(match kind {
        "condition" => read_and_written::<StoredCondition>(text),
        "gateway" => read_and_written::<Gateway>(text),
        "rewrite" => read_and_written::<Rewrite>(text),
        "route" => read_and_written::<Route>(text),
        _ => return None,
    })
}
