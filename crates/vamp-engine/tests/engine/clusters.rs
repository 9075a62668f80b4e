//! What a blueprint says of the gateways of its clusters.

use vamp_engine::{ErrorKind, Request};
use vamp_model::{AnyArtifact, Condition, Format, Kind, read_any};

use crate::support::Rig;

/// A blueprint `shop` with these services, and what its cluster `web` says of its gateways.
fn shop(services: &[&str], gateways: &str) -> String {
    let mut yaml = "name: shop\nclusters:\n  web:\n    services:\n".to_owned();
    for breed in services {
        yaml.push_str(&format!(
            "    - breed: {{name: {breed}, deployable: {{type: process, definition: serve}}, \
             ports: {{http: 8080/http, admin: 8081/http}}}}\n      scale: {{cpu: 0.1, memory: 64MB, instances: 1}}\n"
        ));
    }
    format!("{yaml}    gateways: {gateways}\n")
}

async fn store(rig: &Rig, kind: Kind, yaml: &str) {
    let artifact = read_any(kind, yaml, Format::Yaml).unwrap();
    rig.engine().create(artifact, &Request::default()).await.unwrap();
}

/// The weights of an internal gateway, by breed.
async fn weights(rig: &Rig, port: &str) -> Vec<(String, u8)> {
    let weights = rig.weights(&format!("shop/web/{port}")).await;
    let breed = |path: &str| path.split('/').nth(2).unwrap().to_owned();
    weights
        .into_iter()
        .map(|(path, weight)| (breed(&path), weight))
        .collect()
}

