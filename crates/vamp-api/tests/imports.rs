//! Bodies that import: what is stored is laid under them, and what cannot be had is told.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use serde_json::{Value, json};
use support::{Server, placed, raw};

const DEFAULTS: &str = "
name: defaults
definition:
  deployable: acme/nothing
  constants: {REGION: eu-north, LEVEL: info}
  arguments: [cpu: 1]
";

const SMALL: &str = "
name: small
definition:
  constants: {LEVEL: warn, SIZE: s}
  arguments: [memory: 2, cpu: 1]
";

/// A server with templates to import.
async fn with_templates() -> Server {
    let server = Server::start().await;
    for template in [DEFAULTS, SMALL] {
        let stored = server.send("POST", "/api/v1/templates", template).await;
        assert_eq!(stored.status, 201, "{stored:?}");
    }
    server
}

fn problem(answer: &raw::Answer) -> Value {
    answer.json()["errors"][0].clone()
}

#[tokio::test]
async fn templates_are_laid_under_a_body_one_over_the_other() {
    let server = with_templates().await;
    let body = "import: defaults\nname: web:1\ndeployable: acme/web:1\nconstants: {LEVEL: debug}\n";
    let created = server.send("POST", "/api/v1/breeds", body).await;
    assert_eq!(created.status, 201, "{created:?}");
    let breed = &created.json()[0];
    // S03-044: what the body says itself counts more.
    assert_eq!(
        breed["constants"],
        json!({"REGION": "eu-north", "LEVEL": "debug"})
    );
    assert_eq!(breed["deployable"], json!({"definition": "acme/web:1"}));
    assert_eq!(server.get("/api/v1/breeds/web:1").await.json(), *breed);

    let body = "{import: [templates/defaults, small], name: web:1, arguments: [disk: 3]}";
    for query in ["?validate_only=true", ""] {
        let updated = server
            .send("PUT", &format!("/api/v1/breeds/web:1{query}"), body)
            .await;
        assert_eq!(updated.status, 200, "{updated:?}");
        let breed = match query {
            "" => updated.json()[0].clone(),
            _ => updated.json(),
        };
        // Of two imports the later one counts more; lists are united.
        assert_eq!(
            breed["constants"],
            json!({"REGION": "eu-north", "LEVEL": "warn", "SIZE": "s"})
        );
        assert_eq!(
            breed["arguments"],
            json!([{"cpu": "1"}, {"memory": "2"}, {"disk": "3"}])
        );
    }
    let several = "---\nimport: defaults\nname: a\n---\nname: b\ndeployable: acme/b\n---\nimport: small\nname: c\ndeployable: acme/c\n";
    let created = server.send("POST", "/api/v1/breeds", several).await.json();
    let constants: Vec<&Value> = created
        .as_array()
        .unwrap()
        .iter()
        .map(|breed| &breed["constants"])
        .collect();
    assert_eq!(
        constants,
        [
            &json!({"REGION": "eu-north", "LEVEL": "info"}),
            &json!({}),
            &json!({"LEVEL": "warn", "SIZE": "s"})
        ],
        "each document has its own"
    );
    server.stop().await;
}

