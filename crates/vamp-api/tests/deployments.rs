//! Deployments over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use futures::StreamExt as _;
use serde_json::{Value, json};
use support::{Server, soon};
use vamp_client::{EventFilter, Followed};

/// A blueprint with these versions of one service.
fn blueprint(versions: &[u32]) -> String {
    let service = |version: &u32| {
        format!(
            "    - breed: {{name: 'web:{version}', deployable: 'acme/web:{version}', ports: {{http: 8080/http}}}}\n      scale: {{cpu: 1, memory: 64MB, instances: 2}}\n"
        )
    };
    let services: String = versions.iter().map(service).collect();
    format!("name: shop\nclusters:\n  web:\n    services:\n{services}")
}

fn intentions(deployment: &Value) -> Vec<(String, String)> {
    let services = deployment["clusters"]["web"]["services"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    services
        .iter()
        .map(|service| {
            (
                text(&service["breed"]["name"]),
                text(&service["status"]["intention"]),
            )
        })
        .collect()
}

/// Waits for events with these tags to come, after the change.
async fn after(
    server: &Server,
    tags: &[&str],
    change: impl Future<Output = support::raw::Answer>,
) -> support::raw::Answer {
    let mut events = server
        .client()
        .events()
        .follow(EventFilter::tagged(tags.iter().copied()));
    assert_eq!(soon(events.next()).await.unwrap().unwrap(), Followed::Connected);
    let answer = change.await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let told = soon(events.next()).await.unwrap().unwrap();
    assert!(matches!(told, Followed::Event(_)), "{told:?}");
    answer
}

#[tokio::test]
async fn a_blueprint_is_deployed_merged_into_and_taken_down() {
    let server = Server::start().await;
    let deployed = [
        "deployments:shop",
        "clusters:web",
        "services:web:1",
        "synchronization:deployed",
    ];
    // S03-140: that a service runs is told with these tags.
    let created = after(
        &server,
        &deployed,
        server.send("POST", "/api/v1/deployments", &blueprint(&[1])),
    )
    .await;
    let answers = created.json();
    assert_eq!(
        (&answers[0][0]["kind"], &answers[1][0]["kind"]),
        (&json!("breeds"), &json!("deployments")),
        "{created:?}"
    );
    assert_eq!(
        answers[1][0]["lookup_name"],
        json!("478a38bf1196276c4a57526b8d072e2926f40637")
    );
    assert!(created.header("etag").is_some());

    let deployed = ["deployments:shop", "services:web:2", "synchronization:deployed"];
    let other_name = blueprint(&[2]).replace("name: shop", "name: release-7");
    let merged = after(
        &server,
        &deployed,
        server.send("PUT", "/api/v1/deployments/shop", &other_name),
    )
    .await;
    // S03-107: the name of the path counts.
    let deployment = &merged.json()[1][0];
    assert_eq!(deployment["name"], json!("shop"));
    let both = [
        ("web:1".to_owned(), "Deployment".to_owned()),
        ("web:2".to_owned(), "Deployment".to_owned()),
    ];
    assert_eq!(intentions(deployment), both);
    assert_eq!(server.get("/api/v1/deployments/release-7").await.status, 404);

    let read = server.get("/api/v1/deployments/shop").await;
    assert_eq!(
        (read.status, server.get("/api/v1/deployments").await.json()),
        (200, json!([read.json()]))
    );
    let status = &read.json()["clusters"]["web"]["services"][0]["status"];
    assert_eq!(status["phase"]["name"], json!("Done"), "{read:?}");

    let full = server
        .ask("GET", "/api/v1/deployments/shop?as_blueprint=true", &[], "")
        .await;
    let short = server
        .get("/api/v1/deployments/shop?as_blueprint=true&only_references=true")
        .await
        .json();
    assert_eq!(short["kind"], json!("blueprints"));
    // S03-068: breeds by name only.
    assert_eq!(
        short["clusters"]["web"]["services"][0]["breed"],
        json!({"reference": "web:1"})
    );
    // S03-108, S03-110: what was read is accepted where a blueprint is.
    for text in [&full.body, &read.body] {
        let again = server.send("PUT", "/api/v1/deployments/shop", text).await;
        assert_eq!(again.status, 202, "{again:?}");
    }

    let part = "name: shop\nclusters: {web: {services: [{breed: {ref: 'web:1'}}]}}";
    let early = server.ask("DELETE", "/api/v1/deployments/shop", &[], part).await;
    // S03-113: what stays must have all the weight first.
    assert_eq!(early.status, 400);
    let message = early.message();
    assert!(
        message.starts_with("Invalid route weight in cluster 'shop/web'"),
        "{message}"
    );
    shift_to_second(&server).await;

    let undeployed = ["deployments:shop", "services:web:1", "synchronization:undeployed"];
    // S03-114: without a declared notation.
    let removal = server.ask("DELETE", "/api/v1/deployments/shop", &[], part);
    let removed = after(&server, &undeployed, removal).await;
    // S03-112: only what was named goes.
    assert!(
        intentions(&removed.json()[0]).contains(&("web:2".to_owned(), "Deployment".to_owned())),
        "{removed:?}"
    );
    assert!(
        !intentions(&removed.json()[0]).contains(&("web:1".to_owned(), "Deployment".to_owned())),
        "{removed:?}"
    );

    let unchanged = server.ask("DELETE", "/api/v1/deployments/shop", &[], "").await;
    // S03-111: without a body nothing happens.
    assert_eq!(
        (unchanged.status, &unchanged.json()["name"]),
        (202, &json!("shop"))
    );
    let undeployed = ["deployments:shop", "services:web:2", "synchronization:undeployed"];
    let rest = server.get("/api/v1/deployments/shop?as_blueprint=true").await;
    // S03-115: the same by a flag, for who cannot send a body with DELETE.
    after(
        &server,
        &undeployed,
        server.send("PUT", "/api/v1/deployments/shop?delete=true", &rest.body),
    )
    .await;
    server.stop().await;
}

/// Gives all traffic of the cluster to its second service.
async fn shift_to_second(server: &Server) {
    let path = "/api/v1/gateways/shop/web/http";
    let mut gateway = server.get(path).await.json();
    let routes = gateway["routes"].as_object_mut().unwrap();
    let weights: Vec<Value> = routes.values().map(|route| route["weight"].clone()).collect();
    assert_eq!(weights, [json!("100%"), json!("0%")]);
    for (position, route) in routes.values_mut().enumerate() {
        route["weight"] = json!(format!("{}%", position * 100));
    }
    let shifted = server.send("PUT", path, &gateway.to_string()).await;
    // S03-089: weights of a cluster's gateway may be changed, its routes not.
    assert_eq!(shifted.status, 202, "{shifted:?}");
    gateway["routes"]
        .as_object_mut()
        .unwrap()
        .retain(|_, route| route["weight"] == json!("100%"));
    let fewer = server
        .send("PUT", path, &gateway.to_string().replace("\"0%\"", "\"100%\""))
        .await;
    assert_eq!(fewer.status, 400, "{fewer:?}");
    let removed = server.ask("DELETE", path, &[], "").await;
    // S03-090: it goes with its deployment only.
    assert_eq!(removed.status, 400, "{removed:?}");
}

#[tokio::test]
async fn a_stored_blueprint_is_deployed_by_its_name() {
    let server = Server::start().await;
    assert_eq!(
        server
            .send("POST", "/api/v1/blueprints", &blueprint(&[1]))
            .await
            .status,
        201
    );
    let looked = server
        .send("POST", "/api/v1/deployments?validate_only=true", "name: shop")
        .await;
    assert_eq!(
        (looked.status, &looked.json()["kind"]),
        (202, &json!("deployments")),
        "{looked:?}"
    );
    assert_eq!(server.get("/api/v1/deployments").await.json(), json!([]));
    let deployed = server
        .send("POST", "/api/v1/deployments", r#"{"name":"shop"}"#)
        .await;
    // S03-106: under the name of the blueprint.
    assert_eq!(
        (deployed.status, &deployed.json()[0]["name"]),
        (202, &json!("shop")),
        "{deployed:?}"
    );
    let again = server
        .send(
            "PUT",
            "/api/v1/deployments/second",
            "{name: shop, kind: blueprint}",
        )
        .await;
    assert_eq!(
        (again.status, &again.json()[0]["name"]),
        (202, &json!("second")),
        "{again:?}"
    );
    assert_eq!(
        server.get("/api/v1/deployments").await.names(),
        ["second", "shop"]
    );
    server.stop().await;
}

#[tokio::test]
async fn a_deployment_that_is_only_looked_at_leaves_nothing_behind() {
    let server = Server::start().await;
    let looked = server
        .send(
            "PUT",
            "/api/v1/deployments/shop?validate_only=true",
            &blueprint(&[1]),
        )
        .await;
    // S03-109: the deployment in a list, and nothing stored, breeds included.
    assert_eq!(
        (looked.status, &looked.json()[0]["name"]),
        (202, &json!("shop")),
        "{looked:?}"
    );
    for kind in ["deployments", "breeds"] {
        assert_eq!(
            server.get(&format!("/api/v1/{kind}")).await.json(),
            json!([]),
            "{kind}"
        );
    }
    let refused = blueprint(&[1]).replace("acme/web:1', ports", "acme/web:1', prots");
    assert_eq!(
        server.send("POST", "/api/v1/deployments", &refused).await.status,
        400
    );
    assert_eq!(
        server.get("/api/v1/breeds").await.json(),
        json!([]),
        "breeds of a refused deployment are not stored"
    );
    server.stop().await;
}

#[tokio::test]
async fn what_is_absent_cannot_be_taken_down() {
    let server = Server::start().await;
    let missing = server.ask("DELETE", "/api/v1/deployments/d", &[], "").await;
    // S03-111: absent without a body is 404.
    assert_eq!(missing.status, 404);
    for body in [blueprint(&[1]), "name: shop".to_owned()] {
        let refused = server.send("DELETE", "/api/v1/deployments/d", &body).await;
        // S03-116: with one it is a reference to nothing.
        assert_eq!(refused.status, 400, "{refused:?}");
    }
    let refused = server
        .send("DELETE", "/api/v1/deployments/d", &blueprint(&[1]))
        .await;
    assert_eq!(refused.message(), "Artifact cannot be found: 'd'.");
    server.stop().await;
}
