//! `vamp explain`.

use serde_json::{Value, json};
use vamp_model::schema::{self, KINDS};

use super::arguments::{ExplainArguments, Report};
use crate::client::output::Output;
use crate::{Error, Exit, Result};

pub(super) fn run(output: &Output, arguments: &ExplainArguments) -> Result<Exit> {
    let path = arguments.path.as_deref().map_or("", str::trim);
    if path.is_empty() {
        return all(output, arguments.output);
    }
    let explanation =
        schema::explain(path).map_err(|unknown| Error::new(Exit::NotFound, unknown.to_string()))?;
    match arguments.output {
        Report::Text => output.text(&explanation.to_string())?,
        Report::Json => output.text(&format!("{:#}\n", value(&explanation)?))?,
    }
    Ok(Exit::Success)
}

/// The kinds, with what each is.
fn all(output: &Output, report: Report) -> Result<Exit> {
    match report {
        Report::Json => {
            let kinds: Vec<Value> = KINDS
                .iter()
                .map(|kind| json!({"name": kind.name, "meaning": kind.meaning}))
                .collect();
            output.text(&format!("{:#}\n", Value::from(kinds)))?;
        }
        Report::Text => {
            let width = KINDS.iter().map(|kind| kind.name.len()).max().unwrap_or_default();
            let lines = KINDS
                .iter()
                .map(|kind| format!("{:width$}  {}\n", kind.name, kind.meaning));
            output.text(&lines.collect::<String>())?;
        }
    }
    Ok(Exit::Success)
}

fn value(explanation: &schema::Explanation) -> Result<Value> {
    serde_json::to_value(explanation).map_err(|error| {
        Error::new(Exit::Failed, format!("cannot print the explanation: {error}")).because(error)
    })
}
