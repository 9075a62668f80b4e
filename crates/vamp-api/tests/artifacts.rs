//! Breeds, scales, blueprints and gateways over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use serde_json::json;
use support::Server;

const SCALE: &str = "{name: wide, cpu: 1.5, memory: 512MB, instances: 4}";

#[tokio::test]
async fn a_scale_is_created_read_replaced_and_deleted() {
    let server = Server::start().await;
    let stored =
        json!({"name":"wide","kind":"scales","metadata":{},"cpu":1.5,"memory":"512.00MB","instances":4});

    let created = server.send("POST", "/api/v1/scales", SCALE).await;
    // S03-056: creating answers 201 and a list of one.
    assert_eq!((created.status, created.json()), (201, json!([stored])));
    // S03-027: JSON is declared without a charset.
    assert_eq!(created.header("content-type"), Some("application/json"));
    assert_eq!(created.header("etag"), Some("\"1\""));

    let read = server.get("/api/v1/scales/wide").await;
    assert_eq!(
        (read.status, read.json(), read.header("etag")),
        (200, stored, Some("\"1\""))
    );

    let again = server
        .send("POST", "/api/v1/scales", &SCALE.replace('4', "5"))
        .await;
    // S03-057: creating what exists replaces it.
    assert_eq!((again.status, &again.json()[0]["instances"]), (201, &json!(5)));
    assert_eq!(again.header("etag"), Some("\"2\""));

    let same = server
        .send("PUT", "/api/v1/scales/wide", &SCALE.replace('4', "5"))
        .await;
    assert_eq!(
        (same.status, same.header("etag")),
        (200, Some("\"2\"")),
        "the same again makes no revision"
    );

    let narrow = server
        .send("PUT", "/api/v1/scales/narrow", &SCALE.replace("wide", "narrow"))
        .await;
    // S03-058: updating what does not exist creates it, with 200.
    assert_eq!((narrow.status, narrow.names()), (200, vec!["narrow".to_owned()]));

    for _ in 0..2 {
        let deleted = server.ask("DELETE", "/api/v1/scales/wide", &[], "").await;
        // S03-060: deleting answers 204 without body, whether there was one or not.
        assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    }
    let gone = server.get("/api/v1/scales/wide").await;
    // S03-061: what is absent is 404.
    assert_eq!(gone.status, 404);
    assert_eq!(
        gone.json(),
        json!({"message":"The requested resource could not be found."})
    );
    server.stop().await;
}

