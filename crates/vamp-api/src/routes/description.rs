//! The description of the API: an OpenAPI document.

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use utoipa::OpenApi;
use utoipa::openapi::path::{HttpMethod, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, PathsBuilder, ServerBuilder};
use vamp_client::wire::{
    AgentFailure, AgentHaproxy, AgentStatus, Applied, ErrorBody, ErrorItem, Event, EventQuery, Info, JSON,
    NewEvent, TimeRange,
};
use vamp_model::Kind;

use super::describe::{answer_as, operation};
use super::{Checks, Document, Endpoint};
use crate::http::Answer;

#[derive(OpenApi)]
#[openapi(components(schemas(
    AgentFailure,
    AgentHaproxy,
    AgentStatus,
    Applied,
    ErrorBody,
    ErrorItem,
    Event,
    EventQuery,
    Info,
    NewEvent,
    TimeRange
)))]
struct WireTypes;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let schema = Schema::Object(ObjectBuilder::new().build()).into();
    let operation = operation(
        "system",
        "describe",
        "The description of this API, an OpenAPI document.",
    )
    .response("200", answer_as("The document.", JSON, &schema));
    vec![Endpoint::new(
        Method::GET,
        "/openapi.json",
        Checks::unchecked(Document::None),
        operation,
        |shared, _| async move { Ok(Answer::raw(StatusCode::OK, JSON, shared.description.clone())) },
    )]
}

/// What the endpoints make up, as JSON.
pub(crate) fn description(endpoints: &[Endpoint]) -> Bytes {
    let mut document = WireTypes::openapi();
    let license = LicenseBuilder::new()
        .name("Apache-2.0")
        .identifier(Some("Apache-2.0"))
        .build();
    document.info = InfoBuilder::new()
        .title("Vamp")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Gradual releases: artifacts, deployments, gateways and events. Documents are sent in YAML or JSON, several in one \
             body where a list is taken; answers come in what `Accept` names first.",
        ))
        .license(Some(license))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url(crate::http::layout::API).build()]);
    let mut paths = PathsBuilder::new();
    for endpoint in endpoints {
        let item = PathItem::new(method(&endpoint.method), endpoint.operation.clone());
        paths = paths.path(endpoint.path.replace("{*", "{"), item);
    }
    document.paths = paths.build();
    let components = document.components.take().unwrap_or_default();
    let components = Kind::ALL
        .into_iter()
        .fold(ComponentsBuilder::from(components), |components, kind| {
            components.schema(schema_name(kind), artifact(kind))
        });
    document.components = Some(components.build());
    document.to_json().unwrap_or_default().into()
}

fn method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// The name of the schema of a kind: `Breed`.
pub(super) fn schema_name(kind: Kind) -> String {
    let singular = kind.singular();
    let (first, rest) = singular.split_at(1);
    format!("{}{rest}", first.to_ascii_uppercase())
}

/// The fields of a kind and their types, without the language's short forms.
fn artifact(kind: Kind) -> Schema {
    use Type::{Array, Boolean, Integer, Number, Object, String};
    let (description, fields): (&str, &[(&str, Type)]) = match kind {
        Kind::Breed => (
            "What runs: an image or command with its ports and variables.",
            &[
                ("deployable", Object),
                ("ports", Object),
                ("environment_variables", Object),
                ("health_checks", Array),
            ],
        ),
        Kind::Scale => (
            "How much of it runs.",
            &[("cpu", Number), ("memory", String), ("instances", Integer)],
        ),
        Kind::Blueprint => (
            "Clusters of services behind gateways: a wish.",
            &[
                ("gateways", Object),
                ("clusters", Object),
                ("environment_variables", Object),
            ],
        ),
        Kind::Gateway => (
            "An entry for traffic, and how it is shared out over routes.",
            &[
                ("lookup_name", String),
                ("internal", Boolean),
                ("deployed", Boolean),
                ("port", String),
                ("virtual_hosts", Array),
                ("routes", Object),
            ],
        ),
        Kind::Sla => (
            "What is promised of services, and what is done when it is not held.",
            &[("type", String), ("escalations", Array)],
        ),
        Kind::Escalation => (
            "Something that is done when an SLA is not held.",
            &[("type", String)],
        ),
        Kind::Condition => ("Which requests take a route.", &[("condition", String)]),
        Kind::Rewrite => ("How the path of a request is changed.", &[("path", String)]),
        Kind::Route => (
            "One way on from a gateway.",
            &[
                ("lookup_name", String),
                ("selector", String),
                ("weight", String),
                ("balance", String),
                ("condition", Object),
                ("condition_strength", String),
                ("rewrites", Array),
            ],
        ),
        Kind::Template => (
            "A part of documents that others import.",
            &[("definition", Object)],
        ),
        Kind::Workflow => (
            "A breed that is run by events, by time, or always.",
            &[("breed", Object), ("status", String), ("schedule", Object)],
        ),
        _ => (
            "A blueprint that runs, and how far it is.",
            &[
                ("lookup_name", String),
                ("clusters", Object),
                ("ports", Object),
                ("environment_variables", Object),
                ("hosts", Object),
            ],
        ),
    };
    let typed = |kind: Type| ObjectBuilder::new().schema_type(SchemaType::Type(kind));
    let object = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .description(Some(description))
        .property("name", typed(String))
        .property(
            "kind",
            typed(String).enum_values(Some([kind.plural(), kind.singular()])),
        )
        .property("metadata", typed(Object));
    let object = fields.iter().fold(object, |object, (name, kind)| {
        object.property(*name, typed(kind.clone()))
    });
    Schema::Object(object.required("name").build())
}
