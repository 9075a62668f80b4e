use serde_json::Value;
use vamp_client::wire::AgentStatus;
use vamp_model::Kind;

use super::arguments::{GetArguments, kind_and_name};
use super::kind::Resource;
use super::{Session, failure};
use crate::display::{artifacts, table::Table};
use crate::{Error, Exit, Result};

pub(super) async fn run(session: &Session, arguments: &GetArguments) -> Result<Exit> {
    let (resource, name) = kind_and_name(&arguments.kind, arguments.name.as_deref())?;
    match (resource, name) {
        (Resource::Artifact(kind), Some(name)) => one(session, arguments, kind, &name).await,
        (Resource::Artifact(kind), None) => all(session, arguments, kind).await,
        (Resource::Agents, name) => agents(session, arguments, name.as_deref()).await,
    }
}

async fn one(session: &Session, arguments: &GetArguments, kind: Kind, name: &str) -> Result<Exit> {
    let found = session
        .client
        .documents(kind)
        .get(name)
        .await
        .map_err(|error| session.failed(error))?;
    let Some(found) = found else {
        return Err(failure::absent(kind, name));
    };
    let table = || artifacts::table(kind, std::slice::from_ref(&found.value));
    session
        .output
        .value(arguments.output.output, &found.value, table)?;
    Ok(Exit::Success)
}

async fn all(session: &Session, arguments: &GetArguments, kind: Kind) -> Result<Exit> {
    let found = session
        .client
        .documents(kind)
        .all()
        .await
        .map_err(|error| session.failed(error))?;
    let value = Value::Array(found);
    let table = || artifacts::table(kind, value.as_array().map(Vec::as_slice).unwrap_or_default());
    session.output.value(arguments.output.output, &value, table)?;
    Ok(Exit::Success)
}

async fn agents(session: &Session, arguments: &GetArguments, name: Option<&str>) -> Result<Exit> {
    let mut agents = session
        .client
        .agents()
        .await
        .map_err(|error| session.failed(error))?;
    if let Some(name) = name {
        agents.retain(|agent| agent.id == name || format!("{}/{}", agent.name, agent.id) == name);
        if agents.is_empty() {
            return Err(Error::new(Exit::NotFound, format!("there is no agent '{name}'")));
        }
    }
    let value = serde_json::to_value(&agents)
        .map_err(|error| Error::new(Exit::Failed, format!("cannot print agents: {error}")))?;
    session
        .output
        .value(arguments.output.output, &value, || agents_table(&agents))?;
    Ok(Exit::Success)
}

fn agents_table(agents: &[AgentStatus]) -> Table {
    let mut table = Table::new([
        "AGENT", "HOST", "VERSION", "HAPROXY", "APPLIED", "HOW", "SINCE", "FAILURE",
    ]);
    for agent in agents {
        let applied = agent.applied.as_ref();
        let haproxy = match agent.haproxy.worker_pid {
            Some(_) => agent.haproxy.version.clone(),
            None => format!("{} (down)", agent.haproxy.version)
                .trim_start()
                .to_owned(),
        };
        let failure = agent.failure.as_ref().map(|failure| match failure.kind.as_str() {
            // The message of one that is held back says so itself.
            "" | "held-back" => failure.message.clone(),
            kind => format!("{kind}: {}", failure.message),
        });
        table.row([
            format!("{}/{}", agent.name, agent.id),
            agent.host.clone(),
            agent.version.clone(),
            haproxy,
            applied.map_or_else(String::new, |applied| applied.hash.chars().take(12).collect()),
            applied.map_or_else(String::new, |applied| applied.how.clone()),
            applied.map_or_else(String::new, |applied| format!("{:.0}", applied.at)),
            failure.unwrap_or_default(),
        ]);
    }
    table
}
