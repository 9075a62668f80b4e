//! The configuration that is handed over to agents, as the API gives it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::time::Duration;

use support::raw::Answer;
use support::{Server, soon};
use tokio::time::Instant;
use vamp_kv::handover::Publication;
use vamp_testkit::wait;

const PATH: &str = "/api/v1/vga/haproxy/2.4/configuration";

async fn gateway(server: &Server, name: &str, port: u16) {
    let text = format!("name: {name}\nport: {port}/http\nroutes: {{'[127.0.0.1:1]': {{weight: 100%}}}}\n");
    let answer = server.send("POST", "/api/v1/gateways", &text).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let backend = vamp_model::lookup::gateway(name);
    wait::until(Duration::from_secs(30), async || {
        let current = server.hand_over.current().await.unwrap();
        current.is_some_and(|current| current.text.contains(&backend))
    })
    .await
    .unwrap();
}

async fn ask_knowing(server: &Server, tag: &str, more: &[&str]) -> Answer {
    let tag = format!("if-none-match: {tag}");
    let headers: Vec<&str> = [&[tag.as_str()][..], more].concat();
    server.ask("GET", PATH, &headers, "").await
}

/// Waits for the text that the engine hands over at its start.
async fn first_text(server: &Server) {
    wait::until(Duration::from_secs(30), async || {
        server.hand_over.current().await.unwrap().is_some()
    })
    .await
    .unwrap();
}

async fn publish(server: &Server, text: &str, shrink_meant: bool) -> String {
    let publication = Publication {
        text,
        revision: 7,
        fencing: None,
        shrink_meant,
    };
    server.hand_over.publish(publication).await.unwrap().hash
}

#[tokio::test]
async fn the_configuration_is_plain_text_and_empty_where_there_is_none() {
    let server = Server::start().await;
    gateway(&server, "edge", 40_001).await;
    let wanted = server.hand_over.current().await.unwrap().unwrap();
    for path in [PATH, "/api/v1/vga/haproxy/2.4/config", "/api/v1/haproxy/2.4"] {
        let answer = server.ask("GET", path, &["accept: application/x-yaml"], "").await;
        // S02-101, S03-159: the text as it was handed over, whatever the caller accepts.
        assert_eq!((answer.status, &answer.body), (200, &wanted.text), "{path}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
        assert_eq!(
            answer.header("etag"),
            Some(format!("\"{}\"", wanted.hash).as_str())
        );
        assert_eq!(
            answer.header("x-vamp-revision"),
            Some(wanted.revision.to_string().as_str())
        );
    }
    for path in ["/api/v1/vga/haproxy/1.7/configuration", "/api/v1/haproxy/1.7"] {
        let absent = server.get(path).await;
        // S02-101: what nobody has handed over is an empty text, and no failure.
        assert_eq!((absent.status, absent.body.as_str()), (200, ""), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_answer_is_held_until_there_is_another_text() {
    let server = Server::start().await;
    gateway(&server, "edge", 40_001).await;
    let tag = server.get(PATH).await.header("etag").unwrap().to_owned();

    let at_once = ask_knowing(&server, &tag, &[]).await;
    assert_eq!((at_once.status, at_once.body.as_str()), (304, ""));
    assert_eq!(at_once.header("etag"), Some(tag.as_str()));
    let began = Instant::now();
    let held = ask_knowing(&server, &tag, &["prefer: wait=1"]).await;
    assert_eq!(held.status, 304);
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());

    let wait = ["prefer: respond-async, wait=30"];
    let asking = ask_knowing(&server, &tag, &wait);
    let (answer, ()) = tokio::join!(asking, gateway(&server, "other", 40_002));
    assert_eq!(answer.status, 200);
    let current = server.hand_over.current().await.unwrap().unwrap();
    assert_eq!(answer.body, current.text);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_is_never_held_longer_than_answers_may_take() {
    let mut options = vamp_api::ApiOptions::default();
    options.response_timeout = Duration::from_secs(1);
    let server = Server::with(options).await;
    first_text(&server).await;
    let tag = server.get(PATH).await.header("etag").unwrap().to_owned();
    let answer = ask_knowing(&server, &tag, &["prefer: wait=30"]).await;
    assert_eq!(answer.status, 304, "{answer:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_shrink_that_is_meant_is_told_to_those_who_have_the_text_already() {
    let server = Server::start().await;
    first_text(&server).await;
    let large = publish(&server, "backend a\nbackend b\nbackend c\n", false).await;
    let small = publish(&server, "backend a\n", false).await;
    let unmarked = server.get(PATH).await;
    assert_eq!(unmarked.header("x-vamp-shrink-meant-from"), None);

    publish(&server, "backend a\n", true).await;
    let marked = soon(ask_knowing(
        &server,
        &format!("\"{small}\""),
        &["prefer: wait=30"],
    ))
    .await;
    assert_eq!((marked.status, marked.body.as_str()), (200, "backend a\n"));
    assert_eq!(marked.header("x-vamp-shrink-meant-from"), Some(large.as_str()));
    let again = ask_knowing(&server, marked.header("etag").unwrap(), &[]).await;
    assert_eq!(again.status, 304, "{again:?}");

    // Those who have the text before that one are meant as well, and not those from before what nobody meant.
    let smaller = publish(&server, "backend\n", true).await;
    let again = server.get(PATH).await;
    assert!(again.header("etag").unwrap().contains(&smaller));
    let from = format!("{small}, {large}");
    assert_eq!(again.header("x-vamp-shrink-meant-from"), Some(from.as_str()));
    server.stop().await;
}
