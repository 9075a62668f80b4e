//! Workflows, templates and imports.

use serde_json::json;
use vamp_model::import::{Import, imports_of};
use vamp_model::{Format, Template, Workflow};

use super::{Answer, read_and_written};

pub(crate) fn answer(kind: &str, text: &str) -> Option<Answer> {
    Some(match kind {
        "import" => imports_of(text, Format::Yaml).map(|(imports, base)| {
            let reference = |import: &Import| json!({"name": import.name, "kind": import.kind});
            json!({"base": base, "references": Vec::from_iter(imports.iter().map(reference))})
        }),
        "template" => read_and_written::<Template>(text),
        "workflow" => read_and_written::<Workflow>(text),
        _ => return None,
    })
}
