//! The gateway agents that are there.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use vamp_client::wire::{self, AgentHaproxy, AgentStatus};
use vamp_engine::AgentStatus as Status;

use super::describe::{answer, list_of, operation, schema};
use super::{Checks, Endpoint};
use crate::http::{Answer, Ask, Failure};
use crate::shared::Shared;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let operation = operation(
        "system",
        "listAgents",
        "The gateway agents that are there, with what each has applied or why it has not. An agent that is gone is left out as soon as \
         its lease has ended.",
    )
    .response(
        "200",
        answer("The agents, by name and id.", &list_of(schema::<AgentStatus>())),
    );
    vec![Endpoint::new(
        Method::GET,
        "/agents",
        Checks::READ,
        operation,
        list,
    )]
}

async fn list(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let mut agents: Vec<AgentStatus> = shared.engine.agents().await?.into_iter().map(told).collect();
    agents.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    ask.answer(StatusCode::OK, &agents)
}

/// What an agent says of itself, as it goes over the wire.
fn told(agent: Status) -> AgentStatus {
    let word = |value: serde_json::Result<serde_json::Value>| {
        let word = value.ok().and_then(|value| value.as_str().map(str::to_owned));
        word.unwrap_or_default()
    };
    AgentStatus {
        name: agent.name,
        id: agent.id,
        host: agent.host,
        version: agent.version,
        started: agent.started,
        haproxy: AgentHaproxy {
            version: agent.haproxy.version,
            master_pid: agent.haproxy.master_pid,
            worker_pid: agent.haproxy.worker_pid,
            reloads: agent.haproxy.reloads,
            old_workers: u64::try_from(agent.haproxy.old_workers).unwrap_or(u64::MAX),
            restarts: agent.haproxy.restarts,
        },
        applied: agent.applied.map(|applied| wire::Applied {
            hash: applied.hash,
            revision: applied.revision,
            how: word(serde_json::to_value(applied.how)),
            at: applied.at,
            took_micros: applied.took_micros,
        }),
        failure: agent.failure.map(|failure| wire::AgentFailure {
            hash: failure.hash,
            kind: word(serde_json::to_value(failure.kind)),
            message: failure.message,
            at: failure.at,
        }),
        store_connected_since: agent.store_connected_since,
    }
}
