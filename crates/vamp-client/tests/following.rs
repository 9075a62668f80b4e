//! An event stream that breaks, and connects again.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::time::Duration;

use futures::{Stream, StreamExt as _};
use support::{Reaction, Server, soon};
use vamp_client::{Client, ErrorKind, EventFilter, Followed, Options, Result};

const FIRST: &str = ":\n\ndata:{\"id\":\"0a\",\"tags\":[\"a\"],\"timestamp\":\"2031-04-05T06:07:08Z\",\"type\":\"event\"}\nevent:event\nid:0a\n\n";
const SECOND: &str = "data:{\"id\":\"0b\",\"tags\":[\"a\"],\"value\":{\"x\":1},\"timestamp\":\"2031-04-05T06:07:09Z\",\"type\":\"event\",\"later\":true}\nid:0b\n\n";

async fn told(stream: &mut (impl Stream<Item = Result<Followed>> + Unpin)) -> String {
    match soon(stream.next()).await {
        None => "end".to_owned(),
        Some(Ok(Followed::Connected)) => "connected".to_owned(),
        Some(Ok(Followed::Event(event))) => event.id,
        Some(Ok(Followed::Missed(count))) => format!("missed {count}"),
        Some(Ok(other)) => format!("{other:?}"),
        Some(Err(error)) => format!("{:?}", error.kind()),
    }
}

#[tokio::test]
async fn after_a_break_the_stream_says_so_connects_again_and_asks_for_what_came_meanwhile() {
    let server = Server::with(vec![
        Reaction::Stream(FIRST),
        Reaction::HangUp,
        Reaction::Answer(
            "503 Service Unavailable",
            "",
            r#"{"message":"starting"}"#.to_owned(),
        ),
        Reaction::Stream("data:3\nevent:vamp-missed\n\n"),
        Reaction::StreamAndSilence(SECOND),
    ])
    .await;
    let mut options = Options::default();
    options.silence = Duration::from_millis(300);
    let client = Client::with_options(&server.url, options).unwrap();
    let mut filter = EventFilter::tagged(["a", "b:c"]);
    filter.kind = Some("event".to_owned());
    let mut stream = client.events().follow(filter);
    let mut seen = Vec::new();
    for _ in 0..10 {
        seen.push(told(&mut stream).await);
    }
    assert_eq!(
        seen,
        [
            "connected",
            "0a",
            "NoAnswer", // it ended
            "NoAnswer",
            "ServerFailed", // tries
            "connected",
            "missed 3",
            "NoAnswer", //
            "connected",
            "0b",
        ]
    );
    assert_eq!(told(&mut stream).await, "NoAnswer", "silence counts as a break");
    let requests = server.requests().await;
    assert!(
        requests[0].starts_with("GET /api/v1/events/stream?tag=a&tag=b%3Ac&type=event HTTP/1.1\r\n"),
        "{requests:?}"
    );
    assert!(!requests[0].contains("last-event-id"), "{requests:?}");
    assert!(
        requests[1..]
            .iter()
            .all(|request| request.contains("last-event-id: 0a\r\n")),
        "{requests:?}"
    );
}

#[tokio::test]
async fn a_filter_that_is_refused_and_records_that_make_no_sense_end_the_stream() {
    let refusal = Reaction::Answer("400 Bad Request", "", r#"{"message":"no"}"#.to_owned());
    let server = Server::with(vec![refusal, Reaction::Stream("data:hello\n\n")]).await;
    let client = Client::new(&server.url).unwrap();

    let mut refused = client.events().follow(EventFilter::default());
    let error = soon(refused.next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(told(&mut refused).await, "end");

    let mut senseless = client.events().follow(EventFilter::default());
    let seen = [
        told(&mut senseless).await,
        told(&mut senseless).await,
        told(&mut senseless).await,
    ];
    assert_eq!(seen, ["connected", "Protocol", "end"]);
}
