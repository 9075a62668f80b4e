//! Taking away what several documents name.

use serde_json::Value;
use vamp_engine::{Mode, Precondition, Request};
use vamp_model::{DeploymentRequest, Format, Kind, Limits, outline_with, read_deployment_request_with};

use super::Outcome;
use crate::http::Failure;
use crate::routes::deployments::{self, Form};
use crate::shared::Shared;

/// What shall go: an artifact by its name, or services of a deployment.
pub(super) struct Unwanted {
    kind: Kind,
    name: String,
    services: Option<DeploymentRequest>,
}

/// What a text names. A document needs no more than `kind` and `name`; whole artifacts are taken, too.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Vec<Unwanted>, Failure> {
    let documents = outline_with(text, Format::Auto, limits);
    let documents = documents.map_err(|problems| Failure::problems(&problems))?;
    let unwanted = documents.into_iter().enumerate().map(|(position, document)| {
        let services = match document.kind {
            Kind::Deployment => Some(services(&document.value, limits)),
            _ => None,
        };
        let services = services.transpose();
        Ok(Unwanted {
            kind: document.kind,
            name: document.name,
            services: services.map_err(|failure| failure.located(text, limits, position))?,
        })
    });
    unwanted.collect()
}

/// The services that a deployment's document names.
fn services(item: &Value, limits: &Limits) -> Result<DeploymentRequest, Failure> {
    let services = read_deployment_request_with(&item.to_string(), Format::Json, limits);
    services.map_err(|problems| {
        let mut failure = Failure::problems(&problems);
        // These are places in the item, not in what was sent.
        for error in &mut failure.body.errors {
            (error.line, error.column) = (None, None);
        }
        failure
    })
}

/// Takes it away, and answers whether there was such an artifact, or what becomes of the deployment.
pub(super) async fn remove(
    shared: &Shared,
    unwanted: Unwanted,
    request: &Request,
) -> Result<Option<Outcome>, Failure> {
    let Unwanted { kind, name, services } = unwanted;
    let told = |body: Value| Outcome {
        body,
        notices: Vec::new(),
    };
    match services {
        None => {
            let removed = shared.engine.delete(kind, &name, request).await?;
            Ok((request.mode == Mode::Apply).then(|| told(removed.into())))
        }
        Some(services) if Form::of(&services) == Form::Named => {
            // Without clusters nothing is named that could go.
            let found = shared.engine.get(kind, &name).await?;
            let found = found.ok_or_else(|| Failure::absent(&name))?;
            let deployment = serde_json::to_value(&found.artifact).map_err(Failure::internal)?;
            Ok(Some(told(Value::Array(vec![deployment]))))
        }
        Some(services) => {
            let change = deployments::remove(shared, &name, services, request).await?;
            Ok(Some(Outcome {
                body: deployments::body(Form::Named, request.mode, &change)?,
                notices: change.notices.into_iter().map(|notice| notice.message).collect(),
            }))
        }
    }
}

/// One revision cannot be that of several artifacts.
pub(super) fn without_precondition(request: &Request) -> Result<(), Failure> {
    match request.precondition {
        Precondition::None => Ok(()),
        _ => Err(Failure::bad_request(
            "The headers 'If-Match' and 'If-None-Match' are for requests that change one artifact.",
        )),
    }
}
