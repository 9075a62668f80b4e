use std::time::{Duration, Instant};

use vamp_client::{Change, Revision, Sent};
use vamp_model::Kind;

use super::arguments::{ApplyArguments, WaitFor};
use super::input::Item;
use super::outcome::{self, Outcome};
use super::output::Format;
use super::wait::{self, Goal};
use super::{Session, failure};
use crate::display::Complaint;
use crate::input::Input;
use crate::{Error, Exit, Result};

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
    let mut ended = Ok(Exit::Success);
    for (position, (input, item)) in work.iter().enumerate() {
        match apply(session, input, item, change).await {
            Ok(applied) => done.extend(applied),
            Err(error) => {
                let left = work.len() - position - 1;
                ended = Err(if left > 0 {
                    error.hint(not_sent(left))
                } else {
                    error
                });
                break;
            }
        }
    }
    // A head without rows says nothing beside an error.
    if !done.is_empty() || arguments.output.output != Format::Table {
        outcome::show(session, arguments.output, &done)?;
    }
    if let (Ok(_), Some(state)) = (&ended, arguments.wait.wait) {
        wait_for(session, &done, state, arguments.wait.timeout).await?;
    }
    ended
}

/// Waits for what came of the artifacts: for deployments until they run, and with `applied` for the agents, too.
async fn wait_for(session: &Session, done: &[Outcome], state: WaitFor, limit: Duration) -> Result<()> {
    let deadline = Instant::now() + limit;
    let deployments = done.iter().filter(|outcome| outcome.kind == Kind::Deployment);
    let mut goals: Vec<Goal> = deployments
        .map(|outcome| Goal::deployed(&outcome.name, WaitFor::Deployed))
        .collect();
    if state == WaitFor::Applied {
        goals.push(Goal::applied());
    }
    for goal in goals {
        let left = deadline.saturating_duration_since(Instant::now());
        wait::wait(session, &goal, left).await?;
    }
    Ok(())
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
    let mut empty = None;
    for input in inputs {
        match input.items() {
            Ok(items) if items.is_empty() => {
                empty.get_or_insert(&input.name);
            }
            Ok(items) => work.extend(items.into_iter().map(|item| (input, item))),
            Err(found) => complaints.extend(found),
        }
    }
    if complaints.is_empty() {
        return match empty {
            None => Ok(work),
            Some(file) => Err(Error::new(Exit::Invalid, format!("no artifacts in {file}"))
                .hint("nothing was sent; an artifact begins with its kind and name")),
        };
    }
    let count = match complaints.len() {
        1 => "there is a problem".to_owned(),
        count => format!("there are {count} problems"),
    };
    Err(Error::new(Exit::Invalid, format!("nothing was sent: {count}")).at(complaints))
}

/// Sends one artifact, and tells what became of it and, before it, of the breeds in it.
async fn apply(session: &Session, input: &Input, item: &Item, change: Change) -> Result<Vec<Outcome>> {
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
    let itself = Outcome {
        kind: item.kind,
        name: item.name.clone(),
        result: result(item.kind, before, &sent, change),
        revision: sent.revision,
    };
    let breeds = sent.changed_breeds.into_iter().map(|name| Outcome {
        kind: Kind::Breed,
        name,
        result: "stored",
        revision: None,
    });
    Ok(breeds.chain([itself]).collect())
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
