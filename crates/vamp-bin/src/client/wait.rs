//! Waiting until a wish is fulfilled: every event is a reason to look, and so is a moment without any.

use std::time::Duration;

use futures::StreamExt as _;
use serde_json::Value;
use tokio::time::Instant;
use vamp_client::wire::Section;
use vamp_client::{EventFilter, Followed};
use vamp_model::Kind;

use super::Session;
use super::arguments::{WaitFor, WaitForEnd};
use crate::display::artifacts::{service_status, services};
use crate::{Error, Exit, Result};

/// The state is looked at this often even without an event.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The agents are looked at this often while they are all that is missing: what they apply is no event.
const LOOK_AT_AGENTS_EVERY: Duration = Duration::from_millis(200);

/// What is waited for.
#[derive(Debug)]
pub(super) struct Goal {
    /// The name of a deployment; empty where only the agents are waited for.
    deployment: String,
    state: State,
}

#[derive(Debug)]
enum State {
    /// All services run; applied means that the agents have it, too.
    Deployed { applied: bool },
    /// These services, by cluster and breed, are gone; applied as above.
    Undeployed {
        services: Vec<(String, String)>,
        applied: bool,
    },
    /// The agents have everything that the server knows.
    Applied,
}

impl Goal {
    pub(super) fn deployed(deployment: &str, state: WaitFor) -> Self {
        let applied = state == WaitFor::Applied;
        Self {
            deployment: deployment.to_owned(),
            state: State::Deployed { applied },
        }
    }

    pub(super) fn applied() -> Self {
        Self {
            deployment: String::new(),
            state: State::Applied,
        }
    }

    /// Whether agents count.
    fn asks_agents(&self) -> bool {
        match self.state {
            State::Deployed { applied } | State::Undeployed { applied, .. } => applied,
            State::Applied => true,
        }
    }

    /// What it is about, as the begin of a sentence.
    fn subject(&self) -> String {
        match self.state {
            State::Applied => "the change".to_owned(),
            _ => format!("'{}'", self.deployment),
        }
    }

