//! Deployments: wishes of what shall run.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use utoipa::openapi::Required;
use vamp_engine::{Answer as Change, ErrorKind, Mode, Page, Request};
use vamp_model::{AnyArtifact, DeploymentRequest, Kind, Name, ParsedText, only_references};

use super::describe::{
    answer, document, failure, flag, list_of, name, named, operation, pages, preconditions, validate_only,
};
use super::{Checks, Document, Endpoint, artifact, imports};
use crate::http::query::Query;
use crate::http::{Answer, Ask, Failure, Paging};
use crate::shared::Shared;

const TAG: &str = "deployments";
const SINGLE: &str = "/deployments/{name}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let deployment = named("Deployment");
    let blueprint = named("Blueprint");
    let views = [
        flag("as_blueprint", "Show the blueprint that would lead to it."),
        flag(
            "only_references",
            "In such a blueprint: show breeds by name only.",
        ),
    ];
    let in_path = || name("The name of the deployment.");
    let conflict =
        || failure("The deployment is not in the state that `If-Match` or `If-None-Match` demands.");
    let accepted = |description: &str| answer(description, &list_of(named("Deployment")));
    let body = |description: &str, required| document(description, required, &blueprint);
    let list_operation = operation(TAG, "list_deployments", "The deployments, by name.")
        .parameters(Some(pages()))
        .parameters(Some(views.clone()))
        .response(
            "200",
            answer(
                "A page; `X-Total-Count` and `Link` tell of the others.",
                &list_of(deployment.clone()),
            ),
        );
    let read_operation = operation(
        TAG,
        "get_deployment",
        "One deployment: what is wanted and how far it is.",
    )
    .parameter(in_path())
    .parameters(Some(views))
    .response("200", answer("It, with its revision as `ETag`.", &deployment))
    .response("404", failure("There is none of this name."));
    let deploy_operation = operation(
        TAG,
        "deploy",
        "Deploys a blueprint under its own name, or merges it into what runs there.",
    )
    .parameter(validate_only())
    .parameters(Some(preconditions()))
    .request_body(Some(body(
        "A blueprint, a deployment, or only the `name` of a stored blueprint.",
        Required::True,
    )))
    .response(
        "202",
        accepted("The wish is taken down; `status` of each service tells how far it is."),
    )
    .response("412", conflict());
    let merge_operation = operation(
        TAG,
        "merge",
        "Merges a blueprint into the deployment of this name, which is made when there is none.",
    )
    .parameter(in_path())
    .parameter(validate_only())
    .parameter(flag(
        "delete",
        "Take down what the body names instead, as `DELETE` does.",
    ))
    .parameters(Some(preconditions()))
    .request_body(Some(body(
        "A blueprint, a deployment, or only the `name` of a stored blueprint.",
        Required::True,
    )))
    .response("202", accepted("The wish is taken down."))
    .response("412", conflict());
    let undeploy_operation = operation(
        TAG,
        "undeploy",
        "Takes down the services that the body names; nothing without a body.",
    )
    .parameter(in_path())
    .parameter(validate_only())
    .parameters(Some(preconditions()))
    .request_body(Some(body(
        "What shall go: a blueprint, a deployment, or only the `name` of a stored blueprint.",
        Required::False,
    )))
    .response("202", accepted("The wish is taken down."))
    .response("404", failure("There is no such deployment, and no body."))
    .response("412", conflict());
    vec![
        Endpoint::new(Method::GET, "/deployments", Checks::READ, list_operation, list),
        Endpoint::new(
            Method::POST,
            "/deployments",
            Checks::WRITE,
            deploy_operation,
            deploy,
        ),
        Endpoint::new(Method::GET, SINGLE, Checks::READ, read_operation, read),
        Endpoint::new(Method::PUT, SINGLE, Checks::WRITE, merge_operation, merge),
        Endpoint::new(
            Method::DELETE,
            SINGLE,
            Checks::with(Document::Optional),
            undeploy_operation,
            undeploy,
        ),
    ]
}

/// How a deployment is shown.
#[derive(Debug, Clone, Copy)]
struct View {
    as_blueprint: bool,
    only_references: bool,
}

impl View {
    fn of(query: &Query) -> Result<Self, Failure> {
        let (expand, only) = (
            query.boolean("expand_references")?,
            query.boolean("only_references")?,
        );
        Ok(Self {
            as_blueprint: query.boolean("as_blueprint")?,
            only_references: only && !expand,
        })
    }

    fn shown(self, artifact: AnyArtifact) -> AnyArtifact {
        match artifact {
            AnyArtifact::Deployment(deployment) if self.as_blueprint => {
                let blueprint = deployment.to_blueprint();
                AnyArtifact::Blueprint(if self.only_references {
                    only_references(&blueprint)
                } else {
                    blueprint
                })
            }
            artifact => artifact,
        }
    }
}

