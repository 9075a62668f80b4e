use vamp_client::Change;
use vamp_model::Kind;

use super::Session;
use super::arguments::{DeleteArguments, kind_and_name};
use super::kind::Resource;
use crate::{Error, Exit, Result};

pub(super) async fn run(session: &Session, arguments: &DeleteArguments) -> Result<Exit> {
    let (resource, name) = kind_and_name(&arguments.kind, arguments.name.as_deref())?;
    let name = name.ok_or_else(|| Error::usage("the name of the artifact is missing"))?;
    let kind = match resource {
        Resource::Artifact(Kind::Deployment) => {
            return Err(
                Error::usage("a deployment is taken down, not deleted").hint(format!("vamp undeploy {name}"))
            );
        }
        Resource::Artifact(kind) => kind,
        Resource::Agents => return Err(Error::usage("an agent is stopped where it runs")),
    };
    let deleted = session
        .client
        .documents(kind)
        .delete(&name, Change::apply())
        .await;
    deleted.map_err(|error| session.failed(error))?;
    Ok(Exit::Success)
}
