//! Workflows and templates.

use vamp_model::{Template, Workflow};

use super::{Answer, read_and_written};

pub(crate) fn answer(kind: &str, text: &str) -> Option<Answer> {
    Some(match kind {
        "template" => read_and_written::<Template>(text),
        "workflow" => read_and_written::<Workflow>(text),
        _ => return None,
    })
}
