use serde_json::{Value, json};
use vamp_client::{Change, Revision, Sent};
use vamp_model::Kind;

use super::arguments::ApplyArguments;
use super::input::{Input, Item};
use super::{Session, failure};
use crate::display::Complaint;
use crate::display::table::Table;
use crate::{Error, Exit, Result};

/// What became of one artifact.
struct Applied {
    kind: Kind,
    name: String,
    result: &'static str,
    revision: Option<Revision>,
}

pub(super) async fn run(session: &Session, arguments: &ApplyArguments) -> Result<Exit> {
    let inputs: Vec<Input> = arguments
        .files
        .iter()
        .map(|file| Input::read(file))
        .collect::<Result<_>>()?;
    let work = read_all(&inputs)?;
    let change = if arguments.dry_run {
        Change::validate()
    } else {
        Change::apply()
    };

    let mut done = Vec::with_capacity(work.len());
    let mut outcome = Ok(Exit::Success);
    for (position, (input, item)) in work.iter().enumerate() {
        match apply(session, input, item, change).await {
            Ok(applied) => done.push(applied),
            Err(error) => {
                let left = work.len() - position - 1;
                outcome = Err(if left > 0 {
                    error.hint(not_sent(left))
                } else {
                    error
                });
                break;
            }
        }
    }
    show(session, arguments, &done)?;
    outcome
}

fn not_sent(count: usize) -> String {
    match count {
        1 => "the artifact after it was not sent".to_owned(),
        count => format!("the {count} artifacts after it were not sent"),
    }
}

/// The artifacts of all files.
fn read_all(inputs: &[Input]) -> Result<Vec<(&Input, Item)>> {
    let mut work = Vec::new();
    let mut complaints = Vec::new();
    for input in inputs {
        match input.items() {
            Ok(items) => work.extend(items.into_iter().map(|item| (input, item))),
            Err(found) => complaints.extend(found),
        }
    }
    if complaints.is_empty() {
        return Ok(work);
    }
    let count = match complaints.len() {
        1 => "there is a problem".to_owned(),
        count => format!("there are {count} problems"),
    };
    Err(Error::new(Exit::Invalid, format!("nothing was sent: {count}")).at(complaints))
}

async fn apply(session: &Session, input: &Input, item: &Item, change: Change) -> Result<Applied> {
    let documents = session.client.documents(item.kind);
    let before = documents
        .get(&item.name)
        .await
        .map_err(|error| session.failed(error))?;
    let sent = documents
        .update(&item.name, &item.body, change)
        .await
        .map_err(|error| {
            let what = format!("{} '{}'", item.kind.singular(), item.name);
            failure::of_document(error, &session.server, &what, |complaint| {
                placed(complaint, input, item)
            })
        })?;
    for notice in &sent.notices {
        session
            .output
            .remark(&format!("{} '{}': {notice}", item.kind.singular(), item.name));
    }
    let before = before.map(|before| before.revision);
    Ok(Applied {
        kind: item.kind,
        name: item.name.clone(),
        result: result(item.kind, before, &sent, change),
        revision: sent.revision,
    })
}

/// A problem that the server found, in the file.
fn placed(mut complaint: Complaint, input: &Input, item: &Item) -> Complaint {
    if !item.as_written || complaint.line == 0 {
        (complaint.line, complaint.column) = (item.line, 0);
    }
    complaint.within(&input.name, &input.text)
}

fn result(kind: Kind, before: Option<Option<Revision>>, sent: &Sent, change: Change) -> &'static str {
    match (change.validate_only, before) {
        (true, None) => "would be created",
        (true, Some(_)) => "is valid",
        (false, None) => "created",
        (false, Some(_)) if kind == Kind::Deployment => "merged",
        (false, Some(revision)) if revision.is_some() && revision == sent.revision => "unchanged",
        (false, Some(_)) => "updated",
    }
}

fn show(session: &Session, arguments: &ApplyArguments, done: &[Applied]) -> Result<()> {
    let values = done.iter().map(|applied| {
        json!({
            "kind": applied.kind.plural(),
            "name": applied.name,
            "result": applied.result,
            "revision": applied.revision.map(|revision| revision.0),
        })
    });
    let value = Value::Array(values.collect());
    session.output.value(arguments.output.output, &value, || {
        let mut table = Table::new(["KIND", "NAME", "RESULT"]);
        for applied in done {
            table.row([
                applied.kind.singular().to_owned(),
                applied.name.clone(),
                applied.result.to_owned(),
            ]);
        }
        table
    })
}
