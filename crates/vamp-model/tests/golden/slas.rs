//! SLAs and escalations.

use vamp_model::{Escalation, Sla};

use super::{Answer, read_and_written};

pub(crate) fn answer(kind: &str, text: &str) -> Option<Answer> {
    Some(match kind {
        "escalation" => read_and_written::<Escalation>(text),
        "sla" => read_and_written::<Sla>(text),
        _ => return None,
    })
}