fn expected(weights: &[(&str, u8)]) -> Vec<(String, u8)> {
    weights
        .iter()
        .map(|(breed, weight)| ((*breed).to_owned(), *weight))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_weights_that_a_blueprint_gives_are_those_of_the_internal_gateway() {
    for (gateways, http) in [
        ("{}", [("a", 50), ("b", 50)]),
        (
            "{http: {routes: {a: {weight: 30%}, b: {weight: 70%}}}}",
            [("a", 30), ("b", 70)],
        ),
        // What is left open is shared out.
        ("{http: {routes: {b: {weight: 100%}}}}", [("a", 0), ("b", 100)]),
        ("{http: {routes: {b: {weight: 0%}}}}", [("a", 100), ("b", 0)]),
        (
            "{http: {routes: {a: {weight: 0%}, b: {weight: 0%}}}}",
            [("a", 0), ("b", 0)],
        ),
    ] {
        let rig = Rig::new().await;
        rig.deploy(&shop(&["a", "b"], gateways)).await;
        // S04-043: one gateway for each port, with a route for each service that has it.
        assert_eq!(weights(&rig, "http").await, expected(&http), "{gateways}");
        assert_eq!(
            weights(&rig, "admin").await,
            expected(&[("a", 50), ("b", 50)]),
            "{gateways}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_merge_changes_the_gateways_that_it_names_and_no_others() {
    let rig = Rig::new().await;
    let first = "{http: {routes: {a: {weight: 90%}, b: {weight: 10%}}}, admin: {routes: {a: {weight: 0%}, b: {weight: 100%}}}}";
    rig.deploy(&shop(&["a", "b"], first)).await;
    rig.settle().await;
    let port = rig.gateway("shop/web/http").await.unwrap().port;

    rig.deploy(&shop(&["c"], "{}")).await;
    assert_eq!(
        weights(&rig, "http").await,
        expected(&[("a", 90), ("b", 10), ("c", 0)])
    );
    assert_eq!(
        weights(&rig, "admin").await,
        expected(&[("a", 0), ("b", 100), ("c", 0)])
    );

    rig.deploy(&shop(
        &["b", "c"],
        "{http: {routes: {c: {weight: 40%}, b: {weight: 60%}}}}",
    ))
    .await;
    // A service that is left out of a gateway that is named loses what it had.
    assert_eq!(
        weights(&rig, "http").await,
        expected(&[("a", 0), ("b", 60), ("c", 40)])
    );
    assert_eq!(
        weights(&rig, "admin").await,
        expected(&[("a", 0), ("b", 100), ("c", 0)])
    );
    assert_eq!(
        rig.gateway("shop/web/http").await.unwrap().port,
        port,
        "the port stays"
    );
    rig.settle().await;
    let text = rig.agent().text();
    assert!(text.contains("weight 60") && text.contains("weight 40"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn routes_and_conditions_that_are_stored_are_taken_in() {
    let rig = Rig::new().await;
    store(
        &rig,
        Kind::Condition,
        "{name: android, condition: '< hdr_sub(user-agent) Android >'}",
    )
    .await;
    store(
        &rig,
        Kind::Route,
        "{name: most, weight: 80%, condition: {ref: android}, condition_strength: 40%}",
    )
    .await;
    let gateways = "{http: {routes: {a: most, b: {weight: 20%}}}}";
    let external = "gateways: {9050: {routes: {web/http: {condition: {ref: android}}}}}\n";
    rig.deploy(&format!("{}{external}", shop(&["a", "b"], gateways)))
        .await;

    let internal = rig.gateway("shop/web/http").await.unwrap();
    let route = internal.routes[0].inline().unwrap();
    assert_eq!(
        (
            route.weight.unwrap().value(),
            route.condition_strength.unwrap().value()
        ),
        (80, 40)
    );
    let condition = |route: &vamp_model::Route| route.inline_condition().map(Condition::to_string);
    assert_eq!(
        condition(route).as_deref(),
        Some("< hdr_sub(user-agent) Android >")
    );
    let external = rig.gateway("shop/9050").await.unwrap();
    assert_eq!(
        condition(external.routes[0].inline().unwrap()).as_deref(),
        Some("< hdr_sub(user-agent) Android >")
    );
    rig.settle().await;
    assert!(rig.agent().text().contains("Android"));
}

#[tokio::test(start_paused = true)]
async fn what_the_gateways_of_a_blueprint_refer_to_in_vain_is_told_with_its_place() {
    let rig = Rig::new().await;
    for (yaml, name, path) in [
        (
            shop(&["a"], "{http: {routes: {a: none}}}"),
            "none",
            "clusters.web.gateways.http.routes.a",
        ),
        (
            shop(&["a"], "{http: {routes: {a: {condition: {ref: gone}}}}}"),
            "gone",
            "clusters.web.gateways.http.routes.a.condition",
        ),
        (
            format!(
                "{}gateways: {{9050: {{routes: {{web/http: {{rewrites: [lost]}}}}}}}}\n",
                shop(&["a"], "{}")
            ),
            "lost",
            "gateways.9050.routes.web/http.rewrites[0]",
        ),
    ] {
        let error = rig.try_deploy(&yaml, &Request::default()).await.unwrap_err();
        let problem = &error.problems()[0];
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert_eq!(
            (problem.code, problem.message.as_str(), problem.path.as_str()),
            (
                "ArtifactNotFound",
                format!("Artifact cannot be found: '{name}'.").as_str(),
                path
            )
        );
    }
    assert!(rig.deployments().await.is_empty() && rig.gateways().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stored_blueprint_keeps_what_its_clusters_say_of_their_gateways() {
    let mut rig = Rig::new().await;
    let gateways = "{http: {routes: {a: {weight: 25%}, b: {weight: 75%}}}}";
    store(&rig, Kind::Blueprint, &shop(&["a", "b"], gateways)).await;
    rig.restart().await;
    rig.deploy("name: shop").await;
    assert_eq!(weights(&rig, "http").await, expected(&[("a", 25), ("b", 75)]));
    let stored = rig
        .engine()
        .get(Kind::Blueprint, "shop")
        .await
        .unwrap()
        .unwrap()
        .artifact;
    let AnyArtifact::Blueprint(blueprint) = stored else {
        panic!("{stored:?}");
    };
    assert_eq!(blueprint.clusters["web"].gateways["http"].routes.len(), 2);
}
