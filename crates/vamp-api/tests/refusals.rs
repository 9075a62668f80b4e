//! Bad input: a clear answer with place and cause, the status as agreed, and nothing stored.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use serde_json::{Value, json};
use support::{Server, raw, soon};
use vamp_api::ApiOptions;

/// Everything that is stored.
async fn stored(server: &Server) -> Vec<String> {
    let mut all = Vec::new();
    for kind in [
        "breeds",
        "scales",
        "blueprints",
        "gateways",
        "deployments",
        "slas",
        "escalations",
        "conditions",
        "rewrites",
        "routes",
        "templates",
    ] {
        all.push(server.get(&format!("/api/v1/{kind}")).await.body);
    }
    all.push(
        server
            .get("/api/v1/events")
            .await
            .header("x-total-count")
            .unwrap()
            .to_owned(),
    );
    all
}

/// A request, and what is wrong with it: message, code, line and column.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<(u64, u64)>,
);

#[tokio::test]
async fn each_mistake_is_told_with_its_place_and_changes_nothing() {
    let cases: &[Case] = &[
        // S03-032: broken YAML.
        (
            "POST",
            "breeds",
            "name: web\n  deployable: [",
            "Error: ",
            "YamlParsingError",
            Some((2, 13)),
        ),
        (
            "POST",
            "breeds",
            "{\"name\": \"web\",\n \"deployable\" \"a\"}",
            "Error: ",
            "YamlParsingError",
            Some((2, 15)),
        ),
        (
            "POST",
            "breeds",
            "name: web\ndeployable: acme/web\nprots: {http: 80}\n",
            "Unexpected in DSL: {\"prots\":{\"http\":80}}",
            "UnexpectedElement",
            Some((3, 1)),
        ),
        // S03-034: nothing.
        (
            "POST",
            "breeds",
            "",
            "Unexpected type for path '/'",
            "UnexpectedType",
            Some((1, 1)),
        ),
        (
            "POST",
            "breeds",
            "just words",
            "Unexpected type for path '/'",
            "UnexpectedType",
            Some((1, 1)),
        ),
        (
            "POST",
            "breeds",
            "{name: web}",
            "Can't find any value for path: /deployable",
            "MissingPathValueError",
            Some((1, 1)),
        ),
        // S03-036: another kind.
        (
            "POST",
            "breeds",
            "{kind: scale, name: web, deployable: a}",
            "Inconsistent kind: given 'scale' but found 'breeds'.",
            "InconsistentArtifactKind",
            Some((1, 8)),
        ),
        (
            "POST",
            "breeds",
            "{name: web, metadata: 7, deployable: a}",
            "",
            "UnsupportedMetadata",
            Some((1, 23)),
        ),
        // S03-038: names that none may have.
        (
            "POST",
            "breeds",
            "name: a/b\ndeployable: a",
            "Illegal name",
            "IllegalName",
            Some((1, 7)),
        ),
        (
            "POST",
            "breeds",
            "name: \"a\\nb\"\ndeployable: a",
            "Illegal name",
            "IllegalName",
            Some((1, 7)),
        ),
        (
            "POST",
            "breeds",
            "name: 'a b'\ndeployable: a",
            "Illegal name",
            "IllegalName",
            Some((1, 7)),
        ),
        (
            "POST",
            "breeds",
            "name: 'a[b]'\ndeployable: a",
            "Illegal name",
            "IllegalName",
            Some((1, 7)),
        ),
        (
            "PUT",
            "breeds/a%0Ab",
            "name: \"a\\nb\"\ndeployable: a",
            "Illegal name",
            "IllegalName",
            Some((1, 7)),
        ),
        // S03-059: a name that is not that of the path.
        (
            "PUT",
            "scales/a",
            "{name: b, cpu: 1, memory: 1MB, instances: 1}",
            "Inconsistent name: given 'a' but found 'b'.",
            "InconsistentArtifactName",
            Some((1, 8)),
        ),
        (
            "POST",
            "gateways",
            "name: edge\nport: 8090/http\nroutes:\n  a/b/c: {weight: 60%}\n  d/e/f: {weight: 60%}\n",
            "Total route weight must be either 0% or 100%",
            "GatewayRouteWeightError",
            Some((3, 1)),
        ),
        (
            "POST",
            "gateways",
            "name: edge\nport: 99999\n",
            "",
            "InvalidGatewayPortError",
            Some((2, 7)),
        ),
        // S03-088: gateways of clusters.
        (
            "POST",
            "gateways",
            "{name: a/b/c, port: 8090/http, routes: {}}",
            "Gateway is an internal deployment gateway - it can be created only when deployment cluster is created.",
            "InternalGatewayCreateError",
            None,
        ),
        // S03-086: a port that another gateway has.
        (
            "POST",
            "gateways",
            "name: other\nport: 9050/http\n",
            "Gateway port '9050' is/was in use by deployment: 'taken'. Remove 'taken' gateway first or use different port.",
            "UnavailableGatewayPortError",
            Some((2, 7)),
        ),
        (
            "POST",
            "gateways",
            "name: edge\nport: 8090/http\nroutes:\n  a/b/c:\n    condition: \"< x >\\n  bind *:1\"\n",
            "",
            "InvalidCondition",
            Some((5, 16)),
        ),
        (
            "POST",
            "deployments",
            "name: none",
            "Artifact cannot be found: 'none'.",
            "ArtifactNotFound",
            Some((1, 7)),
        ),
        (
            "POST",
            "deployments",
            "name: shop\nclusters:\n  web:\n    services:\n    - breed: {ref: none}\n",
            "Artifact cannot be found: 'none'.",
            "ArtifactNotFound",
            Some((5, 7)),
        ),
        (
            "PUT",
            "deployments/shop",
            "{name: shop, clusters: {}}",
            "Expected at least one service.",
            "NoServiceError",
            Some((1, 1)),
        ),
        (
            "POST",
            "deployments",
            "name: shop\nclusters:\n  web:\n    services:\n    - breed: {name: a, deployable: x}\n    sla: {type: escalation_only}\n",
            "`sla` of a cluster is not supported by this version.",
            "NotSupported",
            Some((6, 5)),
        ),
        (
            "PUT",
            "",
            "kind: workflow\nname: sweep\nbreed: sweep\nschedule: daemon\n",
            "The kind 'workflows' is not supported by this version.",
            "NotSupported",
            Some((1, 7)),
        ),
        // S03-124, S03-125, S03-126: events.
        (
            "POST",
            "events",
            "{value: 1}",
            "Can't find any value for path: /tags",
            "MissingPathValueError",
            Some((1, 1)),
        ),
        (
            "POST",
            "events",
            "{tags: []}",
            "Publishing an event without tags is not allowed.",
            "NoTagEventError",
            Some((1, 2)),
        ),
        (
            "POST",
            "events",
            "{tags: [a], type: bad type}",
            "Unsupported event type 'bad type', only alphanumerics, '-' and '_' are allowed.",
            "EventTypeError",
            Some((1, 19)),
        ),
        (
            "POST",
            "events",
            "{tags: [a], timestamp: yesterday}",
            "Event timestamp cannot be parsed: 'yesterday'.",
            "EventTimestampError",
            Some((1, 24)),
        ),
        (
            "POST",
            "events",
            "tags: [a]\nid: '7'\n",
            "Unexpected in DSL: {\"id\":\"7\"}",
            "UnexpectedElement",
            Some((2, 1)),
        ),
        (
            "POST",
            "events",
            "tags: [a",
            "Error: ",
            "YamlParsingError",
            Some((1, 9)),
        ),
    ];
    let server = Server::start().await;
    let taken = server
        .send("POST", "/api/v1/gateways", "{name: taken, port: 9050/http}")
        .await;
    assert_eq!(taken.status, 202, "{taken:?}");
    let before = stored(&server).await;
    let mut surprises = Vec::new();
    for (method, path, body, message, code, place) in cases {
        for query in ["", "?validate_only=true"] {
            let answer = server.send(method, &format!("/api/v1/{path}{query}"), body).await;
            // S03-042: a message, and with documents every problem of them.
            let first = answer.json()["errors"][0].clone();
            let found = first["line"].as_u64().zip(first["column"].as_u64());
            let as_wanted = answer.status == 400
                && answer.message().starts_with(message)
                && first["code"]
                    .as_str()
                    .is_some_and(|found| found.starts_with(code))
                && found == *place;
            if !as_wanted {
                surprises.push(format!(
                    "{method} {path}{query} {body:?}\n  {place:?} but {} {}",
                    answer.status, answer.body
                ));
            }
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    assert_eq!(stored(&server).await, before);
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_key_is_told_as_json_and_with_what_was_meant() {
    let server = Server::start().await;
    let answer = server
        .send(
            "POST",
            "/api/v1/breeds",
            "name: web\ndepoyable: acme/web\nprots: {a: 1}\n",
        )
        .await;
    let body = answer.json();
    let unexpected = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .find(|error| error["path"] == json!("depoyable"))
        .unwrap();
    assert!(
        unexpected["hint"].as_str().unwrap().contains("deployable"),
        "{body}"
    );
    // S03-033: what is unexpected follows as JSON.
    let rest = unexpected["message"]
        .as_str()
        .unwrap()
        .strip_prefix("Unexpected in DSL: ")
        .unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(rest).unwrap(),
        json!({"depoyable": "acme/web"})
    );
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_with_words_and_not_stored() {
    let server = Server::start().await;
    let huge = format!(
        "name: wide\ncpu: 1\nmemory: 1MB\ninstances: 1\n#{}",
        "x".repeat(20_000_000)
    );
    let answer = server.send("PUT", "/api/v1/scales/wide", &huge).await;
    assert_eq!(answer.status, 413);
    assert_eq!(
        answer.message(),
        "The body of the request is larger than the limit of 8388608 bytes."
    );
    assert_eq!(server.get("/api/v1/scales/wide").await.status, 404);
    // The typed client gets to read the answer, too.
    let body = vamp_client::Body::yaml(huge);
    let documents = server.client();
    let documents = documents.documents(vamp_model::Kind::Scale);
    let error = soon(documents.update("wide", &body, vamp_client::Change::apply()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.answer().unwrap().status),
        (vamp_client::ErrorKind::Refused, 413)
    );
    // Without a length, in chunks.
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000));
    let head = "PUT /api/v1/scales/wide HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-yaml\r\ntransfer-encoding: chunked\r\n\r\n";
    let request = format!("{head}{}0\r\n\r\n", chunk.repeat(20));
    assert_eq!(
        soon(raw::send(server.address, request.as_bytes())).await.status,
        413
    );
    // Who asks first is told before sending.
    let head = raw::head(
        server.address,
        "PUT",
        "/api/v1/scales/wide",
        &["content-type: application/x-yaml", "expect: 100-continue"],
        20_000_000,
    );
    let told = soon(raw::send(server.address, head.as_bytes())).await;
    assert_eq!((told.status, told.header("connection")), (413, Some("close")));
    server.stop().await;

    let mut options = ApiOptions::default();
    options.body_limit = 100;
    let small = Server::with(options).await;
    let fits = "{name: wide, cpu: 1, memory: 1MB, instances: 1}";
    assert_eq!(small.send("PUT", "/api/v1/scales/wide", fits).await.status, 200);
    let answer = small
        .send(
            "PUT",
            "/api/v1/scales/wide",
            &format!("{fits}{}", " ".repeat(100)),
        )
        .await;
    assert_eq!(answer.status, 413, "the limit is an option: {answer:?}");
    small.stop().await;
}

#[tokio::test]
async fn what_is_declared_as_something_else_or_wanted_as_something_else_is_refused() {
    let server = Server::start().await;
    let scale = "{name: wide, cpu: 1, memory: 1MB, instances: 1}";
    // S03-028, S03-029: neither notation, or none declared.
    for headers in [
        &["content-type: text/plain"][..],
        &["content-type: application/xml"],
        &[],
    ] {
        let answer = server.ask("POST", "/api/v1/scales", headers, scale).await;
        assert_eq!(answer.status, 400, "{headers:?}");
        assert_eq!(
            answer.message(),
            "Only the following media types are supported: application/json, application/x-yaml"
        );
    }
    let answer = server
        .ask("GET", "/api/v1/scales", &["accept: text/html"], "")
        .await;
    // S03-025: neither notation is taken.
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.message(),
        "Only the following media types are supported: application/json, application/x-yaml, but not: text/html"
    );
    for (parameter, wanted) in [
        // S03-054: no number.
        (
            "page=abc",
            "The query parameter 'page' was malformed:\n'abc' is not a valid 32-bit signed integer value",
        ),
        (
            "per_page=1.5",
            "The query parameter 'per_page' was malformed:\n'1.5' is not a valid 32-bit signed integer value",
        ),
        (
            "expand_references=maybe",
            "The query parameter 'expand_references' was malformed:\n'maybe' is not a valid Boolean value",
        ),
    ] {
        let answer = server.get(&format!("/api/v1/scales?{parameter}")).await;
        assert_eq!((answer.status, answer.message().as_str()), (400, wanted));
    }
    let mut latin = raw::head(
        server.address,
        "POST",
        "/api/v1/scales",
        &["content-type: application/json"],
        14,
    )
    .into_bytes();
    latin.extend_from_slice(b"a: 1\nname: \xfcx\n");
    let answer = soon(raw::send(server.address, &latin)).await;
    assert_eq!(
        (answer.status, answer.message().as_str()),
        (400, "Error: the text is not UTF-8.")
    );
    assert_eq!(answer.json()["errors"][0]["line"], json!(2));
    assert_eq!(answer.json()["errors"][0]["column"], json!(7));
    assert_eq!(server.get("/api/v1/scales").await.json(), json!([]));
    server.stop().await;
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let server = Server::start().await;
    for (method, path, status, message) in [
        // S03-062: no kind.
        (
            "GET",
            "/api/v1/unknownkind",
            400,
            "Unexpected resource: 'unknownkind'.",
        ),
        (
            "POST",
            "/api/v1/unknownkind",
            400,
            "Unexpected resource: 'unknownkind'.",
        ),
        ("GET", "/api/v1/breed/x", 400, "Unexpected resource: 'breed'."),
        (
            "GET",
            "/api/v1/workflows",
            400,
            "Unexpected resource: 'workflows'.",
        ),
        ("GET", "/api/v1/info/x", 400, "Unexpected resource: 'info'."),
        (
            "GET",
            "/api/v1/breeds/x",
            404,
            "The requested resource could not be found.",
        ),
        (
            "GET",
            "/api/v1/deployments/x",
            404,
            "The requested resource could not be found.",
        ),
        (
            "GET",
            "/api/v1/deployments/x/clusters",
            404,
            "The requested resource could not be found.",
        ),
        (
            "DELETE",
            "/api/v1/deployments/x/y",
            404,
            "The requested resource could not be found.",
        ),
        (
            "GET",
            "/api/v1",
            404,
            "The requested resource could not be found.",
        ),
    ] {
        let answer = server.send(method, path, "").await;
        assert_eq!(
            (answer.status, answer.message().as_str()),
            (status, message),
            "{method} {path}"
        );
    }
    let workflows = server.get("/api/v1/workflows").await.json();
    assert_eq!(
        workflows["errors"][0]["code"],
        json!("NotSupported"),
        "what is to come says so"
    );
    for (method, path, allowed) in [
        // S03-020: a method that the path does not have.
        ("PATCH", "/api/v1/breeds", "GET,HEAD,POST"),
        ("DELETE", "/api/v1/breeds", "GET,HEAD,POST"),
        ("POST", "/api/v1/breeds/x", "GET,HEAD,PUT,DELETE"),
        ("POST", "/api/v1/info", "GET,HEAD"),
        ("PUT", "/api/v1/events", "GET,HEAD,POST"),
        ("PATCH", "/api/v1", "POST,PUT,DELETE"),
        ("OPTIONS", "/api/v1/breeds", "GET,HEAD,POST"),
    ] {
        let answer = server.send(method, path, "").await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(!answer.message().is_empty());
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
    server.stop().await;
}