async fn list(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let paging = Paging::of(&ask.query)?;
    let view = View::of(&ask.query)?;
    let page = Page {
        offset: paging.offset(),
        limit: paging.limit(),
    };
    let listing = shared.engine.list(Kind::Deployment, page).await?;
    let items: Vec<_> = listing
        .items
        .into_iter()
        .map(|item| view.shown(item.artifact))
        .collect();
    ask.page(paging, listing.total, &items)
}

async fn read(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let view = View::of(&ask.query)?;
    let found = shared.engine.get(Kind::Deployment, &ask.name).await?;
    let found = found.ok_or_else(Failure::not_found)?;
    let revision = artifact::revision(&found);
    let answer = ask.answer(StatusCode::OK, &view.shown(found.artifact))?;
    Ok(answer.with_revision(revision))
}

async fn deploy(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let request = ask.request()?;
    let parsed = artifact::parsed(&shared, &ask.text)?;
    let wanted = wanted(&shared, &parsed).await?;
    let form = Form::of(&wanted);
    let change = shared.engine.deploy(None, wanted, &request).await;
    let change = change.map_err(|error| Failure::from(error).located(&parsed, 0))?;
    accepted(&ask, form, request.mode, &change)
}

async fn merge(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    if ask.query.boolean("delete")? {
        return undeploy(shared, ask).await;
    }
    let request = ask.request()?;
    let parsed = artifact::parsed(&shared, &ask.text)?;
    let wanted = wanted(&shared, &parsed).await?;
    let form = Form::of(&wanted);
    let name = deployment_name(&ask.name)?;
    let change = shared.engine.deploy(Some(&name), wanted, &request).await;
    let change = change.map_err(|error| Failure::from(error).located(&parsed, 0))?;
    accepted(&ask, form, request.mode, &change)
}

async fn undeploy(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let request = ask.request()?;
    if ask.text.trim().is_empty() {
        let found = shared.engine.get(Kind::Deployment, &ask.name).await?;
        let found = found.ok_or_else(Failure::not_found)?;
        return ask.answer(StatusCode::ACCEPTED, &found.artifact);
    }
    let parsed = artifact::parsed(&shared, &ask.text)?;
    let unwanted = wanted(&shared, &parsed).await?;
    let change = remove(&shared, &ask.name, unwanted, &request).await;
    let change = change.map_err(|failure| failure.located(&parsed, 0))?;
    accepted(&ask, Form::Named, request.mode, &change)
}

/// Takes down what a request names. With a body, an absent deployment is a reference to nothing.
pub(super) async fn remove(
    shared: &Shared,
    name: &str,
    unwanted: DeploymentRequest,
    request: &Request,
) -> Result<Change, Failure> {
    let absent = || Failure::absent(name);
    let parsed: Name = name.parse().map_err(|_| absent())?;
    match shared.engine.undeploy(&parsed, unwanted, request).await {
        Err(error) if error.kind() == ErrorKind::NotFound => Err(absent()),
        outcome => Ok(outcome?),
    }
}

async fn wanted(shared: &Shared, parsed: &ParsedText<'_>) -> Result<DeploymentRequest, Failure> {
    imports::reading(&shared.engine, |imports| parsed.read_deployment_request(imports)).await
}

pub(super) fn deployment_name(name: &str) -> Result<Name, Failure> {
    name.parse().map_err(|error| {
        let message = format!("{error}");
        Failure::bad_request(message)
    })
}

/// How the blueprint of a request was given, which shapes the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Inline,
    Named,
}

impl Form {
    pub(super) const fn of(request: &DeploymentRequest) -> Self {
        match request {
            DeploymentRequest::Blueprint(_) => Self::Inline,
            DeploymentRequest::Named(_) => Self::Named,
        }
    }
}

fn accepted(ask: &Ask, form: Form, mode: Mode, change: &Change) -> Result<Answer, Failure> {
    let answer = ask.answer(StatusCode::ACCEPTED, &body(form, mode, change)?)?;
    let notices = change.notices.iter().map(|notice| notice.message.as_str());
    let revision = artifact::revision(&change.artifact).filter(|_| mode == Mode::Apply);
    Ok(answer.with_revision(revision).with_notices(notices))
}

/// What a change of a deployment answers: `[deployment]` for a blueprint by name, `[[breed], …, [deployment]]` for one
/// written out; when only looked at, the deployment for the first and `[deployment]` for the second.
pub(super) fn body(form: Form, mode: Mode, change: &Change) -> Result<Value, Failure> {
    let value = |artifact: &AnyArtifact| serde_json::to_value(artifact).map_err(Failure::internal);
    let deployment = value(&change.artifact.artifact)?;
    Ok(match (form, mode) {
        (Form::Named, Mode::ValidateOnly) => deployment,
        (Form::Named, Mode::Apply) | (Form::Inline, Mode::ValidateOnly) => json!([deployment]),
        (Form::Inline, Mode::Apply) => {
            let mut parts = Vec::new();
            for breed in &change.breeds {
                parts.push(json!([value(&breed.artifact)?]));
            }
            parts.push(json!([deployment]));
            Value::Array(parts)
        }
    })
}