#[tokio::test]
async fn what_is_only_looked_at_is_not_stored() {
    let server = Server::start().await;
    let created = server
        .send("POST", "/api/v1/scales?validate_only=true", SCALE)
        .await;
    let updated = server
        .send("PUT", "/api/v1/scales/wide?validate_only=1", SCALE)
        .await;
    // S03-063: the usual status with the artifact itself, and nothing stored.
    assert_eq!((created.status, &created.json()["name"]), (201, &json!("wide")));
    assert_eq!((updated.status, &updated.json()["name"]), (200, &json!("wide")));
    assert_eq!((created.header("etag"), updated.header("etag")), (None, None));
    assert_eq!(server.get("/api/v1/scales").await.json(), json!([]));

    server.send("POST", "/api/v1/scales", SCALE).await;
    let deleted = server
        .ask("DELETE", "/api/v1/scales/wide?validate_only=yes", &[], "")
        .await;
    // S03-064: the usual status, and nothing removed.
    assert_eq!(deleted.status, 204);
    assert_eq!(server.get("/api/v1/scales/wide").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn notations_are_free_on_both_ways() {
    let server = Server::start().await;
    let json_text = r#"{"name":"wide","cpu":1.5,"memory":"512MB","instances":4}"#;
    // S03-030, S03-031: what a document is declared to be does not matter, as long as it is one of the two.
    for (declared, text) in [
        ("application/json", json_text),
        ("application/x-yaml", json_text),
        (
            "application/json",
            "name: wide\ncpu: 1.5\nmemory: 512MB\ninstances: 4\n",
        ),
        ("application/x-yaml; charset=utf-8", SCALE),
        ("Application/JSON", SCALE),
        ("text/yaml", SCALE),
    ] {
        let header = format!("content-type: {declared}");
        let answer = server.ask("PUT", "/api/v1/scales/wide", &[&header], text).await;
        assert_eq!(answer.status, 200, "{declared}: {answer:?}");
    }
    let yaml = server
        .ask(
            "GET",
            "/api/v1/scales/wide",
            &["accept: application/x-yaml, */*"],
            "",
        )
        .await;
    // S03-026: YAML is answered to who names it first.
    assert_eq!(yaml.header("content-type"), Some("application/x-yaml"));
    assert_eq!(
        yaml.body,
        "name: wide\nkind: scales\nmetadata: {}\ncpu: 1.5\nmemory: 512.00MB\ninstances: 4\n"
    );
    let json_first = server
        .ask(
            "GET",
            "/api/v1/scales/wide",
            &["accept: application/json, application/x-yaml"],
            "",
        )
        .await;
    assert_eq!(json_first.header("content-type"), Some("application/json"));
    let list = server
        .ask("GET", "/api/v1/scales", &["accept: application/x-yaml"], "")
        .await;
    assert!(list.body.starts_with("- name: wide\n"), "{list:?}");
    for (method, path) in [
        ("GET", "/api/v1/scales/none"),
        ("GET", "/api/v1/nokind"),
        ("PATCH", "/api/v1/scales"),
    ] {
        let failed = server
            .ask(method, path, &["accept: application/x-yaml"], "")
            .await;
        // S03-043: errors are in the notation that the caller wants.
        assert_eq!(
            failed.header("content-type"),
            Some("application/x-yaml"),
            "{failed:?}"
        );
        assert!(failed.body.starts_with("message: "), "{failed:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_was_read_can_be_written_back_in_either_notation() {
    let server = Server::start().await;
    let breed = "
name: Web:1
metadata: {Owner: Kim}
deployable: {type: container/docker, definition: 'acme/web:1'}
ports: {Http: 8080/http, admin: 9000/tcp}
environment_variables: {MODE: quick, 'TIMEOUT[TIME_OUT]': '10'}
health_checks: [{path: /health, port: Http, initial_delay: 10s, timeout: 5s, interval: 30s, failures: 5}]
";
    let blueprint = "
name: Shop
clusters:
  CartEU:
    metadata: {Team: Red}
    services:
    - breed: {ref: 'Web:1'}
      environment_variables: {MODE: slow}
      scale: {cpu: 1, memory: 64MB, instances: 2}
gateways:
  9050: {routes: {CartEU/Http: {weight: 100%}}}
";
    let gateway = "
name: edge
port: 8090/http
routes:
  Shop/CartEU/Http: {weight: 60%, condition: '< hdr_sub(user-agent) Android >', condition_strength: 10%}
  other/thing/web: {weight: 40%}
";
    for (path, name, text) in [
        ("/api/v1/breeds", "Web:1", breed),
        ("/api/v1/scales", "wide", SCALE),
        ("/api/v1/blueprints", "Shop", blueprint),
        ("/api/v1/gateways", "edge", gateway),
    ] {
        let created = server.send("POST", path, text).await;
        assert!(matches!(created.status, 201 | 202), "{created:?}");
        let single = format!("{path}/{name}");
        for accept in ["accept: application/json", "accept: application/x-yaml"] {
            let read = server.ask("GET", &single, &[accept], "").await;
            let written = server.send("PUT", &single, &read.body).await;
            // S03-035: what was read can be written back, and changes nothing.
            assert!(matches!(written.status, 200 | 202), "{written:?}");
            let after = server.ask("GET", &single, &[accept], "").await;
            assert_eq!(
                (after.body.as_str(), after.header("etag")),
                (read.body.as_str(), read.header("etag")),
                "{path}"
            );
        }
    }
    let shop = server.get("/api/v1/blueprints/Shop").await.json();
    // S03-039: keys of the user keep their capitals.
    assert_eq!(shop["clusters"]["CartEU"]["metadata"], json!({"Team": "Red"}));
    let edge = server.get("/api/v1/gateways/edge").await.json();
    // S03-040: what gateways and routes lack is null.
    assert_eq!((&edge["sticky"], &edge["selector"]), (&json!(null), &json!(null)));
    assert_eq!(edge["routes"]["other/thing/web"]["condition"], json!(null));
    let web = server.get("/api/v1/breeds/Web:1").await.json();
    // S03-072: the type of a deployable is shown where it was given.
    assert_eq!(web["deployable"]["type"], json!("container/docker"));
    server.stop().await;
}

#[tokio::test]
async fn inline_breeds_are_stored_and_shown_before_their_blueprint() {
    let server = Server::start().await;
    let blueprint = "
name: shop:2.1
clusters:
  cart:
    services:
    - breed: {name: 'cart-api:2.1.0', deployable: 'acme/cart-api:2.1.0', ports: {web: 7070/http}}
      scale: wide
";
    let created = server.send("POST", "/api/v1/blueprints", blueprint).await;
    // S03-070: the breeds first, the blueprint last.
    assert_eq!(
        (created.status, created.names()),
        (201, vec!["cart-api:2.1.0".to_owned(), "shop:2.1".to_owned()])
    );
    assert_eq!(
        created.json()[1]["clusters"]["cart"]["services"][0]["breed"],
        json!({"reference": "cart-api:2.1.0"})
    );
    assert_eq!(server.get("/api/v1/breeds/cart-api:2.1.0").await.status, 200);

    let dangling = server
        .get("/api/v1/blueprints/shop:2.1?expand_references=true")
        .await;
    // S03-067: a reference that leads nowhere is told at once.
    assert_eq!(
        (dangling.status, dangling.message()),
        (400, "Artifact cannot be found: 'wide'.".to_owned())
    );
    server.send("POST", "/api/v1/scales", SCALE).await;
    let expanded = server
        .get("/api/v1/blueprints/shop:2.1?expand_references=true")
        .await;
    let service = &expanded.json()["clusters"]["cart"]["services"][0];
    // S03-066: breed and scale in place of their names.
    assert_eq!(
        service["breed"]["deployable"]["definition"],
        json!("acme/cart-api:2.1.0")
    );
    assert_eq!(service["scale"]["instances"], json!(4));
    let both = server
        .get("/api/v1/blueprints/shop:2.1?expand_references=true&only_references=true")
        .await;
    // S03-069: both flags change nothing.
    assert_eq!(both.body, server.get("/api/v1/blueprints/shop:2.1").await.body);
    server.stop().await;
}

#[tokio::test]
async fn several_artifacts_of_a_kind_come_in_one_request() {
    let server = Server::start().await;
    let two = "---\nname: a\ndeployable: acme/a\n---\nname: b\ndeployable: acme/b\n";
    let created = server.send("POST", "/api/v1/breeds?name=x", two).await;
    // S03-065: both are stored. S03-074: a parameter `name` means nothing here.
    assert_eq!(
        (created.status, created.names()),
        (201, vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(server.get("/api/v1/breeds").await.names(), ["a", "b"]);
    // S03-036: the kind in singular and plural.
    let list = r#"[{"name":"c","kind":"breeds","deployable":"acme/c"},{"name":"d","kind":"breed","deployable":"acme/d"}]"#;
    assert_eq!(
        server.send("POST", "/api/v1/breeds", list).await.names(),
        ["c", "d"]
    );
    server.stop().await;
}

#[tokio::test]
async fn several_kinds_come_in_one_request_at_the_root() {
    let server = Server::start().await;
    let three = "
---
kind: breed
name: web:1
deployable: acme/web:1
ports: {http: 8080/http}
---
kind: scales
name: tiny
cpu: 0.1
memory: 96MB
instances: 1
---
kind: deployments
name: shop
clusters:
  web:
  - {breed: {ref: 'web:1'}, scale: tiny}
";
    let looked = server
        .send(
            "POST",
            "/api/v1?validate_only=true",
            &three[..three.rfind("---").unwrap()],
        )
        .await;
    // S03-083: nothing happens.
    assert_eq!(looked.status, 202, "{looked:?}");
    assert_eq!(server.get("/api/v1/breeds").await.json(), json!([]));

    let applied = server.send("PUT", "/api/v1/", three).await;
    // S03-075, S03-078, S03-079: in order, whatever the spelling of the kind, later ones on earlier ones.
    assert_eq!(applied.status, 202, "{applied:?}");
    let answers = applied.json();
    assert_eq!(
        (&answers[0][0]["name"], &answers[1][0]["name"]),
        (&json!("web:1"), &json!("tiny"))
    );
    assert!(server.get("/api/v1/deployments/shop").await.status == 200);

    let list = r#"[{"kind":"scale","name":"a","cpu":1,"memory":"1MB","instances":1},{"kind":"scale","name":"b","cpu":1,"memory":"1MB","instances":1}]"#;
    let applied = server.send("POST", "/api/v1", list).await;
    // S03-076: a JSON list is the same.
    assert_eq!(
        (applied.status, applied.json().as_array().unwrap().len()),
        (202, 2)
    );

    for (text, path) in [
        ("{name: x, cpu: 1, memory: 1MB, instances: 1}", "kind"),
        ("{kind: scale, cpu: 1, memory: 1MB, instances: 1}", "name"),
    ] {
        let refused = server.send("PUT", "/api/v1/", text).await;
        // S03-077: each document names its kind and itself.
        assert_eq!(
            (refused.status, refused.message()),
            (400, format!("Can't find any value for path: /{path}"))
        );
    }
    let broken = "{kind: scale, name: c, cpu: 1, memory: 1MB, instances: 1}\n---\n{kind: deployment, name: d, clusters: {web: [{breed: {ref: none}}]}}\n---\n{kind: scale, name: e, cpu: 1, memory: 1MB, instances: 1}";
    let refused = server.send("PUT", "/api/v1/", broken).await;
    // S03-080: the first that fails is answered, and nothing behind it applied.
    assert_eq!(
        (refused.status, refused.message()),
        (400, "Artifact cannot be found: 'none'.".to_owned())
    );
    assert_eq!(server.get("/api/v1/scales/c").await.status, 200);
    assert_eq!(server.get("/api/v1/scales/e").await.status, 404);
    let nothing = server.send("POST", "/api/v1", "[]").await;
    // S03-084: nothing is answered with nothing.
    assert_eq!((nothing.status, nothing.json()), (202, json!([])));
    server.stop().await;
}

#[tokio::test]
async fn several_kinds_go_in_one_request_at_the_root() {
    let server = Server::start().await;
    let version = |n: u32| {
        format!(
            "{{breed: {{name: 'web:{n}', deployable: 'acme/web:{n}'}}, scale: {{cpu: 1, memory: 1MB, instances: 1}}}}"
        )
    };
    let shop = format!(
        "{{name: shop, clusters: {{web: [{}, {}]}}}}",
        version(1),
        version(2)
    );
    assert_eq!(
        server.send("POST", "/api/v1/deployments", &shop).await.status,
        202
    );
    server.send("POST", "/api/v1/scales", SCALE).await;
    let unwanted = r#"[{"kind":"breed","name":"web:1"},{"kind":"scales","name":"wide"},{"kind":"scale","name":"none"},
        {"kind":"deployment","name":"shop","clusters":{"web":{"services":[{"breed":"web:1"}]}}},{"kind":"deployments","name":"shop"}]"#;
    let looked = server
        .ask("DELETE", "/api/v1?validate_only=true", &[], unwanted)
        .await;
    assert_eq!(
        (looked.status, looked.json().as_array().unwrap().len()),
        (202, 2),
        "{looked:?}"
    );
    assert_eq!(server.get("/api/v1/scales/wide").await.status, 200);

    let removed = server.ask("DELETE", "/api/v1", &[], unwanted).await;
    let answers = removed.json();
    // S03-081: whether there was one, for each.
    assert_eq!(
        (removed.status, &answers.as_array().unwrap()[..3]),
        (202, &[json!(true), json!(true), json!(false)][..])
    );
    let services = answers[3][0]["clusters"]["web"]["services"]
        .as_array()
        .unwrap()
        .clone();
    let intention = |service: &serde_json::Value| service["status"]["intention"].as_str().unwrap().to_owned();
    let remaining: Vec<_> = services
        .iter()
        .filter(|service| intention(service) == "Deployment")
        .collect();
    // S03-082: of a deployment exactly what was named.
    assert_eq!(remaining.len(), 1, "{answers}");
    assert_eq!(remaining[0]["breed"]["name"], json!("web:2"));
    assert_eq!(
        answers[4][0]["name"],
        json!("shop"),
        "without services nothing goes"
    );

    let documents = format!(
        "kind: scale\n{}\n---\nkind: breeds\nname: web:2\ndeployable: acme/web:2\n",
        SCALE.trim_matches(['{', '}']).replace(", ", "\n")
    );
    let removed = server.send("DELETE", "/api/v1/", &documents).await;
    assert_eq!(
        (removed.status, removed.json()),
        (202, json!([false, true])),
        "{removed:?}"
    );
    for (text, message) in [
        ("[{kind: scale}]", "Can't find any value for path: /name"),
        ("[{name: x}]", "Can't find any value for path: /kind"),
        ("[{kind: widget, name: x}]", "Unexpected resource: 'widgets'."),
        ("[7]", "Unexpected type for path '/'."),
        (
            "{kind: deployment, name: none, clusters: {web: [{breed: b}]}}",
            "Artifact cannot be found: 'none'.",
        ),
        (
            "{kind: deployment, name: none}",
            "Artifact cannot be found: 'none'.",
        ),
    ] {
        let refused = server.send("DELETE", "/api/v1", text).await;
        assert_eq!(
            (refused.status, refused.message().as_str()),
            (400, message),
            "{text}"
        );
    }
    let conditional = server
        .ask("DELETE", "/api/v1", &["if-match: \"1\""], unwanted)
        .await;
    assert_eq!(conditional.status, 400);
    server.stop().await;
}

#[tokio::test]
async fn gateways_are_wishes_and_their_names_may_have_slashes() {
    let server = Server::start().await;
    let text = "{name: shop/9050, port: 9050/http, routes: {a/b/c: {}, d/e/f: {}, g/h/i: {}}}";
    let created = server.send("POST", "/api/v1/gateways", text).await;
    // S03-085: 202 and the gateway itself.
    assert_eq!(
        (created.status, &created.json()["name"]),
        (202, &json!("shop/9050")),
        "{created:?}"
    );
    let routes = &created.json()["routes"];
    // S03-087: what is left open is shared out.
    let weights =
        ["a/b/c", "d/e/f", "g/h/i"].map(|route| routes[route]["weight"].as_str().unwrap().to_owned());
    assert_eq!(weights, ["33%", "33%", "34%"]);
    for path in [
        "/api/v1/gateways/shop/9050",
        "/api/v1/gateways/shop%2F9050",
        "/api/v1/gateways/shop/9050/",
    ] {
        // S03-073: slashes as they are or encoded, for every method. S03-006: one at the end changes nothing.
        assert_eq!(server.get(path).await.status, 200, "{path}");
        assert_eq!(server.send("PUT", path, text).await.status, 202, "{path}");
    }
    let kept = server
        .send(
            "PUT",
            "/api/v1/gateways/shop/9050",
            "{name: shop/9050, routes: {a/b/c: {}}}",
        )
        .await;
    assert_eq!(
        (kept.status, &kept.json()["port"]),
        (202, &json!("9050/http")),
        "the port stays"
    );
    let storefront = "{name: storefront, port: 8090/http, routes: {shop/cart/web: {weight: 100%}}}";
    let storefront = server
        .send("PUT", "/api/v1/gateways/storefront", storefront)
        .await
        .json();
    // S03-091: the hashed names that other programs know.
    assert_eq!(
        storefront["lookup_name"],
        json!("bfe48aba2e98b4af6543ac2eb666fbf739fa195e")
    );
    assert_eq!(
        storefront["routes"]["shop/cart/web"]["lookup_name"],
        json!("17bc67e22b5f27b09795c659c34c6ee7b13382d9")
    );
    let deleted = server
        .ask("DELETE", "/api/v1/gateways/shop%2F9050", &[], "")
        .await;
    assert_eq!((deleted.status, deleted.body.as_str()), (202, ""));
    assert_eq!(server.get("/api/v1/gateways/shop/9050").await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_change_of_what_somebody_else_has_changed_is_not_made() {
    let server = Server::start().await;
    server.send("POST", "/api/v1/scales", SCALE).await;
    let yaml = "content-type: application/x-yaml";
    let put = |header: &'static str, text: String| {
        let server = &server;
        async move {
            server
                .ask("PUT", "/api/v1/scales/wide", &[yaml, header], &text)
                .await
        }
    };
    let changed = put("if-match: \"1\"", SCALE.replace('4', "5")).await;
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")));
    for (header, status) in [
        ("if-match: \"1\"", 412),
        ("if-match: \"1\", \"3\"", 412),
        ("if-match: \"1\", \"2\"", 200),
        ("if-match: *", 200),
        ("if-none-match: *", 412),
        ("if-match: 2", 400),
        ("if-match: W/\"2\"", 400),
        ("if-none-match: \"2\"", 400),
    ] {
        let answer = put(header, SCALE.replace('4', "5")).await;
        assert_eq!(answer.status, status, "{header}: {answer:?}");
        if status != 200 {
            assert!(!answer.message().is_empty());
        }
    }
    let deleted = server
        .ask("DELETE", "/api/v1/scales/wide", &["if-match: \"1\""], "")
        .await;
    assert_eq!(deleted.status, 412);
    let absent = server
        .ask("DELETE", "/api/v1/scales/none", &["if-match: *"], "")
        .await;
    assert_eq!(absent.status, 412);
    assert_eq!(
        server.get("/api/v1/scales/wide").await.json()["instances"],
        json!(5)
    );
    server.stop().await;
}
