use vamp_client::{Body, Change};
use vamp_model::Kind;

use super::arguments::{DeployArguments, OutputArguments};
use super::wait::{Goal, wait};
use super::{Session, failure};
use crate::display::artifacts;
use crate::{Error, Exit, Result};

pub(super) async fn run(session: &Session, arguments: &DeployArguments) -> Result<Exit> {
    let name = arguments.deployment.as_deref().unwrap_or(&arguments.blueprint);
    let change = if arguments.dry_run {
        Change::validate()
    } else {
        Change::apply()
    };
    let body = Body::named(&arguments.blueprint);
    let documents = session.client.documents(Kind::Deployment);
    let sent = documents.update(name, &body, change).await.map_err(|error| {
        // The body is the program's own: places in it mean nothing to the user.
        let what = format!("deploying '{}' as '{name}'", arguments.blueprint);
        failure::of_document(error, &session.server, &what, without_place)
    })?;
    for notice in &sent.notices {
        session.output.remark(notice);
    }
    if arguments.dry_run {
        session.output.remark(&format!(
            "deploying '{}' as '{name}' is possible",
            arguments.blueprint
        ));
        return Ok(Exit::Success);
    }
    if let Some(state) = arguments.wait.wait {
        wait(session, &Goal::deployed(name, state), arguments.wait.timeout).await?;
    }
    show(session, name, arguments.output).await
}

/// A problem without its place.
pub(super) fn without_place(complaint: crate::display::Complaint) -> crate::display::Complaint {
    crate::display::Complaint {
        line: 0,
        column: 0,
        ..complaint
    }
}

/// Prints the deployment as it is now.
async fn show(session: &Session, name: &str, output: OutputArguments) -> Result<Exit> {
    let found = session.client.documents(Kind::Deployment).get(name).await;
    let Some(found) = found.map_err(|error| session.failed(error))? else {
        return Err(Error::new(
            Exit::NotFound,
            format!("the deployment '{name}' has gone meanwhile"),
        ));
    };
    let table = || artifacts::table(Kind::Deployment, std::slice::from_ref(&found.value));
    session.output.value(output.output, &found.value, table)?;
    Ok(Exit::Success)
}
