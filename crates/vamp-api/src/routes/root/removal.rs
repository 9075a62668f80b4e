//! Taking away what several documents name.

use serde_json::Value;
use vamp_engine::{Mode, Precondition, Request};
use vamp_model::Removal;

use super::Outcome;
use crate::http::Failure;
use crate::routes::deployments::{self, Form};
use crate::shared::Shared;

/// Takes it away, and answers whether there was such an artifact, or what becomes of the deployment.
pub(super) async fn remove(
    shared: &Shared,
    unwanted: Removal,
    request: &Request,
) -> Result<Option<Outcome>, Failure> {
    let Removal {
        kind, name, services, ..
    } = unwanted;
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