    pub(super) fn undeployed(deployment: &str, services: Vec<(String, String)>, state: WaitForEnd) -> Self {
        let applied = state == WaitForEnd::Applied;
        Self {
            deployment: deployment.to_owned(),
            state: State::Undeployed { services, applied },
        }
    }
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Progress {
    Reached,
    /// What is missing, in words.
    Missing(String),
    /// It will not be reached by itself: why.
    Failed(String),
}

/// Waits, and says on standard error what is still missing whenever that changes.
pub(super) async fn wait(session: &Session, goal: &Goal, limit: Duration) -> Result<()> {
    let deadline = Instant::now() + limit;
    let tag = match goal.state {
        State::Applied => "marshaller:configuration".to_owned(),
        _ => format!("deployments:{}", goal.deployment),
    };
    let look_every = if goal.asks_agents() {
        LOOK_AT_AGENTS_EVERY
    } else {
        LOOK_EVERY
    };
    let mut events = session.client.events().follow(EventFilter::tagged([tag]));
    let mut followed = true;
    // One for all rounds: what comes while the state is looked at is not lost between two of them.
    let mut interruption = std::pin::pin!(tokio::signal::ctrl_c());
    let mut told = String::new();
    loop {
        let missing = match look(session, goal).await? {
            Progress::Reached => return Ok(()),
            Progress::Failed(reason) => {
                return Err(Error::new(
                    Exit::RolloutFailed,
                    match goal.state {
                        State::Applied => format!("the change is not in effect everywhere: {reason}"),
                        _ => format!("'{}' does not come up: {reason}", goal.deployment),
                    },
                ));
            }
            Progress::Missing(missing) => missing,
        };
        if missing != told {
            session.output.remark(&missing);
            told.clone_from(&missing);
        }
        tokio::select! {
            () = tokio::time::sleep_until(deadline) => return Err(late(goal, limit, &missing)),
            _ = &mut interruption => return Err(interrupted(goal)),
            () = tokio::time::sleep(look_every) => {}
            next = events.next(), if followed => match next {
                Some(Ok(Followed::Event(_) | Followed::Connected | Followed::Missed(_))) => {}
                Some(Ok(_)) => {}
                // The stream connects again by itself; without it the state is still looked at.
                Some(Err(error)) => tracing::debug!(%error, "the events cannot be followed"),
                None => followed = false,
            },
        }
    }
}

fn late(goal: &Goal, limit: Duration, missing: &str) -> Error {
    let message = format!("{} is not there after {limit:?}: {missing}", goal.subject());
    Error::new(Exit::TimedOut, message).hint("the server goes on; --timeout waits longer")
}

fn interrupted(goal: &Goal) -> Error {
    Error::new(
        Exit::Interrupted,
        format!("interrupted; the server goes on with {}", goal.subject()),
    )
}

async fn look(session: &Session, goal: &Goal) -> Result<Progress> {
    if matches!(goal.state, State::Applied) {
        return agents(session).await;
    }
    let found = session
        .client
        .documents(Kind::Deployment)
        .get(&goal.deployment)
        .await;
    let deployment = match found {
        Ok(found) => found.map(|found| found.value),
        // A server that is just being started again is waited for, too.
        Err(error) if error.is_temporary() => {
            return Ok(Progress::Missing("the server does not answer".to_owned()));
        }
        Err(error) => return Err(session.failed(error)),
    };
    let progress = match &goal.state {
        State::Deployed { .. } => deployed(deployment.as_ref()),
        State::Undeployed { services, .. } => undeployed(deployment.as_ref(), services),
        State::Applied => Progress::Reached,
    };
    match progress {
        Progress::Reached if goal.asks_agents() => agents(session).await,
        progress => Ok(progress),
    }
}

fn deployed(deployment: Option<&Value>) -> Progress {
    let Some(deployment) = deployment else {
        return Progress::Failed("it has been undeployed".to_owned());
    };
    if let Some((cluster, service)) =
        services(deployment).find(|(_, service)| service_status(service) == "failed")
    {
        let reason = service["status"]["phase"]["notification"]
            .as_str()
            .unwrap_or("no reason is known");
        return Progress::Failed(format!("{}: {reason}", name(cluster, service)));
    }
    let missing: Vec<String> = services(deployment)
        .filter(|(_, service)| service_status(service) != "deployed")
        .map(|(cluster, service)| format!("{} {}", name(cluster, service), service_status(service)))
        .collect();
    if missing.is_empty() {
        Progress::Reached
    } else {
        Progress::Missing(missing.join(", "))
    }
}

fn undeployed(deployment: Option<&Value>, wanted: &[(String, String)]) -> Progress {
    let Some(deployment) = deployment else {
        return Progress::Reached;
    };
    let left: Vec<String> = services(deployment)
        .filter(|(cluster, service)| {
            let breed = service["breed"]["name"].as_str().unwrap_or_default();
            wanted
                .iter()
                .any(|(wanted_cluster, wanted_breed)| wanted_cluster == cluster && wanted_breed == breed)
        })
        .map(|(cluster, service)| format!("{} {}", name(cluster, service), service_status(service)))
        .collect();
    if left.is_empty() {
        Progress::Reached
    } else {
        Progress::Missing(left.join(", "))
    }
}

fn name(cluster: &str, service: &Value) -> String {
    format!(
        "{cluster}/{}",
        service["breed"]["name"].as_str().unwrap_or_default()
    )
}

/// Whether every live agent runs what was handed over last.
async fn agents(session: &Session) -> Result<Progress> {
    let info = match session.client.info(&[Section::GatewayDriver]).await {
        Ok(info) => info,
        Err(error) if error.is_temporary() => {
            return Ok(Progress::Missing("the server does not answer".to_owned()));
        }
        Err(error) => return Err(session.failed(error)),
    };
    Ok(applied(info.gateway_driver.as_ref().unwrap_or(&Value::Null)))
}

fn applied(gateway_driver: &Value) -> Progress {
    let Some(hash) = gateway_driver["published"]["hash"].as_str() else {
        return Progress::Missing("no configuration is handed over".to_owned());
    };
    if gateway_driver["published"]["complete"] == false {
        return Progress::Missing("the newest configuration is not handed over yet".to_owned());
    }
    let agents = gateway_driver["agents"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if agents.is_empty() {
        return Progress::Missing("no gateway agent is alive".to_owned());
    }
    let mut behind = Vec::new();
    for agent in agents.iter().filter(|agent| agent["applied"]["hash"] != hash) {
        let name = agent["id"].as_str().unwrap_or_default();
        let failure = Some(&agent["failure"]).filter(|failure| failure["hash"] == hash);
        let reason = failure.and_then(|failure| failure["message"].as_str());
        match (reason, failure.and_then(|failure| failure["kind"].as_str())) {
            // Neither is tried again before somebody does something about it.
            (Some(reason), Some("refused")) => {
                return Progress::Failed(format!("agent {name} refuses the configuration: {reason}"));
            }
            (Some(reason), Some("held-back")) => {
                return Progress::Failed(format!("agent {name} does not apply the configuration: {reason}"));
            }
            (Some(reason), _) => behind.push(format!("agent {name} has failed and tries again: {reason}")),
            (None, _) => behind.push(format!("agent {name} has not applied it yet")),
        }
    }
    if behind.is_empty() {
        Progress::Reached
    } else {
        Progress::Missing(behind.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(intention: &str, phase: &Value) -> Value {
        json!({"clusters": {"web": {"services":
            [{"breed": {"name": "web:1"}, "status": {"intention": intention, "phase": phase}}]}}})
    }

    #[test]
    fn a_deployment_is_there_when_all_services_are_done() {
        let cases = [
            (json!({"name": "Done"}), Progress::Reached),
            (
                json!({"name": "Updating"}),
                Progress::Missing("web/web:1 deploying".to_owned()),
            ),
            (
                json!({"name": "Failed", "notification": "no such program"}),
                Progress::Failed("web/web:1: no such program".to_owned()),
            ),
        ];
        for (phase, progress) in cases {
            assert_eq!(deployed(Some(&deployment("Deployment", &phase))), progress);
        }
        assert!(matches!(deployed(None), Progress::Failed(_)));
    }

    #[test]
    fn services_are_undeployed_when_they_are_gone() {
        let wanted = [("web".to_owned(), "web:1".to_owned())];
        let there = deployment("Undeployment", &json!({"name": "Updating"}));
        assert_eq!(
            undeployed(Some(&there), &wanted),
            Progress::Missing("web/web:1 undeploying".to_owned())
        );
        assert_eq!(
            undeployed(Some(&there), &[("web".to_owned(), "web:2".to_owned())]),
            Progress::Reached
        );
        assert_eq!(undeployed(None, &wanted), Progress::Reached);
    }

    #[test]
    fn it_is_applied_when_every_live_agent_has_it() {
        let driver = |agents: Value| json!({"published": {"hash": "new"}, "agents": agents});
        let has = |hash: &str| json!({"id": "a", "applied": {"hash": hash}});
        assert_eq!(applied(&driver(json!([has("new")]))), Progress::Reached);
        let one_is_behind = applied(&driver(json!([has("new"), has("old")])));
        assert_eq!(
            one_is_behind,
            Progress::Missing("agent a has not applied it yet".to_owned())
        );
        assert!(matches!(applied(&driver(json!([]))), Progress::Missing(_)));
        assert!(matches!(applied(&Value::Null), Progress::Missing(_)));
        let failed = |kind: &str, hash: &str| json!({"id": "b", "applied": {"hash": "old"}, "failure": {"hash": hash, "kind": kind, "message": "words"}});
        let with = |failed: Value| applied(&driver(json!([has("new"), failed])));
        assert_eq!(
            with(failed("refused", "new")),
            Progress::Failed("agent b refuses the configuration: words".to_owned())
        );
        assert_eq!(
            with(failed("held-back", "new")),
            Progress::Failed("agent b does not apply the configuration: words".to_owned())
        );
        assert_eq!(
            with(failed("failed", "new")),
            Progress::Missing("agent b has failed and tries again: words".to_owned())
        );
        let not_seen_yet = Progress::Missing("agent b has not applied it yet".to_owned());
        assert_eq!(with(failed("refused", "old")), not_seen_yet, "that is history");
        let on_its_way = json!({"published": {"hash": "new", "complete": false}, "agents": [has("new")]});
        assert!(matches!(applied(&on_its_way), Progress::Missing(_)));
    }
}
