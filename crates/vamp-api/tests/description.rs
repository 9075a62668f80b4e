//! The description of the API says what the API does, and nothing else.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::{Server, soon};

const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

#[tokio::test]
async fn exactly_the_routes_that_are_served_are_described() {
    let server = Server::start().await;
    let document = soon(server.client().openapi()).await.unwrap();
    assert_eq!(document, server.get("/api/v1/openapi.json").await.json());
    assert_eq!(
        document["openapi"]
            .as_str()
            .map(|version| version.starts_with("3.")),
        Some(true)
    );
    assert_eq!(document["servers"][0]["url"], "/api/v1");
    let paths = document["paths"].as_object().unwrap();
    for (path, item) in paths {
        let address = format!("/api/v1{}", path.replace("{name}", "some"));
        for method in METHODS {
            let described = item.get(method).is_some();
            // An `Accept` that nobody serves, so that streams do not begin; routes that do not care are asked as they are.
            let answer = match (method, path.as_str()) {
                ("get", "/events/stream") => server.send("GET", &address, "{tags: {a: 1}}").await,
                _ => server.ask(&method.to_uppercase(), &address, &[], "").await,
            };
            let is_root_get = path == "/" && method == "get";
            let unknown = if is_root_get { 404 } else { 405 };
            assert_eq!(answer.status != unknown, described, "{method} {path}: {answer:?}");
        }
    }
    let wanted = [
        "/",
        "/agents",
        "/blueprints",
        "/blueprints/{name}",
        "/breeds",
        "/breeds/{name}",
        "/conditions",
        "/conditions/{name}",
        "/deployments",
        "/deployments/{name}",
        "/escalations",
        "/escalations/{name}",
        "/events",
        "/events/stream",
        "/gateways",
        "/gateways/{name}",
        "/haproxy/{name}",
        "/info",
        "/information",
        "/openapi.json",
        "/rewrites",
        "/rewrites/{name}",
        "/routes",
        "/routes/{name}",
        "/scales",
        "/scales/{name}",
        "/slas",
        "/slas/{name}",
        "/templates",
        "/templates/{name}",
        "/vga/{type}/{name}/config",
        "/vga/{type}/{name}/configuration",
    ];
    let found: BTreeSet<&str> = paths.keys().map(String::as_str).collect();
    assert_eq!(found, BTreeSet::from(wanted));
    server.stop().await;
}

#[tokio::test]
async fn every_operation_is_named_once_and_every_schema_exists() {
    let server = Server::start().await;
    let document: Value = serde_json::from_slice(server.api.description()).unwrap();
    let mut names = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} twice");
            assert!(
                operation["summary"]
                    .as_str()
                    .is_some_and(|text| text.ends_with('.')),
                "{method} {name}"
            );
            assert!(
                operation["responses"].as_object().unwrap().contains_key("400"),
                "{name}"
            );
        }
    }
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let referred = text
        .split("\"#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    for name in referred.collect::<BTreeSet<_>>() {
        assert!(schemas.contains_key(name), "{name} is referred to and not there");
    }
    server.stop().await;
}
