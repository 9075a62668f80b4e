//! Events over HTTP: publishing, asking, following.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt as _;
use serde_json::{Value, json};
use support::{Server, raw, soon};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use vamp_api::ApiOptions;
use vamp_client::wire::{EventQuery, NewEvent, TimeRange};
use vamp_client::{Change, EventFilter, Followed, Page};
use vamp_model::{Breed, Format, read};

async fn publish(server: &Server, body: &str) -> Value {
    let answer = server.send("POST", "/api/v1/events", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

fn tags(event: &Value) -> BTreeSet<&str> {
    event["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag.as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_published_event_is_stored_with_expanded_tags() {
    let server = Server::start().await;
    let event = publish(
        &server,
        r#"{"tags":["gateways:shop/cart/web","gateway","metrics:rate"],"value":41.5,"type":"metrics"}"#,
    )
    .await;
    // S03-122: of each tag with a colon the part before it, too.
    assert_eq!(
        tags(&event),
        BTreeSet::from([
            "gateways",
            "gateways:shop/cart/web",
            "gateway",
            "metrics",
            "metrics:rate"
        ])
    );
    assert_eq!(
        (&event["value"], &event["type"]),
        (&json!(41.5), &json!("metrics"))
    );
    let plain = publish(&server, "tags: deployed\n").await;
    // S03-123: one tag as text. S03-125: the usual type.
    assert_eq!(
        (tags(&plain), &plain["type"]),
        (BTreeSet::from(["deployed"]), &json!("event"))
    );
    assert!(plain.get("value").is_none());
    // S03-127: each has a name of its own.
    assert_ne!(event["id"], plain["id"]);
    let dated = publish(
        &server,
        "{tags: a, timestamp: '2031-04-05T08:07:08.912+02:00', version: '1.0'}",
    )
    .await;
    // S03-126: a given time is kept.
    assert_eq!(
        (&dated["timestamp"], &dated["version"]),
        (&json!("2031-04-05T06:07:08.912Z"), &json!("1.0"))
    );
    server.stop().await;
}

#[tokio::test]
async fn events_are_found_by_tags_type_and_time() {
    let server = Server::start().await;
    for (second, body) in [
        "{tags: [a, c:1], value: 7}",
        "{tags: [a], value: word}",
        "{tags: [a, c:2], value: {x: [1]}, type: metrics}",
        "{tags: [b]}",
    ]
    .iter()
    .enumerate()
    {
        let dated = body.replacen('{', &format!("{{timestamp: '2031-04-05T06:07:0{second}Z', "), 1);
        publish(&server, &dated).await;
    }
    let values = |answer: &raw::Answer| {
        answer
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["value"].clone())
            .collect::<Vec<_>>()
    };
    let found = server.get("/api/v1/events?tag=a&tag=c").await;
    // S03-128: all tags, the newest first. S03-130: values as text.
    assert_eq!(values(&found), [json!("{\"x\":[1]}"), json!("7")]);
    assert_eq!(found.header("x-total-count"), Some("2"));
    let query =
        |body: &'static str| server.ask("GET", "/api/v1/events?tag=b", &["content-type: text/plain"], body);
    // S03-129: a body counts in place of the parameters.
    assert_eq!(
        values(&query("{tags: a, type: metrics}").await),
        [json!("{\"x\":[1]}")]
    );
    assert_eq!(values(&query("type: metrics").await), [json!("{\"x\":[1]}")]);
    assert_eq!(
        values(
            &query("{tags: [a], timestamp: {gt: '2031-04-05T06:07:00Z', lte: '2031-04-05T06:07:01Z'}}").await
        ),
        [json!("word")]
    );
    assert_eq!(values(&query("{tags: [b]}").await), [json!("")]);
    // S03-131, S03-133: two bounds on one side, an aggregator that does not exist.
    for wrong in [
        "{timestamp: {lt: now, lte: now}}",
        "{aggregator: {type: median}}",
        "{aggregator: {type: max}}",
        "{aggregator: {}}",
        "{tag: a}",
        "{tags: {x: 1}}",
    ] {
        let answer = query(wrong).await;
        assert_eq!(answer.status, 400, "{wrong}: {answer:?}");
        assert!(
            !answer.json()["errors"].as_array().unwrap().is_empty(),
            "{wrong}: {answer:?}"
        );
    }
    let count = query("{tags: a, aggregator: {type: COUNT}}").await;
    // S03-133: a number, and no pages.
    assert_eq!(
        (count.json(), count.header("x-total-count")),
        (json!({"value": 3}), None)
    );
    let parameter = server
        .get("/api/v1/events?tag=a&timestamp=%7B%22lt%22%3A%222031-04-05T06%3A07%3A01Z%22%7D")
        .await;
    assert_eq!(values(&parameter), [json!("7")]);

    publish(&server, "{tags: [clock, old], timestamp: '2001-01-01T00:00:00Z'}").await;
    publish(&server, "{tags: [clock, new]}").await;
    let recent = query("{tags: clock, timestamp: {gt: now-10m}}").await;
    // S03-132: reckoned from the server's clock.
    assert_eq!(recent.json().as_array().unwrap().len(), 1);
    assert!(tags(&recent.json()[0]).contains("new"));

    let client = server.client();
    let query = EventQuery {
        tags: vec!["clock".to_owned()],
        timestamp: Some(TimeRange {
            lte: Some("now-1h".to_owned()),
            ..TimeRange::default()
        }),
        ..EventQuery::default()
    };
    let old = soon(client.events().query(&query, Page::default()))
        .await
        .unwrap();
    assert_eq!((old.total, old.items.len()), (1, 1));
    server.stop().await;
}

#[tokio::test]
async fn changes_of_artifacts_are_events() {
    let server = Server::start().await;
    let breed: Breed = read("{name: 'web:1', deployable: 'acme/web:1'}", Format::Yaml).unwrap();
    let client = server.client();
    let total = async |tags: &str| {
        let found = server.get(&format!("/api/v1/events?{tags}")).await;
        found.header("x-total-count").unwrap().parse::<u32>().unwrap()
    };
    for number in 1..=2 {
        soon(client.breeds().update("web:1", &breed, Change::apply()))
            .await
            .unwrap();
        // S03-138: an update is told even if it changed nothing.
        assert_eq!(
            total("tag=breeds:web:1&tag=archive:update&type=archive").await,
            number
        );
    }
    for _ in 0..2 {
        soon(client.breeds().delete("web:1", Change::apply()))
            .await
            .unwrap();
        // S03-139: what was not there is not told of.
        assert_eq!(total("tag=breeds:web:1&tag=archive:delete").await, 1);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_stream_delivers_what_is_published_afterwards_in_order_and_ends_with_the_server() {
    let server = Server::start().await;
    publish(&server, "{tags: [a], value: before}").await;
    let client = server.client();
    let mut all = client.events().follow(EventFilter::tagged(["a"]));
    let mut narrow = client.events().follow(EventFilter {
        tags: vec!["a".to_owned(), "c".to_owned()],
        kind: Some("metrics".to_owned()),
    });
    assert_eq!(soon(all.next()).await.unwrap().unwrap(), Followed::Connected);
    assert_eq!(soon(narrow.next()).await.unwrap().unwrap(), Followed::Connected);
    for number in 0..200 {
        let mut event = NewEvent::tagged(["a", "c:d"]).with_value(number);
        event.kind = (number == 150).then(|| "metrics".to_owned());
        soon(client.events().publish(&event)).await.unwrap();
    }
    for number in 0..200 {
        let told = soon(all.next()).await.unwrap().unwrap();
        // S03-134: what is published afterwards, with native values (S03-130), in order.
        assert!(
            matches!(&told, Followed::Event(event) if event.value == Some(json!(number))),
            "{number}: {told:?}"
        );
    }
    let told = soon(narrow.next()).await.unwrap().unwrap();
    // S03-135: filtered by expanded tags and type.
    assert!(
        matches!(&told, Followed::Event(event) if event.value == Some(json!(150))),
        "{told:?}"
    );
    server.end();
    let end = soon(all.next()).await.unwrap();
    assert!(
        end.is_err_and(|error| error.is_temporary()),
        "the stream ends with the server"
    );
    server.stop().await;
}

/// Follows events by hand.
async fn follow(server: &Server, path: &str, headers: &[&str]) -> BufReader<TcpStream> {
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let head = raw::head(server.address, "GET", path, headers, 0);
    socket.write_all(head.as_bytes()).await.unwrap();
    BufReader::new(socket)
}

/// Reads lines up to one that begins like this.
async fn line(reader: &mut BufReader<TcpStream>, beginning: &str) -> String {
    soon(async {
        loop {
            let mut line = String::new();
            let count = reader.read_line(&mut line).await.unwrap();
            assert!(count > 0, "ended before {beginning}");
            if line.to_ascii_lowercase().starts_with(beginning) {
                return line.trim_end().to_owned();
            }
        }
    })
    .await
}

#[tokio::test]
async fn records_have_the_type_as_name_and_silence_is_broken_by_comments() {
    let mut options = ApiOptions::default();
    options.keep_alive = Duration::from_millis(50);
    options.response_timeout = Duration::from_millis(120);
    let server = Server::with(options).await;
    let mut stream = follow(
        &server,
        "/api/v1/events/stream?tag=x",
        &["accept: application/json", "accept-encoding: gzip"],
    )
    .await;
    assert_eq!(line(&mut stream, "http/1.1").await, "HTTP/1.1 200 OK");
    assert_eq!(
        line(&mut stream, "content-type").await,
        "content-type: text/event-stream"
    );
    assert_eq!(
        line(&mut stream, "cache-control").await,
        "cache-control: no-store"
    );
    for _ in 0..6 {
        // S03-136: a sign of life in silence. S03-011: also after the time that an answer may take.
        assert_eq!(line(&mut stream, ":").await, ":");
    }
    let event = publish(&server, "{tags: [x], type: release, value: 'two\nlines'}").await;
    let data = line(&mut stream, "data:").await;
    let data: Value = serde_json::from_str(data.strip_prefix("data:").unwrap()).unwrap();
    assert_eq!(data, event);
    // S03-134: the name of the record is the event's type.
    assert_eq!(line(&mut stream, "event:").await, "event:release");
    assert_eq!(
        line(&mut stream, "id:").await,
        format!("id:{}", event["id"].as_str().unwrap())
    );
    drop(stream);
    server.stop().await;
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed_exactly_once() {
    let server = Server::start().await;
    let mut ids = Vec::new();
    for number in 0..330 {
        let tag = if number % 2 == 0 { "even" } else { "odd" };
        let event = publish(&server, &format!("{{tags: [n, {tag}], value: {number}}}")).await;
        ids.push(event["id"].as_str().unwrap().to_owned());
    }
    let last = format!("last-event-id: {}", ids[9]);
    let mut stream = follow(&server, "/api/v1/events/stream?tag=even", &[&last]).await;
    line(&mut stream, ":").await;
    publish(&server, "{tags: [n, even], value: 330}").await;
    for number in (10..=330).filter(|number| number % 2 == 0) {
        let data = line(&mut stream, "data:").await;
        let data: Value = serde_json::from_str(data.strip_prefix("data:").unwrap()).unwrap();
        assert_eq!(data["value"], json!(number));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_refused() {
    let server = Server::start().await;
    for body in ["{tags: {a: 1}}", "{tag: a}", "[a", "7"] {
        let answer = server.send("GET", "/api/v1/events/stream", body).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
    }
    let mut stream = follow(&server, "/api/v1/events/stream?tag=none", &[]).await;
    line(&mut stream, ":").await;
    server.end();
    let mut rest = String::new();
    soon(stream.read_to_string(&mut rest)).await.unwrap();
    // A stream that ends does so with the last chunk, not with a broken connection.
    assert!(rest.ends_with("0\r\n\r\n"), "{rest:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_every_event_once_all_the_same() {
    const EVENTS: u64 = 3000;
    let server = Server::start().await;
    let mut stream = follow(&server, "/api/v1/events/stream?tag=slow", &[]).await;
    line(&mut stream, ":").await;
    publish(&server, "{tags: [slow]}").await;
    line(&mut stream, "data:").await;
    // More than sockets and the subscription hold.
    let filling = "x".repeat(8 * 1024);
    for number in 0..EVENTS {
        let event = vamp_engine::NewEvent::new(["slow"]).with_value(json!([number, filling]));
        server.engine.publish(event).await.unwrap();
    }
    for number in 0..EVENTS {
        let data = line(&mut stream, "data:").await;
        let data: Value = serde_json::from_str(data.strip_prefix("data:").unwrap()).unwrap();
        assert_eq!(data["value"][0], json!(number));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_has_gone_makes_room_for_the_next() {
    let mut options = ApiOptions::default();
    options.connections = 1;
    let server = Server::with(options).await;
    for _ in 0..3 {
        let mut stream = follow(&server, "/api/v1/events/stream", &[]).await;
        line(&mut stream, ":").await;
        // S03-137: with its connection its subscription is gone.
        drop(stream);
    }
    assert_eq!(server.get("/api/v1/info").await.status, 200);
    server.stop().await;
}
