use vamp_client::{Body, Change, ErrorKind};
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
    let sent = match documents.update(name, &body, change).await {
        Ok(sent) => sent,
        Err(error) => return Err(refused(session, arguments, name, error).await),
    };
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

/// Why it is not deployed: perhaps only because there is no such blueprint.
async fn refused(
    session: &Session,
    arguments: &DeployArguments,
    name: &str,
    error: vamp_client::Error,
) -> Error {
    let blueprint = &arguments.blueprint;
    if error.kind() == ErrorKind::Refused
        && let Ok(None) = session.client.documents(Kind::Blueprint).get(blueprint).await
    {
        return failure::absent(Kind::Blueprint, blueprint);
    }
    let what = format!("deploying '{blueprint}' as '{name}'");
    failure::of_request(error, &session.server, &what)
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