#[tokio::test]
async fn artifacts_of_every_kind_can_be_imported_with_what_they_refer_to() {
    let server = Server::start().await;
    let web = "{breed: {name: 'web:1', deployable: acme/web, ports: {http: 80}}, scale: tiny}";
    for (kind, text) in [
        (
            "scales",
            "{name: tiny, cpu: 0.1, memory: 96MB, instances: 1}".to_owned(),
        ),
        (
            "escalations",
            "{name: more, type: scale_cpu, minimum: 1, maximum: 2, scale_by: 1}".to_owned(),
        ),
        (
            "slas",
            "{name: calm, type: escalation_only, escalations: [more]}".to_owned(),
        ),
        (
            "conditions",
            "{name: android, condition: user-agent = Android}".to_owned(),
        ),
        (
            "routes",
            "{name: half, weight: 50%, condition: {ref: android}}".to_owned(),
        ),
        ("rewrites", "{name: old, path: /a if path_beg /b}".to_owned()),
        ("blueprints", format!("{{name: shop, clusters: {{web: {web}}}}}")),
        (
            "gateways",
            "{name: edge, port: 8090/http, routes: {shop/web/http: {}}}".to_owned(),
        ),
    ] {
        let stored = server.send("POST", &format!("/api/v1/{kind}"), &text).await;
        assert!(matches!(stored.status, 201 | 202), "{stored:?}");
    }
    let scale = json!({"cpu": 0.1, "memory": "96.00MB", "instances": 1});
    for (kind, text, pointer, shown) in [
        (
            "scales",
            "{import: scales/tiny, name: a, instances: 5}",
            "/0/instances",
            json!(5),
        ),
        (
            "scales",
            "{import: scales/tiny, name: a}",
            "/0/memory",
            json!("96.00MB"),
        ),
        (
            "slas",
            "{import: slas/calm, name: a}",
            "/0/escalations/0",
            json!({"type": "scale_cpu", "minimum": 1.0, "maximum": 2.0, "scale_by": 1.0}),
        ),
        (
            "escalations",
            "{import: escalations/more, name: a, maximum: 3}",
            "/0/maximum",
            json!(3.0),
        ),
        (
            "conditions",
            "{import: conditions/android, name: a}",
            "/0/condition",
            json!("user-agent = Android"),
        ),
        (
            "routes",
            "{import: routes/half, name: a}",
            "/0/condition",
            json!({"condition": "user-agent = Android"}),
        ),
        (
            "rewrites",
            "{import: rewrites/old, name: a}",
            "/0/path",
            json!("/a if path_beg /b"),
        ),
        (
            "blueprints",
            "{import: blueprints/shop, name: a}",
            "/1/clusters/web/services/0/scale",
            scale.clone(),
        ),
        (
            "gateways",
            "{import: gateways/edge, name: a, port: 8091/http}",
            "/routes/shop~1web~1http/weight",
            json!("100%"),
        ),
    ] {
        let created = server.send("POST", &format!("/api/v1/{kind}"), text).await;
        assert!(matches!(created.status, 201 | 202), "{kind} {text}: {created:?}");
        assert_eq!(
            created.json().pointer(pointer),
            Some(&shown),
            "{kind} {text}: {created:?}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn deployments_and_several_documents_import_too() {
    let server = Server::start().await;
    let blueprint = "
name: shop
clusters:
  web:
    services:
    - {breed: {name: 'web:1', deployable: acme/web}, scale: {cpu: 1, memory: 1MB, instances: 1}}
    - {breed: {name: 'web:2', deployable: acme/web}, scale: {cpu: 1, memory: 1MB, instances: 1}}
";
    server.send("POST", "/api/v1/blueprints", blueprint).await;
    let first = "{name: first, definition: {clusters: {web: {services: [{breed: 'web:1'}]}}}}";
    server.send("POST", "/api/v1/templates", first).await;

    let services = |deployment: &Value| {
        let services = deployment["clusters"]["web"]["services"].as_array().unwrap();
        let wanted = services
            .iter()
            .filter(|service| service["status"]["intention"] == "Deployment");
        wanted
            .map(|service| service["breed"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let deployed = server
        .send(
            "POST",
            "/api/v1/deployments",
            "{import: blueprints/shop, name: prod}",
        )
        .await;
    assert_eq!(deployed.status, 202, "{deployed:?}");
    assert_eq!(
        services(&server.get("/api/v1/deployments/prod").await.json()),
        ["web:1", "web:2"]
    );
    let merged = server
        .send("PUT", "/api/v1/deployments/test", "{import: first, name: test}")
        .await;
    assert_eq!(merged.status, 202, "{merged:?}");
    assert_eq!(
        services(&server.get("/api/v1/deployments/test").await.json()),
        ["web:1"]
    );

    let gone = server
        .send(
            "DELETE",
            "/api/v1/deployments/prod",
            "{import: first, name: prod}",
        )
        .await;
    assert_eq!(gone.status, 202, "{gone:?}");
    assert_eq!(services(&gone.json()[0]), ["web:2"]);

    let several = "
kind: scale
import: templates/sized
name: a
---
kind: deployment
import: first
name: third
";
    server
        .send(
            "POST",
            "/api/v1/templates",
            "{name: sized, definition: {cpu: 1, memory: 1MB}}",
        )
        .await;
    let applied = server.send("PUT", "/api/v1", several).await;
    assert_eq!(applied.status, 202, "{applied:?}");
    assert_eq!(
        server.get("/api/v1/scales/a").await.json()["memory"],
        json!("1.00MB")
    );
    assert_eq!(
        services(&server.get("/api/v1/deployments/third").await.json()),
        ["web:1"]
    );

    server
        .send(
            "PUT",
            "/api/v1/deployments/third",
            "{import: blueprints/shop, name: third}",
        )
        .await;
    let removed = server.send("DELETE", "/api/v1", several).await;
    assert_eq!(removed.status, 202, "{removed:?}");
    assert_eq!(removed.json()[0], json!(true));
    assert_eq!(
        services(&removed.json()[1][0]),
        ["web:2"],
        "exactly what the import names"
    );
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_imported_is_told_at_its_place() {
    let server = with_templates().await;
    let unresolved = "Reference 'templates/none' cannot be resolved.";
    for (import, message, code, path, place) in [
        // S03-045: there is no such artifact.
        ("none", unresolved, "ImportReferenceError", "import", (2, 9)),
        (
            "[defaults, none]",
            unresolved,
            "ImportReferenceError",
            "import[1]",
            (2, 20),
        ),
        (
            "breeds/none",
            "Reference 'breeds/none' cannot be resolved.",
            "ImportReferenceError",
            "import",
            (2, 9),
        ),
        (
            "workflows/none",
            "Reference 'workflows/none' cannot be resolved.",
            "ImportReferenceError",
            "import",
            (2, 9),
        ),
        (
            "breds/none",
            "Unexpected resource: 'breds'.",
            "UnexpectedArtifact",
            "import",
            (2, 9),
        ),
        ("''", "Empty import error.", "EmptyImportError", "import", (2, 9)),
        (
            "a/b/c",
            "Import definition error - it must be a reference to an artifact.",
            "ImportDefinitionError",
            "import",
            (2, 9),
        ),
        (
            "[{name: none}]",
            "Import definition error - it must be a reference to an artifact.",
            "ImportDefinitionError",
            "import[0]",
            (2, 10),
        ),
    ] {
        let bodies = [
            (
                "POST",
                "breeds",
                format!("name: web\nimport: {import}\ndeployable: x\n"),
            ),
            (
                "PUT",
                "scales/web",
                format!("name: web\nimport: {import}\ncpu: 1\nmemory: 1MB\n"),
            ),
            (
                "POST",
                "deployments",
                format!("name: web\nimport: {import}\nclusters: {{}}\n"),
            ),
            (
                "DELETE",
                "deployments/web",
                format!("name: web\nimport: {import}\nclusters: {{}}\n"),
            ),
            ("PUT", "", format!("name: web\nimport: {import}\nkind: scale\n")),
            (
                "DELETE",
                "",
                format!("name: web\nimport: {import}\nkind: deployments\n"),
            ),
        ];
        for (method, target, body) in bodies {
            let answer = server.send(method, &format!("/api/v1/{target}"), &body).await;
            assert_eq!(
                (answer.status, answer.message().as_str()),
                (400, message),
                "{method} {body}: {answer:?}"
            );
            let problem = problem(&answer);
            assert_eq!(
                placed(&problem),
                (code, path, place.0, place.1),
                "{method} {target} {body}: {answer:?}"
            );
        }
    }
    assert_eq!(server.get("/api/v1/breeds").await.json(), json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_problem_of_something_imported_is_told_where_that_is_named() {
    let server = with_templates().await;
    server
        .send(
            "POST",
            "/api/v1/templates",
            "{name: odd, definition: {prots: {http: 80}}}",
        )
        .await;
    let answer = server
        .send(
            "POST",
            "/api/v1/breeds",
            "name: web\ndeployable: x\nimport:\n- small\n- odd\n",
        )
        .await;
    assert_eq!(answer.status, 400, "{answer:?}");
    let problem = problem(&answer);
    assert_eq!(
        (&problem["path"], &problem["line"], &problem["column"]),
        (&json!("prots"), &json!(5), &json!(3)),
        "{answer:?}"
    );
    assert!(
        problem["hint"]
            .as_str()
            .unwrap()
            .contains("it comes from the imported templates/odd"),
        "{answer:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn what_something_imported_refers_to_in_vain_is_told_where_that_is_imported() {
    let server = Server::start().await;
    let shop = "{name: shop, clusters: {web: {breed: 'web:1', scale: none}}}";
    assert_eq!(server.send("POST", "/api/v1/blueprints", shop).await.status, 201);
    server
        .send("POST", "/api/v1/breeds", "{name: 'web:1', deployable: x}")
        .await;
    let answer = server
        .send(
            "POST",
            "/api/v1/blueprints",
            "name: other\nimport: [blueprints/shop]\n",
        )
        .await;
    assert_eq!(
        (answer.status, answer.message().as_str()),
        (400, "Artifact cannot be found: 'none'."),
        "{answer:?}"
    );
    let problem = problem(&answer);
    assert_eq!(
        placed(&problem),
        ("ArtifactNotFound", "import[0]", 2, 10),
        "{answer:?}"
    );
    assert_eq!(
        problem["hint"],
        json!("the imported blueprints/shop refers to it at clusters.web.services[0].scale")
    );
    server.stop().await;
}

#[tokio::test]
async fn the_archive_keeps_the_body_as_it_was_sent() {
    let server = with_templates().await;
    let body = "import: defaults # of the house\nname: web:1\n";
    assert_eq!(server.send("POST", "/api/v1/breeds", body).await.status, 201);
    let events = server
        .get("/api/v1/events?tag=breeds:web:1&tag=archive:create")
        .await
        .json();
    assert_eq!(events[0]["value"], json!(body), "{events}");
    server.stop().await;
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_is_told_and_nothing_is_taken_for_absent() {
    let server = with_templates().await;
    server.artifacts.is_away(true);
    for (method, target, body) in [
        ("POST", "breeds", "{import: defaults, name: web, deployable: x}"),
        ("PUT", "breeds/web", "{import: none, name: web, deployable: x}"),
        ("PUT", "deployments/web", "{import: blueprints/shop, name: web}"),
        (
            "DELETE",
            "deployments/web",
            "{import: blueprints/shop, name: web}",
        ),
        ("POST", "", "{kind: breed, import: defaults, name: web}"),
        (
            "DELETE",
            "",
            "{kind: deployment, import: blueprints/shop, name: web}",
        ),
    ] {
        let answer = server.send(method, &format!("/api/v1/{target}"), body).await;
        assert_eq!(answer.status, 503, "{method} {body}: {answer:?}");
        assert!(!answer.message().contains("cannot be resolved"), "{answer:?}");
        assert!(answer.message().contains("could not be asked"), "{answer:?}");
    }
    server.artifacts.is_away(false);
    let created = server
        .send("POST", "/api/v1/breeds", "{import: defaults, name: web}")
        .await;
    assert_eq!(created.status, 201, "{created:?}");
    server.stop().await;
}
