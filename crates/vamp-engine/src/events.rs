//! The events that tell what happened, with the tags that other programs look for.

use serde_json::{Value, json};
use vamp_drivers::ServiceId;
use vamp_kv::handover::{AgentFailure, AgentStatus, FailureKind};
use vamp_model::{Gateway, GatewayName, Kind};
use vamp_store::NewEvent;

use crate::gateway::RouteChange;
use crate::reconcile::Milestone;

/// The version of the form of the server's own events.
const VERSION: &str = "1.0";

fn event(tags: impl IntoIterator<Item = String>) -> NewEvent {
    NewEvent::new(tags).with_version(VERSION)
}

/// How an artifact came to be what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Archived {
    Create,
    Update,
    Delete,
}

/// An artifact was created, updated or deleted by this text.
pub(crate) fn archive(kind: Kind, name: &str, how: Archived, source: &str) -> NewEvent {
    let how = match how {
        Archived::Create => "archive:create",
        Archived::Update => "archive:update",
        Archived::Delete => "archive:delete",
    };
    let event = event([format!("{}:{name}", kind.plural()), how.to_owned()]).of_kind("archive");
    if source.is_empty() {
        event
    } else {
        event.with_value(source)
    }
}

/// A service reached a milestone.
pub(crate) fn synchronization(id: &ServiceId, milestone: Milestone, words: Option<&str>) -> NewEvent {
    let what = match milestone {
        Milestone::Deployed => "synchronization:deployed",
        Milestone::Redeploy => "synchronization:redeploy",
        Milestone::Undeployed => "synchronization:undeployed",
        Milestone::Failed => "synchronization:failed",
    };
    let event = event([
        format!("deployments:{}", id.deployment),
        format!("clusters:{}", id.cluster),
        format!("services:{}", id.service),
        what.to_owned(),
    ])
    .of_kind("synchronization");
    match words {
        Some(words) => event.with_value(words),
        None => event,
    }
}

/// A gateway came into the configuration, or left it.
pub(crate) fn gateway_deployed(name: &str, gateway: Option<&Gateway>, deployed: bool) -> NewEvent {
    let what = if deployed { "deployed" } else { "undeployed" };
    let event = event([format!("gateways:{name}"), what.to_owned()]);
    match gateway {
        Some(gateway) => event.with_value(value(gateway)),
        None => event,
    }
}

/// Routes of a gateway changed.
pub(crate) fn routes_changed<'c>(
    gateway: &'c Gateway,
    changes: &'c [RouteChange],
) -> impl Iterator<Item = NewEvent> + 'c {
    let name = gateway.name.as_ref().map_or("", GatewayName::as_str);
    let value = if changes.is_empty() {
        Value::Null
    } else {
        value(gateway)
    };
    changes.iter().map(move |change| {
        event([
            format!("gateways:{name}"),
            format!("route:{}", change.what),
            format!("routes:{}", change.route),
        ])
        .with_value(value.clone())
    })
}

/// A configuration was handed over.
pub(crate) fn configuration((kind, name): (&str, &str)) -> NewEvent {
    event([
        "marshaller:configuration".to_owned(),
        format!("type:{kind}"),
        format!("name:{name}"),
    ])
}

/// A gateway agent does not apply a configuration.
pub(crate) fn not_applied(agent: &AgentStatus, failure: &AgentFailure) -> NewEvent {
    let what = match failure.kind {
        FailureKind::Refused => "agent:refused",
        FailureKind::HeldBack => "agent:held-back",
        FailureKind::Failed => "agent:failed",
    };
    event([format!("agents:{}", agent.id), what.to_owned()])
        .of_kind("gateway-agent")
        .with_value(json!({
            "name": agent.name,
            "host": agent.host,
            "hash": failure.hash,
            "message": failure.message,
            "at": failure.at,
        }))
}

/// A part of the system failed.
pub(crate) fn failure(component: &str, words: &str) -> NewEvent {
    event(["info".to_owned(), format!("{component}:ERROR")]).with_value(words)
}

fn value(gateway: &Gateway) -> Value {
    // Every key is text and every number finite, so that nothing can fail; should it, the text shows it.
    serde_json::to_value(gateway).unwrap_or_else(|error| error.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(event: &NewEvent) -> Vec<&str> {
        event.tags.iter().map(String::as_str).collect()
    }

    #[test]
    fn events_carry_the_tags_that_programs_look_for() {
        let id = ServiceId {
            deployment: "shop".to_owned(),
            cluster: "web".to_owned(),
            service: "web:1.0".to_owned(),
        };
        let deployed = synchronization(&id, Milestone::Deployed, None);
        assert_eq!(
            tags(&deployed),
            [
                "clusters:web",
                "deployments:shop",
                "services:web:1.0",
                "synchronization:deployed"
            ]
        );
        // S04-112: of their own kind, and without value.
        assert_eq!(
            (deployed.kind.as_str(), &deployed.value),
            ("synchronization", &Value::Null)
        );
        let deleted = archive(Kind::Breed, "b", Archived::Delete, "");
        assert_eq!(tags(&deleted), ["archive:delete", "breeds:b"]);
        // S04-110: deletions carry no text.
        assert_eq!(deleted.value, Value::Null);
        assert_eq!(
            tags(&configuration(("haproxy", "2.4"))),
            ["marshaller:configuration", "name:2.4", "type:haproxy"]
        );
    }
}
