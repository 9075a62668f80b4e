use vamp_client::Change;
use vamp_model::Kind;

use super::arguments::{DeleteArguments, kind_and_name};
use super::kind::Resource;
use super::outcome::{self, Outcome};
use super::{Session, failure};
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
    let documents = session.client.documents(kind);
    // The server takes the absence of an artifact for success, and people take it for a slip.
    let before = documents.get(&name).await;
    if before.map_err(|error| session.failed(error))?.is_none() {
        return Err(failure::absent(kind, &name));
    }
    let deleted = documents.delete(&name, Change::apply()).await;
    deleted.map_err(|error| {
        let what = format!("deleting {} '{name}'", kind.singular());
        failure::of_request(error, &session.server, &what)
    })?;
    let deleted = Outcome {
        kind,
        name,
        result: "deleted",
        revision: None,
    };
    outcome::show(session, arguments.output, &[deleted])?;
    Ok(Exit::Success)
}
