//! What artifacts refer to, shown in place of its names, and names in place of what is written out.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use serde_json::{Value, json};
use support::{Server, placed};

/// A server with artifacts that refer to one another.
async fn with_artifacts() -> Server {
    let server = Server::start().await;
    for (kind, text) in [
        ("breeds", "{name: 'db:1', deployable: acme/db, ports: {sql: 5432/tcp}}"),
        (
            "breeds",
            "{name: 'web:1', deployable: acme/web, ports: {http: 80/http}, dependencies: {db: 'db:1', cache: {name: 'cache:1', deployable: acme/cache}}}",
        ),
        ("scales", "{name: tiny, cpu: 0.1, memory: 96MB, instances: 1}"),
        ("escalations", "{name: more, type: scale_instances, minimum: 1, maximum: 4, scale_by: 1}"),
        ("escalations", "{name: all, type: to_all, escalations: [more, {type: to_one, escalations: [more]}]}"),
        ("slas", "{name: calm, type: escalation_only, escalations: [more]}"),
        ("slas", "{name: strict, type: custom, Limit: 3, escalations: [all]}"),
        ("conditions", "{name: android, condition: '< hdr_sub(user-agent) Android >'}"),
        ("rewrites", "{name: old, path: /new if path_beg /old}"),
        ("routes", "{name: half, weight: 50%, condition: {ref: android}, rewrites: [old]}"),
        (
            "blueprints",
            "
name: shop
gateways:
  9050: {routes: {web/http: {condition: {ref: android}}}}
clusters:
  web:
    services:
    - {breed: 'web:1', scale: tiny}
    - {breed: {name: 'web:2', deployable: acme/web, ports: {http: 80/http}}, scale: {cpu: 1, memory: 1MB, instances: 2}}
    sla: {ref: calm, escalations: [all]}
    gateways: {http: {routes: {'web:1': half, 'web:2': {weight: 50%}}}}
",
        ),
    ] {
        let stored = server.send("POST", &format!("/api/v1/{kind}"), text).await;
        assert_eq!(stored.status, 201, "{kind} {text}: {stored:?}");
    }
    server
}

fn more() -> Value {
    json!({"type": "scale_instances", "minimum": 1, "maximum": 4, "scale_by": 1})
}

fn all() -> Value {
    json!({"type": "to_all", "escalations": [more(), {"type": "to_one", "escalations": [more()]}]})
}

#[tokio::test]
async fn everything_that_is_referred_to_is_shown_in_its_place() {
    let server = with_artifacts().await;
    let android = json!({"condition": "< hdr_sub(user-agent) Android >"});
    let web = "/clusters/web";
    for (path, pointer, stored, expanded) in [
        (
            "breeds/web:1",
            "/dependencies/db/deployable",
            None,
            Some(json!({"definition": "acme/db"})),
        ),
        (
            "slas/calm",
            "/escalations/0",
            Some(json!({"reference": "more"})),
            Some(more()),
        ),
        (
            "slas/strict",
            "/escalations/0",
            Some(json!({"reference": "all"})),
            Some(all()),
        ),
        (
            "escalations/all",
            "/escalations/1/escalations/0",
            Some(json!({"reference": "more"})),
            Some(more()),
        ),
        (
            "routes/half",
            "/condition",
            Some(json!({"reference": "android"})),
            Some(android.clone()),
        ),
        (
            "routes/half",
            "/rewrites/0",
            Some(json!({"reference": "old"})),
            Some(json!({"path": "/new if path_beg /old"})),
        ),
        // S03-066: breeds and scales of services, and everything else that a blueprint refers to.
        (
            "blueprints/shop",
            &format!("{web}/services/0/breed/name"),
            None,
            Some(json!("web:1")),
        ),
        (
            "blueprints/shop",
            &format!("{web}/services/0/breed/dependencies/db/name"),
            None,
            Some(json!("db:1")),
        ),
        (
            "blueprints/shop",
            &format!("{web}/services/1/breed/name"),
            None,
            Some(json!("web:2")),
        ),
        (
            "blueprints/shop",
            &format!("{web}/services/0/scale"),
            Some(json!({"reference": "tiny"})),
            Some(json!({"cpu": 0.1, "memory": "96.00MB", "instances": 1})),
        ),
        (
            "blueprints/shop",
            &format!("{web}/sla/escalations/0"),
            Some(json!({"reference": "all"})),
            Some(all()),
        ),
        (
            "blueprints/shop",
            &format!("{web}/sla/type"),
            None,
            Some(json!("escalation_only")),
        ),
        (
            "blueprints/shop",
            &format!("{web}/gateways/http/routes/web:1/weight"),
            None,
            Some(json!("50%")),
        ),
        (
            "blueprints/shop",
            &format!("{web}/gateways/http/routes/web:1/condition"),
            None,
            Some(android.clone()),
        ),
        (
            "blueprints/shop",
            "/gateways/9050/routes/web~1http/condition",
            Some(json!({"reference": "android"})),
            Some(android.clone()),
        ),
    ] {
        let plain = server.get(&format!("/api/v1/{path}")).await;
        assert_eq!(
            plain.json().pointer(pointer),
            stored.as_ref(),
            "{path} {pointer}: {plain:?}"
        );
        let shown = server
            .get(&format!("/api/v1/{path}?expand_references=true"))
            .await;
        assert_eq!(shown.status, 200, "{shown:?}");
        assert_eq!(
            shown.json().pointer(pointer),
            expanded.as_ref(),
            "{path} {pointer}: {shown:?}"
        );
        assert_eq!(shown.header("etag"), plain.header("etag"), "{path}");

        let (kind, name) = path.split_once('/').unwrap();
        let listed = server
            .get(&format!("/api/v1/{kind}?expand_references=true"))
            .await
            .json();
        let listed = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|artifact| artifact["name"] == name)
            .unwrap();
        assert_eq!(
            listed.pointer(pointer),
            expanded.as_ref(),
            "{path} {pointer} in a list"
        );
        let both = server
            .get(&format!(
                "/api/v1/{path}?expand_references=true&only_references=true"
            ))
            .await;
        assert_eq!(both.body, plain.body, "{path}: both cancel each other");
    }
    server.stop().await;
}

