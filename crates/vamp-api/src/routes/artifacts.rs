//! Artifacts of every kind but deployments.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::Value;
use utoipa::openapi::Required;
use vamp_engine::{Answer as Change, Mode, Page};
use vamp_model::{AnyArtifact, Kind};

use super::describe::{
    answer, document, failure, flag, list_of, name, named, nothing, operation, pages, preconditions,
    validate_only,
};
use super::description::schema_name;
use super::references::References;
use super::{Checks, Document, Endpoint, artifact, imports};
use crate::http::{Answer, Ask, Failure, Paging};
use crate::shared::Shared;

/// The kinds of these routes.
const KINDS: [Kind; 10] = [
    Kind::Breed,
    Kind::Scale,
    Kind::Blueprint,
    Kind::Gateway,
    Kind::Sla,
    Kind::Escalation,
    Kind::Condition,
    Kind::Rewrite,
    Kind::Route,
    Kind::Template,
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    KINDS.into_iter().flat_map(of_kind).collect()
}

fn of_kind(kind: Kind) -> [Endpoint; 5] {
    let (plural, singular) = (kind.plural(), kind.singular());
    let (all, single) = (format!("/{plural}"), format!("/{plural}/{{*name}}"));
    let schema = named(&schema_name(kind));
    let (created, updated, deleted) = if is_wish(kind) {
        ("202", "202", "202")
    } else {
        ("201", "200", "204")
    };
    let in_path = || {
        name(&format!(
            "The name of the {singular}; slashes may be written as they are or as `%2F`."
        ))
    };
    let references = [
        flag(
            "expand_references",
            "Show what is referred to in place of its name.",
        ),
        flag("only_references", "Show names in place of what is written out."),
    ];
    let stored = format!("The {singular} as it is stored, with the breeds that stood in it in front.");
    let body = document(&format!("The {singular}."), Required::True, &schema);
    let conflict = || failure("The artifact is not in the state that `If-Match` or `If-None-Match` demands.");
    let list_operation = operation(
        plural,
        &format!("list_{plural}"),
        &format!("The {plural}, by name."),
    )
    .parameters(Some(pages()))
    .parameters(Some(references.clone()))
    .response(
        "200",
        answer(
            "A page; `X-Total-Count` and `Link` tell of the others.",
            &list_of(schema.clone()),
        ),
    );
    let read_operation = operation(plural, &format!("get_{singular}"), &format!("One {singular}."))
        .parameter(in_path())
        .parameters(Some(references))
        .response("200", answer("It, with its revision as `ETag`.", &schema))
        .response("404", failure("There is none of this name."));
    let create_operation = operation(
        plural,
        &format!("create_{singular}"),
        &format!("Stores a {singular}, or several, each under its own name."),
    )
    .parameter(validate_only())
    .parameters(Some(preconditions()))
    .request_body(Some(body.clone()))
    .response(created, answer(&stored, &list_of(schema.clone())))
    .response("412", conflict());
    let update_operation = operation(
        plural,
        &format!("update_{singular}"),
        &format!("Stores a {singular} under this name, whether there is one or not."),
    )
    .parameter(in_path())
    .parameter(validate_only())
    .parameters(Some(preconditions()))
    .request_body(Some(body))
    .response(updated, answer(&stored, &list_of(schema)))
    .response("412", conflict());
    let delete_operation = operation(
        plural,
        &format!("delete_{singular}"),
        &format!("Removes a {singular}, if there is one."),
    )
    .parameter(in_path())
    .parameter(validate_only())
    .parameters(Some(preconditions()))
    .response(deleted, nothing("There is none of this name now."))
    .response("412", conflict());
    [
        Endpoint::new(
            Method::GET,
            all.as_str(),
            Checks::READ,
            list_operation,
            move |shared, ask| list(shared, ask, kind),
        ),
        Endpoint::new(
            Method::POST,
            all,
            Checks::WRITE,
            create_operation,
            move |shared, ask| create(shared, ask, kind),
        ),
        Endpoint::new(
            Method::GET,
            single.as_str(),
            Checks::READ,
            read_operation,
            move |shared, ask| read(shared, ask, kind),
        ),
        Endpoint::new(
            Method::PUT,
            single.as_str(),
            Checks::WRITE,
            update_operation,
            move |shared, ask| update(shared, ask, kind),
        ),
        Endpoint::new(
            Method::DELETE,
            single,
            Checks::with(Document::None),
            delete_operation,
            move |shared, ask| delete(shared, ask, kind),
        ),
    ]
}

