//! Every kind but gateways and deployments: stored as it is, and looked at when something is deployed or refers to it.

use vamp_model::{AnyArtifact, Kind};
use vamp_store::{Batch, Expect, NewEvent, Outcome, Write};

use crate::events::{Archived, archive};
use crate::shared::Shared;
use crate::storage;
use crate::{Answer, Error, ErrorKind, Mode, Precondition, Problem, Request, Result, Versioned};

/// Stores an artifact. The breeds inside a blueprint become artifacts of their own.
pub(super) async fn put(
    shared: &Shared,
    artifact: AnyArtifact,
    how: Archived,
    request: &Request,
) -> Result<Answer> {
    const OPERATION: &str = "store";
    let kind = artifact.kind();
    let name = storage::name_of(&artifact).to_owned();
    let subject = format!("{kind}/{name}");
    if name.is_empty() {
        let message = "Can't find any value for path: /name";
        let problem = Problem::new(vamp_model::code::MISSING_PATH_VALUE, message).at(["name"]);
        return Err(Error::invalid(OPERATION, kind, vec![problem]));
    }
    let store = &shared.parts.artifacts;
    let failed = |error| Error::of_store(OPERATION, &subject, error);
    let there = store.get(kind.plural(), &name).await.map_err(failed)?;
    let actual = there.as_ref().map(|there| there.revision);
    let expect = expect(&request.precondition, actual).ok_or_else(|| refused(OPERATION, &subject, actual))?;
    let source = request.source.clone();
    let source = source.unwrap_or_else(|| storage::content(&artifact));

    let mut breeds = Vec::new();
    let stored = match artifact {
        AnyArtifact::Blueprint(blueprint) if request.mode == Mode::Apply => {
            let (inline, blueprint) = blueprint.split();
            breeds.extend(inline.into_iter().map(AnyArtifact::Breed));
            AnyArtifact::Blueprint(blueprint)
        }
        other => other,
    };
    if request.mode == Mode::ValidateOnly {
        let artifact = Versioned {
            artifact: stored,
            revision: actual.unwrap_or(0),
            at: there.map_or_else(|| shared.now(), |there| there.at),
        };
        return Ok(answer(artifact, Vec::new(), actual.is_none(), false));
    }

    let mut batch = Batch::default();
    for breed in &breeds {
        batch.writes.push(put_write(breed, Expect::Anything));
        batch.events.push(archive_of(breed, how, &source));
    }
    batch.writes.push(put_write(&stored, expect));
    batch.events.push(archive_of(&stored, how, &source));
    let outcomes = match store.commit(batch).await {
        Ok(committed) => committed.outcomes,
        Err(error) => return Err(conflict(OPERATION, &subject, &request.precondition, error)),
    };
    let now = shared.now();
    let changed_breeds = breeds
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| matches!(outcome, Outcome::Written { .. }))
        .map(|(breed, _)| storage::name_of(breed).to_owned())
        .collect();
    let mut written = outcomes
        .iter()
        .zip(breeds.into_iter().chain([stored]))
        .map(|(outcome, artifact)| (revision(outcome), artifact))
        .map(|(revision, artifact)| Versioned {
            artifact,
            revision,
            at: now,
        })
        .collect::<Vec<_>>();
    let changed = outcomes
        .iter()
        .any(|outcome| matches!(outcome, Outcome::Written { .. }));
    let main = written
        .pop()
        .ok_or_else(|| Error::new(ErrorKind::Internal, OPERATION, &subject))?;
    Ok(Answer {
        changed_breeds,
        ..answer(main, written, actual.is_none(), changed)
    })
}

/// Deletes an artifact, and says whether there was one.
pub(super) async fn delete(shared: &Shared, kind: Kind, name: &str, request: &Request) -> Result<bool> {
    const OPERATION: &str = "delete";
    let subject = format!("{kind}/{name}");
    if name.is_empty() {
        return Ok(false);
    }
    let store = &shared.parts.artifacts;
    let failed = |error| Error::of_store(OPERATION, &subject, error);
    let there = store.get(kind.plural(), name).await.map_err(failed)?;
    let actual = there.map(|there| there.revision);
    let expect = expect(&request.precondition, actual).ok_or_else(|| refused(OPERATION, &subject, actual))?;
    if request.mode == Mode::ValidateOnly || actual.is_none() {
        return Ok(actual.is_some());
    }
    let batch = Batch {
        writes: vec![Write::delete(kind.plural(), name).expecting(expect)],
        events: vec![archive(kind, name, Archived::Delete, "")],
    };
    match store.commit(batch).await {
        Ok(_) => Ok(true),
        Err(error) => Err(conflict(OPERATION, &subject, &request.precondition, error)),
    }
}

/// The write that stores an artifact.
pub(super) fn put_write(artifact: &AnyArtifact, expect: Expect) -> Write {
    let kind = artifact.kind().plural();
    Write::put(kind, storage::name_of(artifact), storage::content(artifact)).expecting(expect)
}

pub(super) fn archive_of(artifact: &AnyArtifact, how: Archived, source: &str) -> NewEvent {
    archive(artifact.kind(), storage::name_of(artifact), how, source)
}

/// The error for a precondition that does not hold.
pub(super) fn refused(operation: &'static str, subject: &str, actual: Option<u64>) -> Error {
    Error::new(ErrorKind::PreconditionFailed { actual }, operation, subject)
}

/// What the store has to look at again when it writes, where the precondition holds for what is there now.
fn expect(precondition: &Precondition, actual: Option<u64>) -> Option<Expect> {
    let expect = match (precondition, actual) {
        (Precondition::None, _) => Expect::Anything,
        (_, Some(revision)) => Expect::Revision(revision),
        (_, None) => Expect::Absent,
    };
    precondition.holds(actual).then_some(expect)
}

/// Somebody was quicker: with a precondition that means that it does not hold any more.
fn conflict(
    operation: &'static str,
    subject: &str,
    precondition: &Precondition,
    error: vamp_store::Error,
) -> Error {
    match error.kind() {
        vamp_store::ErrorKind::Conflict { actual, .. } if *precondition != Precondition::None => {
            refused(operation, subject, actual)
        }
        _ => Error::of_store(operation, subject, error),
    }
}

fn revision(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Written { revision } | Outcome::Unchanged { revision } | Outcome::Deleted { revision } => {
            *revision
        }
        Outcome::NothingToDelete => 0,
    }
}

fn answer(artifact: Versioned, breeds: Vec<Versioned>, created: bool, changed: bool) -> Answer {
    Answer {
        artifact,
        breeds,
        changed_breeds: Vec::new(),
        created,
        changed,
        notices: Vec::new(),
    }
}
