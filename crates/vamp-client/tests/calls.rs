//! What a client sends, and what it makes of answers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::time::Duration;

use support::{Reaction, Server, soon};
use vamp_client::{Body, Change, Client, ErrorKind, Options, Page, Precondition, Revision};
use vamp_model::{Breed, Format, Kind, read};

const BREED: &str =
    r#"{"name":"web:1","kind":"breeds","metadata":{},"deployable":{"definition":"acme/web:1"}}"#;

fn answer(status: &'static str, body: &str) -> Reaction {
    Reaction::Answer(status, "", body.to_owned())
}

fn breed() -> Breed {
    read(BREED, Format::Json).unwrap()
}

#[tokio::test]
async fn each_sort_of_failure_is_told_apart() {
    for (reaction, kind, temporary) in [
        (Reaction::HangUp, ErrorKind::NoAnswer, true),
        (Reaction::Silence, ErrorKind::NoAnswer, true),
        (
            answer("400 Bad Request", r#"{"message":"m"}"#),
            ErrorKind::Refused,
            false,
        ),
        (
            answer("413 Payload Too Large", r#"{"message":"m"}"#),
            ErrorKind::Refused,
            false,
        ),
        (
            answer("401 Unauthorized", r#"{"message":"m"}"#),
            ErrorKind::Denied,
            false,
        ),
        (
            answer("404 Not Found", r#"{"message":"m"}"#),
            ErrorKind::Absent,
            false,
        ),
        (
            answer("412 Precondition Failed", r#"{"message":"m"}"#),
            ErrorKind::PreconditionFailed,
            false,
        ),
        (
            answer("500 Internal Server Error", r#"{"message":"m"}"#),
            ErrorKind::ServerFailed,
            false,
        ),
        (
            answer("503 Service Unavailable", r#"{"message":"m"}"#),
            ErrorKind::ServerFailed,
            true,
        ),
        (
            answer("502 Bad Gateway", "<html>proxy</html>"),
            ErrorKind::ServerFailed,
            true,
        ),
        (
            answer("404 Not Found", "<html>not vamp</html>"),
            ErrorKind::Protocol,
            false,
        ),
        (
            answer("200 OK", "<html>not vamp</html>"),
            ErrorKind::Protocol,
            false,
        ),
        (answer("200 OK", "[]"), ErrorKind::Protocol, false),
    ] {
        let server = Server::with(vec![reaction.clone()]).await;
        let mut options = Options::default();
        options.request_timeout = Duration::from_millis(300);
        let client = Client::with_options(&server.url, options).unwrap();
        let outcome = soon(client.breeds().update("web:1", &breed(), Change::apply())).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), kind, "{reaction:?}: {error}");
        assert_eq!(error.is_temporary(), temporary, "{reaction:?}: {error}");
        assert_eq!(server.requests().await.len(), 1, "asked once: {reaction:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_could_not_be_asked() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(&url).unwrap();
    let error = soon(client.breeds().get("web:1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CouldNotAsk);
    assert!(
        error
            .to_string()
            .starts_with("read breed 'web:1': the server cannot be reached"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_absent_is_none_and_what_has_no_words_of_the_server_is_an_error() {
    let server = Server::with(vec![
        answer(
            "404 Not Found",
            r#"{"message":"The requested resource could not be found."}"#,
        ),
        answer("404 Not Found", "404 page not found"),
    ])
    .await;
    let client = Client::new(&server.url).unwrap();
    assert_eq!(soon(client.gateways().get("shop/cart/web")).await.unwrap(), None);
    let error = soon(client.gateways().get("shop/cart/web")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    let requests = server.requests().await;
    assert!(
        requests[0].starts_with("GET /api/v1/gateways/shop%2Fcart%2Fweb HTTP/1.1\r\n"),
        "{requests:?}"
    );
}

#[tokio::test]
async fn the_words_of_the_server_and_the_name_of_the_request_are_in_the_error() {
    let body = r#"{"message":"first","errors":[
        {"code":"UnexpectedElement","path":"depoyable","line":3,"column":1,"message":"first","hint":"did you mean `deployable`?"},
        {"code":"X","message":"second"}]}"#;
    let refused = Reaction::Answer("400 Bad Request", "x-request-id: r-7\r\n", body.to_owned());
    let server = Server::with(vec![refused]).await;
    let client = Client::new(&server.url).unwrap();
    let documents = client.documents(Kind::Breed);
    let error = soon(documents.create(&Body::yaml("name: x"), Change::validate()))
        .await
        .unwrap_err();
    let told = error.answer().unwrap();
    assert_eq!((told.status, told.request_id.as_deref()), (400, Some("r-7")));
    let lines: Vec<String> = told.errors.iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["3:1: first (did you mean `deployable`?)", "second"]);
    assert_eq!(error.to_string(), "create breeds: first (status 400)");
    let request = &server.requests().await[0];
    assert!(
        request.starts_with("POST /api/v1/breeds?validate_only=true HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("content-type: application/x-yaml\r\n") && request.ends_with("\r\n\r\nname: x"),
        "{request}"
    );
}

#[tokio::test]
async fn revisions_travel_as_entity_tags() {
    let stored = Reaction::Answer("200 OK", "etag: \"7\"\r\n", BREED.to_owned());
    let written = Reaction::Answer(
        "200 OK",
        "etag: \"8\"\r\nx-vamp-notice: nobody checked%21\r\n",
        format!("[{BREED}]"),
    );
    let server = Server::with(vec![
        stored,
        written.clone(),
        written.clone(),
        written,
        answer("204 No Content", ""),
    ])
    .await;
    let client = Client::new(&server.url).unwrap();
    let breeds = client.breeds();
    let found = soon(breeds.get("web:1")).await.unwrap().unwrap();
    assert_eq!(found.revision, Some(Revision(7)));
    let changed = soon(breeds.update("web:1", &found.value, Change::if_revision(Revision(7))))
        .await
        .unwrap();
    assert_eq!((changed.revision, changed.artifact), (Some(Revision(8)), breed()));
    assert_eq!(changed.notices, ["nobody checked!"]);
    for precondition in [Precondition::Present, Precondition::Absent] {
        let change = Change {
            precondition,
            ..Change::apply()
        };
        soon(breeds.update("web:1", &found.value, change)).await.unwrap();
    }
    soon(breeds.delete("web:1", Change::apply())).await.unwrap();
    let requests = server.requests().await;
    for (position, header) in [
        (1, "if-match: \"7\""),
        (2, "if-match: *"),
        (3, "if-none-match: *"),
    ] {
        assert!(requests[position].contains(header), "{header}: {requests:?}");
    }
}

#[tokio::test]
async fn a_list_is_followed_over_all_its_pages() {
    let page = |count: usize| {
        let breeds = vec![BREED; count].join(",");
        Reaction::Answer("200 OK", "x-total-count: 35\r\n", format!("[{breeds}]"))
    };
    let server = Server::with(vec![page(30), page(5), page(2), answer("200 OK", "[]")]).await;
    let client = Client::new(&server.url).unwrap();
    assert_eq!(soon(client.breeds().all()).await.unwrap().len(), 35);
    let listing = soon(client.breeds().list(Page { number: 9, size: 2 }))
        .await
        .unwrap();
    assert_eq!((listing.items.len(), listing.total), (2, 35));
    let error = soon(client.breeds().list(Page::default())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "without a total: {error}");
    let requests = server.requests().await;
    let lines: Vec<&str> = requests
        .iter()
        .map(|request| request.lines().next().unwrap())
        .collect();
    assert_eq!(
        lines[..3],
        [
            "GET /api/v1/breeds?page=1&per_page=30 HTTP/1.1",
            "GET /api/v1/breeds?page=2&per_page=30 HTTP/1.1",
            "GET /api/v1/breeds?page=9&per_page=2 HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn names_that_would_be_steps_in_a_path_are_not_sent() {
    let client = Client::new("http://127.0.0.1:1").unwrap();
    for name in ["", ".", ".."] {
        let error = client.breeds().delete(name, Change::apply()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "'{name}': {error}");
    }
}

#[test]
fn an_address_names_a_scheme_and_a_host_and_may_have_a_path() {
    for (url, base) in [
        ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080/api/v1")),
        ("http://127.0.0.1:8080/", Some("http://127.0.0.1:8080/api/v1")),
        (
            "https://vamp.example.org/lab//?x=1#y",
            Some("https://vamp.example.org/lab/api/v1"),
        ),
        ("127.0.0.1:8080", None),
        ("localhost:8080", None),
        ("ftp://host", None),
        ("http://", None),
        ("", None),
    ] {
        match Client::new(url) {
            Ok(client) => assert_eq!(Some(client.base()), base, "{url}"),
            Err(error) => {
                assert_eq!(base, None, "{url}");
                assert_eq!(error.kind(), ErrorKind::Usage, "{url}");
            }
        }
    }
}
