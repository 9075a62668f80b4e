//! Blocks as the pages of the reference show them.

use std::fmt::Write as _;

use super::{Block, Field, Form, Place, Presence};

impl Block {
    /// The fields as a table in Markdown, then what other keys are and other ways to write the block.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text =
            "| field | meaning | type | default | other spellings |\n|---|---|---|---|---|\n".to_owned();
        for field in self.fields {
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "| `{}` | {} | {} | {} | {} |",
                field.name,
                meaning(field),
                kind(field),
                default(field),
                spellings(field)
            );
        }
        if let Some(others) = self.others {
            let _ = writeln!(text, "\nOther keys are {others}.");
        }
        if !self.forms.is_empty() {
            let _ = writeln!(text, "\nOther ways to write a whole {}:\n", self.title);
            for form in self.forms {
                let _ = writeln!(text, "- {}", shown(form));
            }
        }
        text
    }
}

fn meaning(field: &Field) -> String {
    let mut text = field.meaning.to_owned();
    if let Some(unit) = field.unit {
        let _ = write!(text, " Unit: {unit}.");
    }
    if !field.values.is_empty() {
        let _ = write!(text, " One of {}.", listed(field.values));
    }
    if !field.with_type.is_empty() {
        let _ = write!(text, " Only with type {}.", listed(field.with_type));
    }
    if field.place == Place::Document {
        text.push_str(" Only in a document of its own.");
    }
    if let Some(since) = field.since {
        let _ = write!(text, " Since Vamp {since}.");
    }
    text
}

fn listed(values: &[&str]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    values.join(", ")
}

/// The type, with what it is in the end as a link to where that is explained.
fn kind(field: &Field) -> String {
    let text = field.value.to_string();
    let Some(page) = field.value.page() else {
        return text;
    };
    let word = match field.value.block() {
        Some(block) => block.title.to_owned(),
        None => field.value.inmost().to_string(),
    };
    match text.rfind(&word) {
        Some(at) => {
            let behind = &text[at + word.len()..];
            format!("{}[{word}]({page}){behind}", &text[..at])
        }
        None => text,
    }
}

fn default(field: &Field) -> String {
    match field.presence {
        Presence::Required => "required".to_owned(),
        Presence::Optional => String::new(),
        Presence::Default(default) => format!("`{default}`"),
        Presence::Computed => "found by Vamp".to_owned(),
    }
}

fn spellings(field: &Field) -> String {
    let keys = field.aliases.iter().map(|alias| format!("the key `{alias}`"));
    let values = field.forms.iter().map(shown);
    keys.chain(values).collect::<Vec<_>>().join("; ")
}

fn shown(form: &Form) -> String {
    let is_value = !form.means.contains(' ') || form.means.starts_with(['{', '[']);
    let quote = if is_value { "`" } else { "" };
    format!("`{}` for {quote}{}{quote}", form.written, form.means)
}
