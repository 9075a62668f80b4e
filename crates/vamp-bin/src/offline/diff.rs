//! `vamp diff --offline`.

use indexmap::IndexMap;
use serde::Serialize;
use vamp_model::{AnyArtifact, Difference, Kind, diff};

use super::arguments::{DiffArguments, Report};
use super::convert::artifacts;
use crate::client::output::Output;
use crate::input::Input;
use crate::{Error, Exit, Result};

/// What became of an artifact.
#[derive(Debug, Serialize)]
struct Changed {
    kind: &'static str,
    name: String,
    change: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<Difference>,
}

pub(super) fn run(output: &Output, arguments: &DiffArguments) -> Result<Exit> {
    if arguments.old == "-" && arguments.new == "-" {
        return Err(Error::usage("standard input can be read only once"));
    }
    let old = by_name(&arguments.old, arguments.kind)?;
    let new = by_name(&arguments.new, arguments.kind)?;
    let changes = compare(&old, &new);
    match arguments.output {
        Report::Json => {
            let value = serde_json::to_value(&changes).map_err(|error| {
                Error::new(Exit::Failed, format!("cannot print the differences: {error}")).because(error)
            })?;
            output.text(&format!("{value:#}\n"))?;
        }
        Report::Text => output.text(&text(&changes))?,
    }
    Ok(if changes.is_empty() {
        Exit::Success
    } else {
        Exit::Failed
    })
}

type ByName = IndexMap<(Kind, String), AnyArtifact>;

fn by_name(file: &str, kind: Option<Kind>) -> Result<ByName> {
    let input = Input::read(file)?;
    let mut found = ByName::new();
    for artifact in artifacts(&input, kind)? {
        let key = (artifact.kind(), artifact.name().unwrap_or_default().to_owned());
        if let Some(again) = found.insert(key, artifact) {
            let (kind, name) = (again.kind().singular(), again.name().unwrap_or_default());
            let message = format!("{file} has {kind} '{name}' twice: which one is meant cannot be told");
            return Err(Error::new(Exit::Invalid, message));
        }
    }
    Ok(found)
}

/// What is gone in the order of the old file, then all else in that of the new one.
fn compare(old: &ByName, new: &ByName) -> Vec<Changed> {
    let changed = |(kind, name): &(Kind, String), change, differences| Changed {
        kind: kind.singular(),
        name: name.clone(),
        change,
        differences,
    };
    let mut changes = Vec::new();
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        changes.push(changed(key, "removed", Vec::new()));
    }
    for (key, artifact) in new {
        match old.get(key) {
            None => changes.push(changed(key, "added", Vec::new())),
            Some(before) => {
                let differences = diff(before, artifact);
                if !differences.is_empty() {
                    changes.push(changed(key, "changed", differences));
                }
            }
        }
    }
    changes
}

fn text(changes: &[Changed]) -> String {
    let mut text = String::new();
    for change in changes {
        text.push_str(&format!("{} {} {}\n", change.kind, change.name, change.change));
        for difference in &change.differences {
            text.push_str(&format!("  {difference}\n"));
        }
    }
    text
}