#[tokio::test]
async fn names_are_shown_in_place_of_breeds_that_are_written_out() {
    let server = with_artifacts().await;
    for path in ["breeds/web:1", "breeds?page=1"] {
        let separator = if path.contains('?') { '&' } else { '?' };
        let shown = server
            .get(&format!("/api/v1/{path}{separator}only_references=true"))
            .await
            .json();
        let breed = match &shown {
            Value::Array(breeds) => breeds.iter().find(|breed| breed["name"] == "web:1").unwrap(),
            breed => breed,
        };
        // S03-068: breeds that stand in others by their name.
        assert_eq!(breed["dependencies"], json!({"db": "db:1", "cache": "cache:1"}));
    }
    for path in [
        "blueprints/shop",
        "slas/strict",
        "escalations/all",
        "routes/half",
        "scales/tiny",
    ] {
        let stored = server.get(&format!("/api/v1/{path}")).await.body;
        let shown = server
            .get(&format!("/api/v1/{path}?only_references=true"))
            .await
            .body;
        assert_eq!(shown, stored, "{path}: there are no more breeds in it");
    }
    let deployed = server
        .send(
            "POST",
            "/api/v1/scales?only_references=maybe",
            "{name: a, cpu: 1, memory: 1MB}",
        )
        .await;
    assert_eq!(deployed.status, 201, "a change does not look at it");
    server.stop().await;
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_or_in_a_circle_is_told_with_its_place() {
    let server = Server::start().await;
    for (kind, text) in [
        ("routes", "{name: half, condition: {ref: none}, rewrites: [gone]}"),
        (
            "slas",
            "{name: strict, type: escalation_only, escalations: [none]}",
        ),
        ("escalations", "{name: round, type: to_all, escalations: [about]}"),
        ("escalations", "{name: about, type: to_one, escalations: [round]}"),
        (
            "breeds",
            "{name: 'web:1', deployable: x, dependencies: {db: 'db:1'}}",
        ),
        (
            "blueprints",
            "{name: shop, clusters: {web: {breed: 'web:1', sla: {ref: none}, scale: none}}}",
        ),
    ] {
        let stored = server.send("POST", &format!("/api/v1/{kind}"), text).await;
        assert_eq!(stored.status, 201, "{kind} {text}: {stored:?}");
    }
    let absent = |name: &str| format!("Artifact cannot be found: '{name}'.");
    for (path, message, problems) in [
        (
            "routes/half",
            absent("none"),
            &[
                ("ArtifactNotFound", "condition"),
                ("ArtifactNotFound", "rewrites[0]"),
            ][..],
        ),
        (
            "routes",
            absent("none"),
            &[
                ("ArtifactNotFound", "condition"),
                ("ArtifactNotFound", "rewrites[0]"),
            ],
        ),
        (
            "slas/strict",
            absent("none"),
            &[("ArtifactNotFound", "escalations[0]")],
        ),
        (
            "breeds/web:1",
            absent("db:1"),
            &[("ArtifactNotFound", "dependencies.db")],
        ),
        (
            "blueprints/shop",
            absent("db:1"),
            &[
                (
                    "ArtifactNotFound",
                    "clusters.web.services[0].breed.dependencies.db",
                ),
                ("ArtifactNotFound", "clusters.web.services[0].scale"),
                ("ArtifactNotFound", "clusters.web.sla"),
            ],
        ),
        (
            "escalations/round",
            "References lead in a circle: round -> about -> round.".to_owned(),
            &[("RecursiveDependenciesError", "escalations[0].escalations[0]")],
        ),
    ] {
        let answer = server
            .get(&format!("/api/v1/{path}?expand_references=true"))
            .await;
        // S03-067: told at once.
        assert_eq!(
            (answer.status, answer.message()),
            (400, message),
            "{path}: {answer:?}"
        );
        let body = answer.json();
        let told: Vec<_> = body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|problem| {
                (
                    problem["code"].as_str().unwrap(),
                    problem["path"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(told, problems, "{path}");
        assert_eq!(server.get(&format!("/api/v1/{path}")).await.status, 200, "{path}");
    }
    server.artifacts.is_away(true);
    let away = server.get("/api/v1/routes/half?expand_references=true").await;
    assert_eq!(away.status, 503, "{away:?}");
    server.stop().await;
}

#[tokio::test]
async fn gateways_take_in_what_they_refer_to_when_they_are_stored() {
    let server = with_artifacts().await;
    let text = "
name: edge
port: 8090/http
routes:
  '[h:81]': half
  '[h:82]': {weight: 50%}
";
    let created = server.send("POST", "/api/v1/gateways", text).await;
    assert_eq!(created.status, 202, "{created:?}");
    let route = &created.json()["routes"]["[h:81]"];
    assert_eq!(
        route["condition"],
        json!({"condition": "< hdr_sub(user-agent) Android >"})
    );
    assert_eq!(
        (&route["weight"], &route["condition_strength"]),
        (&json!("50%"), &json!("100%"))
    );
    assert_eq!(route["rewrites"], json!([{"path": "/new if path_beg /old"}]));
    assert_eq!(route.get("name"), None);

    let shares = "{name: other, port: 8091/http, routes: {'[h:81]': half, '[h:82]': {}, '[h:83]': {}}}";
    let shares = server.send("POST", "/api/v1/gateways", shares).await.json();
    let weights = ["[h:81]", "[h:82]", "[h:83]"]
        .map(|path| shares["routes"][path]["weight"].as_str().unwrap().to_owned());
    assert_eq!(
        weights,
        ["50%", "25%", "25%"],
        "the rest is shared out beside a stored route"
    );

    // What it took in stays until the gateway is stored again.
    server
        .send(
            "PUT",
            "/api/v1/conditions/android",
            "{name: android, condition: '< path_beg /x >'}",
        )
        .await;
    let condition =
        async || server.get("/api/v1/gateways/edge").await.json()["routes"]["[h:81]"]["condition"].clone();
    assert_eq!(
        condition().await,
        json!({"condition": "< hdr_sub(user-agent) Android >"})
    );
    let again = server.send("PUT", "/api/v1/gateways/edge", text).await;
    assert_eq!(again.status, 202, "{again:?}");
    assert_eq!(condition().await, json!({"condition": "< path_beg /x >"}));

    for (body, name, path, place) in [
        (
            "name: edge\nroutes: {'[h:81]': none}\n",
            "none",
            "routes[\"[h:81]\"]",
            (2, 20),
        ),
        (
            "name: edge\nroutes:\n  a/b/c:\n    condition:\n      ref: gone\n",
            "gone",
            "routes.a/b/c.condition",
            (4, 5),
        ),
        (
            "name: edge\nroutes: {a/b/c: {rewrites: [old, lost]}}\n",
            "lost",
            "routes.a/b/c.rewrites[1]",
            (2, 34),
        ),
    ] {
        let refused = server.send("PUT", "/api/v1/gateways/edge", body).await;
        let problem = refused.json()["errors"][0].clone();
        assert_eq!(
            refused.message(),
            format!("Artifact cannot be found: '{name}'."),
            "{body}"
        );
        assert_eq!(
            placed(&problem),
            ("ArtifactNotFound", path, place.0, place.1),
            "{refused:?}"
        );
    }
    server.stop().await;
}
