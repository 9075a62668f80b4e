//! What became of artifacts, in a table or for programs.

use serde_json::{Value, json};
use vamp_client::Revision;
use vamp_model::Kind;

use super::Session;
use super::arguments::OutputArguments;
use crate::Result;
use crate::display::table::Table;

/// What became of one artifact.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// In a word or two.
    pub(super) result: &'static str,
    pub(super) revision: Option<Revision>,
}

/// Prints what became of them.
pub(super) fn show(session: &Session, output: OutputArguments, done: &[Outcome]) -> Result<()> {
    let values = done.iter().map(|outcome| {
        json!({
            "kind": outcome.kind.plural(),
            "name": outcome.name,
            "result": outcome.result,
            "revision": outcome.revision.map(|revision| revision.0),
        })
    });
    let value = Value::Array(values.collect());
    session.output.value(output.output, &value, || {
        let mut table = Table::new(["KIND", "NAME", "RESULT"]);
        for outcome in done {
            table.row([
                outcome.kind.singular().to_owned(),
                outcome.name.clone(),
                outcome.result.to_owned(),
            ]);
        }
        table
    })
}
