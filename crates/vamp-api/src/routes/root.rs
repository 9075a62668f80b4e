//! Documents of several kinds in one request.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::Value;
use utoipa::openapi::Required;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use vamp_engine::{Engine, Request};
use vamp_model::{Content, Document as Item, Format, read_documents_with};

use super::describe::{answer, document, list_of, operation, validate_only};
use super::{Checks, Endpoint, artifact, artifacts, deployments};
use crate::http::{Answer, Ask, Failure};
use crate::shared::Shared;

/// What is done with each document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Create,
    Update,
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
    ];
    let any: utoipa::openapi::RefOr<Schema> = Schema::Object(ObjectBuilder::new().build()).into();
    let endpoint = |(method, deed, id, summary): (Method, Deed, &str, &str)| {
        let operation = operation("several", id, summary)
            .description(Some(
                "Documents are applied in order up to the first that is refused; what stands before it has happened then.",
            ))
            .parameter(validate_only())
            .request_body(Some(document("Artifacts, each with `kind` and `name`.", Required::True, &list_of(any.clone()))))
            .response("202", answer("For each document what its own route would answer.", &list_of(any.clone())));
        Endpoint::new(method, "/", Checks::WRITE, operation, move |shared, ask| {
            apply(shared, ask, deed)
        })
    };
    deeds.into_iter().map(endpoint).collect()
}

async fn apply(shared: Arc<Shared>, ask: Ask, deed: Deed) -> Result<Answer, Failure> {
    let limits = artifact::limits(&shared);
    let documents = read_documents_with(&ask.text, Format::Auto, &limits);
    let documents = documents.map_err(|problems| Failure::problems(&problems))?;
    let request = ask.request()?;
    let mut answers = Vec::with_capacity(documents.len());
    let mut notices = Vec::new();
    for (position, document) in documents.into_iter().enumerate() {
        let outcome = store(&shared.engine, document, deed, &request).await;
        let outcome = outcome.map_err(|failure| failure.located(&ask.text, &limits, position))?;
        answers.push(outcome.body);
        notices.extend(outcome.notices);
    }
    let answer = ask.answer(StatusCode::ACCEPTED, &answers)?;
    Ok(answer.with_notices(notices.iter().map(String::as_str)))
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
