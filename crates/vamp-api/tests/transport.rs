//! What holds for every request: headers, layout, other origins, time, ends.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::time::Duration;

use support::{Server, raw, soon};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vamp_api::{ApiOptions, Origins};

const ORIGIN: &str = "origin: https://console.example.org";

#[tokio::test]
async fn every_answer_below_the_api_is_not_kept_and_names_no_server() {
    let server = Server::start().await;
    for (method, path, status) in [
        ("GET", "/api/v1/info", 200),
        ("GET", "/api/v1/breeds/none", 404),
        ("GET", "/api/v1/unknownkind", 400),
        ("PATCH", "/api/v1/breeds", 405),
        ("DELETE", "/api/v1/breeds/none", 204),
    ] {
        let answer = server.ask(method, path, &[], "").await;
        assert_eq!(answer.status, status, "{method} {path}");
        // S03-008: no cache keeps it, errors included.
        assert_eq!(
            (answer.header("cache-control"), answer.header("pragma")),
            (Some("no-store"), Some("no-cache"))
        );
        // S03-009: the server does not name itself.
        assert_eq!(answer.header("server"), None);
        assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()));
        // S03-015: nothing about origins without one.
        assert!(answer.header("access-control-allow-origin").is_none());
    }
    let named = server
        .ask("GET", "/api/v1/info", &["x-request-id: mine-7"], "")
        .await;
    assert_eq!(named.header("x-request-id"), Some("mine-7"));
    let forged = server
        .ask("GET", "/api/v1/info", &["x-request-id: a b{}"], "")
        .await;
    assert_ne!(forged.header("x-request-id"), Some("a b{}"));
    let authorized = server
        .ask("GET", "/api/v1/info", &["authorization: token x"], "")
        .await;
    // S03-023: who shows a token is not refused for it.
    assert_eq!(authorized.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn the_namespace_and_slashes_around_the_path_make_no_difference() {
    let mut options = ApiOptions::default();
    options.namespace = "lab".to_owned();
    let server = Server::with(options).await;
    let info = |answer: raw::Answer| {
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["uuid"].as_str().unwrap().to_owned()
    };
    let plain = info(server.get("/api/v1/info").await);
    // S03-002, S03-006, S03-007: the namespace, a slash at the end, slashes in front.
    for path in [
        "/lab/api/v1/info",
        "/api/v1/info/",
        "//api/v1/info",
        "//lab/api/v1/information/",
    ] {
        assert_eq!(info(server.get(path).await), plain, "{path}");
    }
    for path in ["/other/api/v1/info", "/", "/index.html", "/lab/info"] {
        let answer = server.get(path).await;
        // S03-003: another word is no namespace. S03-019: what is not served is 404 with these words.
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (404, "The requested resource could not be found."),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    }
    server.stop().await;

    let mut options = ApiOptions::default();
    options.strip_path_segments = 2;
    let server = Server::with(options).await;
    // S03-005: leading segments are dropped, and have to be there.
    assert_eq!(server.get("/x/y/api/v1/info").await.status, 200);
    assert_eq!(server.get("/api/v1/info").await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn where_all_origins_may_call_pages_ask_and_read_errors() {
    let mut options = ApiOptions::default();
    options.origins = Origins::Any;
    let server = Server::with(options).await;
    for (method, path) in [
        ("GET", "/api/v1/breeds"),
        ("GET", "/api/v1/breeds/none"),
        ("PATCH", "/api/v1/breeds"),
        ("GET", "/api/v1/none"),
    ] {
        let answer = server.ask(method, path, &[ORIGIN], "").await;
        // S03-012, S03-013: the origin is echoed, errors included.
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some("https://console.example.org"),
            "{path}"
        );
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.starts_with("Link, X-Total-Count"), "{exposed}");
    }
    let preflight = [
        "access-control-request-method: PUT",
        "access-control-request-headers: content-type, x-a",
        ORIGIN,
    ];
    let answer = server
        .ask("OPTIONS", "/api/v1/gateways/storefront", &preflight, "")
        .await;
    // S03-014: a browser that asks first is told what it may do.
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    for (header, value) in [
        ("access-control-allow-origin", "https://console.example.org"),
        (
            "access-control-allow-methods",
            "GET, POST, HEAD, OPTIONS, DELETE, PUT",
        ),
        ("access-control-allow-headers", "content-type, x-a"),
        ("access-control-max-age", "1800"),
        ("access-control-allow-credentials", "true"),
    ] {
        assert_eq!(answer.header(header), Some(value), "{header}");
    }
    let refused = server
        .ask(
            "OPTIONS",
            "/api/v1/breeds",
            &[ORIGIN, "access-control-request-method: PATCH"],
            "",
        )
        .await;
    assert_eq!(refused.status, 400);
    server.stop().await;
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::start().await;
    server
        .send(
            "PUT",
            "/api/v1/scales/wide",
            "{name: wide, cpu: 1, memory: 1MB, instances: 1}",
        )
        .await;
    for path in ["/api/v1/scales", "/api/v1/scales/wide", "/api/v1/scales/none"] {
        let (get, head) = (server.get(path).await, server.ask("HEAD", path, &[], "").await);
        // S03-021: the same headers, no body.
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        for header in [
            "content-type",
            "content-length",
            "etag",
            "x-total-count",
            "link",
            "cache-control",
        ] {
            assert_eq!(head.header(header), get.header(header), "{header} of {path}");
        }
        assert_eq!(head.header("content-length").unwrap(), get.body.len().to_string());
    }
    server.stop().await;
}

#[tokio::test]
async fn requests_that_no_route_shall_see_are_refused_at_the_door() {
    let server = Server::start().await;
    let long = format!("/api/v1/breeds?x={}", "y".repeat(2048));
    assert_eq!(server.get(&long).await.status, 414);
    let header = format!("x-long: {}", "y".repeat(8193));
    assert_eq!(
        server.ask("GET", "/api/v1/info", &[&header], "").await.status,
        400
    );
    assert_eq!(server.ask("BREW", "/api/v1/info", &[], "").await.status, 501);
    let twice = server.ask("GET", "/api/v1/info", &["host: other"], "").await;
    assert_eq!(
        (twice.status, twice.message().as_str()),
        (400, "HTTP message must not contain more than one Host header")
    );
    let broken = server.get("/api/v1/breeds/%FF%FE").await;
    assert_eq!(broken.status, 400, "{broken:?}");
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let mut options = ApiOptions::default();
    options.response_timeout = Duration::from_millis(100);
    let server = Server::with(options).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    // The body never comes.
    let head = raw::head(
        server.address,
        "PUT",
        "/api/v1/scales/wide",
        &["content-type: application/json"],
        10,
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    soon(socket.read_to_end(&mut bytes)).await.unwrap();
    let answer = raw::parse(&bytes);
    // S03-010: 503 after the time that an answer may take.
    assert_eq!(answer.status, 503);
    assert!(
        answer
            .message()
            .starts_with("The server was not able to produce a timely response"),
        "{answer:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn at_the_end_idle_connections_are_closed_and_requests_under_way_are_answered() {
    let server = Server::start().await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /api/v1/scales HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 64];
    assert!(soon(idle.read(&mut first)).await.unwrap() > 0);

    let body = "{name: wide, cpu: 1, memory: 1MB, instances: 1}";
    let mut busy = TcpStream::connect(server.address).await.unwrap();
    let head = raw::head(
        server.address,
        "PUT",
        "/api/v1/scales/wide",
        &["content-type: application/json", "expect: 100-continue"],
        body.len(),
    );
    busy.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 64];
    let count = soon(busy.read(&mut go_on)).await.unwrap();
    assert!(
        go_on[..count].starts_with(b"HTTP/1.1 100"),
        "the request is under way"
    );

    server.end();
    let mut rest = Vec::new();
    soon(idle.read_to_end(&mut rest)).await.unwrap();
    busy.write_all(body.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    soon(busy.read_to_end(&mut bytes)).await.unwrap();
    assert_eq!(raw::parse(&bytes).status, 200);
    let refused = soon(TcpStream::connect(server.address)).await;
    assert!(refused.is_err(), "nobody listens any more");
    server.stop().await;
}

#[tokio::test]
async fn a_caller_that_never_finishes_does_not_hold_up_the_end() {
    let mut options = ApiOptions::default();
    options.shutdown_grace = Duration::from_millis(100);
    let server = Server::with(options).await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    let head = raw::head(
        server.address,
        "PUT",
        "/api/v1/scales/wide",
        &["content-type: application/json", "expect: 100-continue"],
        10,
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 64];
    soon(slow.read(&mut go_on)).await.unwrap();
    soon(server.stop()).await;
}
