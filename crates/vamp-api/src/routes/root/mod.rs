//! Documents of several kinds in one request.

mod removal;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::Value;
use utoipa::openapi::Required;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use vamp_engine::{Engine, Request};
use vamp_model::{Content, Document as Item};

use super::describe::{answer, document, list_of, operation, validate_only};
use super::{Checks, Document, Endpoint, artifact, artifacts, deployments, imports};
use crate::http::{Answer, Ask, Failure};
use crate::shared::Shared;

/// What is done with each document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Create,
    Update,
    Delete,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let deeds = [
        (
            Method::POST,
            Deed::Create,
            "create_all",
            "Creates each artifact, and deploys each deployment.",
        ),
        (
            Method::PUT,
            Deed::Update,
            "update_all",
            "Stores each artifact whether it exists or not, and merges each deployment.",
        ),
        (
            Method::DELETE,
            Deed::Delete,
            "delete_all",
            "Removes each artifact, and of each deployment the services named.",
        ),
    ];
    let any: utoipa::openapi::RefOr<Schema> = Schema::Object(ObjectBuilder::new().build()).into();
    let endpoint = |(method, deed, id, summary): (Method, Deed, &str, &str)| {
        let operation = operation("several", id, summary)
            .description(Some(
                "Documents are applied in order up to the first that is refused; what stands before it has happened then.",
            ))
            .parameter(validate_only())
            .request_body(Some(document("Artifacts, each with `kind` and `name`; to remove one, no more is needed.", Required::True, &list_of(any.clone()))))
            .response("202", answer("For each document what its own route would answer.", &list_of(any.clone())));
        let checks = match deed {
            Deed::Delete => Checks::with(Document::Optional),
            Deed::Create | Deed::Update => Checks::WRITE,
        };
        Endpoint::new(method, "/", checks, operation, move |shared, ask| async move {
            match deed {
                Deed::Delete => remove(shared, ask).await,
                Deed::Create | Deed::Update => apply(shared, ask, deed).await,
            }
        })
    };
    deeds.into_iter().map(endpoint).collect()
}

async fn apply(shared: Arc<Shared>, ask: Ask, deed: Deed) -> Result<Answer, Failure> {
    let parsed = artifact::parsed(&shared, &ask.text)?;
    let documents = imports::reading(&shared.engine, |imports| parsed.read_documents(imports)).await?;
    let request = ask.request()?;
    removal::without_precondition(&request)?;
    let mut outcomes = Vec::with_capacity(documents.len());
    for (position, document) in documents.into_iter().enumerate() {
        let outcome = store(&shared.engine, document, deed, &request).await;
        let outcome = outcome.map_err(|failure| failure.located(&parsed, position))?;
        outcomes.push(outcome);
    }
    answer_all(&ask, &outcomes)
}

async fn remove(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let parsed = artifact::parsed(&shared, &ask.text)?;
    let unwanted = imports::reading(&shared.engine, |imports| parsed.read_removals(imports)).await?;
    let request = ask.request()?;
    removal::without_precondition(&request)?;
    let mut outcomes = Vec::with_capacity(unwanted.len());
    for (position, unwanted) in unwanted.into_iter().enumerate() {
        let outcome = removal::remove(&shared, unwanted, &request).await;
        outcomes.extend(outcome.map_err(|failure| failure.located(&parsed, position))?);
    }
    answer_all(&ask, &outcomes)
}

fn answer_all(ask: &Ask, outcomes: &[Outcome]) -> Result<Answer, Failure> {
    let bodies: Vec<&Value> = outcomes.iter().map(|outcome| &outcome.body).collect();
    let notices = outcomes.iter().flat_map(|outcome| &outcome.notices);
    let answer = ask.answer(StatusCode::ACCEPTED, &bodies)?;
    Ok(answer.with_notices(notices.map(String::as_str)))
}

struct Outcome {
    body: Value,
    notices: Vec<String>,
}

async fn store(engine: &Engine, item: Item, deed: Deed, request: &Request) -> Result<Outcome, Failure> {
    let (body, change) = match item.content {
        Content::Artifact(artifact) => {
            let change = if deed == Deed::Create {
                engine.create(artifact, request).await?
            } else {
                engine.update(&item.name, artifact, request).await?
            };
            (artifacts::body(item.kind, request.mode, &change)?, change)
        }
        Content::Deployment(wanted) => {
            let form = deployments::Form::of(&wanted);
            let name = deployments::deployment_name(&item.name)?;
            let change = engine.deploy(Some(&name), wanted, request).await?;
            (deployments::body(form, request.mode, &change)?, change)
        }
        _ => return Err(Failure::internal("a document of an unknown sort")),
    };
    Ok(Outcome {
        body,
        notices: change.notices.into_iter().map(|notice| notice.message).collect(),
    })
}
