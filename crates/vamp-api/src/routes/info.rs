//! What the server says of itself.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use tokio::time::timeout;
use vamp_client::wire::{Info, Section};
use vamp_engine::{Info as EngineInfo, Page, PublicationInfo};
use vamp_model::Kind;

use super::describe::{answer, operation, schema, texts};
use super::{Checks, Endpoint, machine};
use crate::http::{Answer, Ask, Failure};
use crate::shared::Shared;

/// How long each part may take to tell of itself.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn endpoints() -> Vec<Endpoint> {
    let endpoint = |path: &str, id: &str| {
        let operation = operation("system", id, "What the server says of itself and its parts.")
            .parameter(texts(
                "on",
                "The sections that are wanted; all where none is named.",
            ))
            .response("200", answer("Every part has answered.", &schema::<Info>()))
            .response(
                "500",
                answer("A part has not answered; its section says so.", &schema::<Info>()),
            );
        Endpoint::new(Method::GET, path, Checks::READ, operation, info)
    };
    vec![endpoint("/info", "info"), endpoint("/information", "information")]
}

const NO_RESPONSE: &str = "No response.";

/// A part did not tell of itself.
struct NoResponse;

async fn info(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let named: Vec<Section> = ask.query.all("on").filter_map(Section::parse).collect();
    let all = ask.query.get("on").is_none();
    let mut failed = false;
    let mut info = Info {
        message: shared.options.greeting.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uuid: shared.uuid.clone(),
        running_since: shared.started,
        jvm: None,
        persistence: None,
        key_value: None,
        pulse: None,
        gateway_driver: None,
        container_driver: None,
        workflow_driver: None,
    };
    let engine = shared.engine.info();
    for section in Section::ALL
        .into_iter()
        .filter(|section| all || named.contains(section))
    {
        let told = told(&shared, &engine, section).await;
        let told = told.unwrap_or_else(|NoResponse| json!({"error": NO_RESPONSE}));
        failed |= told.get("error").is_some();
        let place = match section {
            Section::Jvm => &mut info.jvm,
            Section::Persistence => &mut info.persistence,
            Section::KeyValue => &mut info.key_value,
            Section::Pulse => &mut info.pulse,
            Section::GatewayDriver => &mut info.gateway_driver,
            Section::ContainerDriver => &mut info.container_driver,
            Section::WorkflowDriver => &mut info.workflow_driver,
        };
        *place = Some(told);
    }
    let status = if failed {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::OK
    };
    ask.answer(status, &info)
}

async fn told(shared: &Shared, engine: &EngineInfo, section: Section) -> Result<Value, NoResponse> {
    match section {
        Section::Persistence => persistence(shared, engine).await,
        Section::GatewayDriver => gateway_driver(shared, engine).await,
        Section::KeyValue => {
            // Where the agents leave their word is the store itself.
            asked(shared.engine.agents()).await?;
            Ok(typed(&engine.key_value_store, &json!({})))
        }
        Section::Pulse => Ok(typed(
            engine.store.name,
            &json!({"durable": engine.store.durable}),
        )),
        Section::ContainerDriver => Ok(container_driver(engine)),
        Section::Jvm => Ok(machine::figures(shared.started, shared.options.clock.now())),
        Section::WorkflowDriver => Ok(json!({})),
    }
}

/// A part's type, and what it says below the name of its type.
fn typed(name: &str, details: &Value) -> Value {
    json!({"type": name, name: details})
}

async fn persistence(shared: &Shared, engine: &EngineInfo) -> Result<Value, NoResponse> {
    let mut artifacts = Map::new();
    for kind in Kind::ALL {
        let nothing = Page { offset: 0, limit: 0 };
        let listing = asked(shared.engine.list(kind, nothing)).await?;
        artifacts.insert(kind.plural().to_owned(), listing.total.into());
    }
    let kind = if engine.store.durable {
        engine.store.name
    } else {
        "in-memory [no persistence]"
    };
    Ok(json!({
        "database": {"type": kind, "status": "valid", "artifacts": artifacts},
        "archiving": true,
    }))
}

async fn gateway_driver(shared: &Shared, engine: &EngineInfo) -> Result<Value, NoResponse> {
    let (kind, name) = &engine.marshaller;
    let agents = asked(shared.engine.agents()).await?;
    Ok(json!({
        "marshallers": {name: {"type": kind}},
        "checks_configurations": engine.checks_configurations,
        "published": published(&engine.publication),
        "agents": agents,
    }))
}

/// What was handed over to the gateway agents last.
fn published(publication: &PublicationInfo) -> Value {
    json!({
        "hash": publication.hash,
        "revision": publication.revision,
        "at": publication.at,
        "complete": publication.complete,
        "failure": publication.failure,
        "omissions": publication.omissions,
        "warnings": publication.warnings,
    })
}

fn container_driver(engine: &EngineInfo) -> Value {
    let drivers = engine.drivers.iter().map(|driver| {
        let mut told = json!({"type": driver.name, "deployables": driver.deployables});
        if let Some(failure) = &driver.failure {
            told["failure"] = failure.as_str().into();
        }
        told
    });
    let first = engine.drivers.first().map_or("none", |driver| driver.name);
    let mut told = json!({"type": first, "drivers": drivers.collect::<Vec<_>>()});
    if engine.drivers.iter().any(|driver| driver.failure.is_some()) {
        told["error"] = NO_RESPONSE.into();
    }
    told
}

async fn asked<T>(answer: impl Future<Output = vamp_engine::Result<T>>) -> Result<T, NoResponse> {
    match timeout(PATIENCE, answer).await {
        Ok(Ok(told)) => Ok(told),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a part does not tell of itself");
            Err(NoResponse)
        }
        Err(_) => Err(NoResponse),
    }
}