/// Whether a change is a wish that is fulfilled later.
pub(super) fn is_wish(kind: Kind) -> bool {
    matches!(kind, Kind::Gateway | Kind::Deployment)
}

async fn list(shared: Arc<Shared>, ask: Ask, kind: Kind) -> Result<Answer, Failure> {
    let paging = Paging::of(&ask.query)?;
    let references = References::of(&ask.query)?;
    let page = Page {
        offset: paging.offset(),
        limit: paging.limit(),
    };
    let listing = shared.engine.list(kind, page).await?;
    let items = listing.items.into_iter().map(|item| item.artifact).collect();
    let items = references.all_shown(&shared.engine, items).await?;
    ask.page(paging, listing.total, &items)
}

async fn read(shared: Arc<Shared>, ask: Ask, kind: Kind) -> Result<Answer, Failure> {
    let references = References::of(&ask.query)?;
    let found = shared
        .engine
        .get(kind, &ask.name)
        .await?
        .ok_or_else(Failure::not_found)?;
    let revision = artifact::revision(&found);
    let shown = references.shown(&shared.engine, found.artifact).await?;
    Ok(ask.answer(StatusCode::OK, &shown)?.with_revision(revision))
}

async fn create(shared: Arc<Shared>, ask: Ask, kind: Kind) -> Result<Answer, Failure> {
    let request = ask.request()?;
    let parsed = artifact::parsed(&shared, &ask.text)?;
    let artifacts = imports::reading(&shared.engine, |imports| parsed.read_any_list(kind, imports)).await?;
    let mut changes = Vec::with_capacity(artifacts.len());
    for (document, artifact) in artifacts.into_iter().enumerate() {
        let change = shared.engine.create(artifact, &request).await;
        changes.push(change.map_err(|error| Failure::from(error).located(&parsed, document))?);
    }
    let status = if is_wish(kind) {
        StatusCode::ACCEPTED
    } else {
        StatusCode::CREATED
    };
    written(&ask, status, kind, request.mode, &changes)
}

async fn update(shared: Arc<Shared>, ask: Ask, kind: Kind) -> Result<Answer, Failure> {
    let request = ask.request()?;
    let parsed = artifact::parsed(&shared, &ask.text)?;
    let artifact = imports::reading(&shared.engine, |imports| parsed.read_any(kind, imports)).await?;
    let change = shared.engine.update(&ask.name, artifact, &request).await;
    let change = change.map_err(|error| Failure::from(error).located(&parsed, 0))?;
    let status = if is_wish(kind) {
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    };
    written(&ask, status, kind, request.mode, &[change])
}

async fn delete(shared: Arc<Shared>, ask: Ask, kind: Kind) -> Result<Answer, Failure> {
    let request = ask.request()?;
    shared.engine.delete(kind, &ask.name, &request).await?;
    Ok(Answer::empty(if is_wish(kind) {
        StatusCode::ACCEPTED
    } else {
        StatusCode::NO_CONTENT
    }))
}

/// Generic kinds answer with a list; gateways, and what was only looked at, with the artifact itself where there is one.
fn written(
    ask: &Ask,
    status: StatusCode,
    kind: Kind,
    mode: Mode,
    changes: &[Change],
) -> Result<Answer, Failure> {
    let notices = changes.iter().flat_map(|change| &change.notices);
    let notices: Vec<&str> = notices.map(|notice| notice.message.as_str()).collect();
    let answer = match changes {
        [change] => {
            let answer = ask.answer(status, &body(kind, mode, change)?)?;
            answer.with_revision(artifact::revision(&change.artifact).filter(|_| mode == Mode::Apply))
        }
        changes if kind == Kind::Gateway || mode == Mode::ValidateOnly => {
            let artifacts: Vec<&AnyArtifact> =
                changes.iter().map(|change| &change.artifact.artifact).collect();
            ask.answer(status, &artifacts)?
        }
        changes => {
            let artifacts: Vec<&AnyArtifact> = changes.iter().flat_map(artifact::stored).collect();
            ask.answer(status, &artifacts)?
        }
    };
    let changed_breeds = changes.iter().flat_map(|change| &change.changed_breeds);
    Ok(answer
        .with_notices(notices)
        .with_changed_breeds(changed_breeds.map(String::as_str)))
}

/// What the change of one artifact answers.
pub(super) fn body(kind: Kind, mode: Mode, change: &Change) -> Result<Value, Failure> {
    let value = if kind == Kind::Gateway || mode == Mode::ValidateOnly {
        serde_json::to_value(&change.artifact.artifact)
    } else {
        serde_json::to_value(artifact::stored(change))
    };
    value.map_err(Failure::internal)
}
