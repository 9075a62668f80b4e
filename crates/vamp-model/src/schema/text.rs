//! Explanations as people read them in a terminal.

use std::fmt;

use super::{Explanation, Field, Form, Place, Presence, UnknownName};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.path)?;
        if let Some(field) = self.field {
            writeln!(f, "{}\n", field.meaning)?;
            for (what, told) in told(field) {
                writeln!(f, "  {what:10} {told}")?;
            }
            forms(f, field.forms)?;
        }
        let Some(block) = self.block else {
            return Ok(());
        };
        if self.field.is_some() {
            writeln!(f)?;
        }
        writeln!(f, "{}\n", block.meaning)?;
        let is_document = self.field.is_none();
        let shown = block
            .fields
            .iter()
            .filter(|field| is_document || field.place == Place::Everywhere);
        fields(f, &shown.collect::<Vec<_>>())?;
        if let Some(others) = block.others {
            writeln!(f, "  (other keys are {others})")?;
        }
        if !block.forms.is_empty() {
            writeln!(f)?;
        }
        forms(f, block.forms)
    }
}

/// What there is to say about a field beside its meaning, line by line.
fn told(field: &Field) -> Vec<(&'static str, String)> {
    let mut told = vec![("type", field.value.to_string())];
    if let Some(unit) = field.unit {
        told.push(("unit", unit.to_owned()));
    }
    match field.presence {
        Presence::Required => told.push(("required", "yes".to_owned())),
        Presence::Optional => {}
        Presence::Default(default) => told.push(("default", default.to_owned())),
        Presence::Computed => told.push(("computed", "found by Vamp, accepted when posted back".to_owned())),
    }
    if !field.values.is_empty() {
        told.push(("values", field.values.join(", ")));
    }
    if !field.with_type.is_empty() {
        told.push(("with type", field.with_type.join(", ")));
    }
    if field.place == Place::Document {
        told.push(("only", "in a document of its own".to_owned()));
    }
    if !field.aliases.is_empty() {
        told.push(("also", field.aliases.join(", ")));
    }
    if let Some(since) = field.since {
        told.push(("since", format!("Vamp {since}")));
    }
    told.push(("example", format!("{}: {}", field.name, field.example)));
    told
}

/// Whether a field has to be there, in a word or two.
const fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Required => "required",
        Presence::Optional => "–",
        Presence::Default(default) => default,
        Presence::Computed => "computed",
    }
}

fn fields(f: &mut fmt::Formatter<'_>, fields: &[&Field]) -> fmt::Result {
    let rows: Vec<[String; 3]> = fields
        .iter()
        .map(|field| {
            let names: Vec<&str> = field.names().collect();
            let presence = presence(field.presence).to_owned();
            [names.join(", "), field.value.to_string(), presence]
        })
        .collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    for (field, [name, kind, presence]) in fields.iter().zip(&rows) {
        let [name_width, kind_width, presence_width] = widths;
        let meaning = first_sentence(field.meaning);
        writeln!(
            f,
            "  {name:name_width$}  {kind:kind_width$}  {presence:presence_width$}  {meaning}"
        )?;
    }
    Ok(())
}

/// The beginning of a text that is long enough for a list.
fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..=end])
}

fn forms(f: &mut fmt::Formatter<'_>, forms: &[Form]) -> fmt::Result {
    for form in forms {
        writeln!(f, "  {} is short for {}", form.written, form.means)?;
    }
    Ok(())
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.within.as_str() {
            "" => write!(f, "nothing in the language is called '{}'", self.name)?,
            within => write!(f, "{within} has no field '{}'", self.name)?,
        }
        if let Some(nearest) = self.nearest {
            write!(f, " (did you mean `{nearest}`?)")?;
        }
        match self.known.as_slice() {
            [] => Ok(()),
            known => write!(f, "; there are {}", known.join(", ")),
        }
    }
}
