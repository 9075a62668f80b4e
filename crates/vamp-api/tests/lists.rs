//! Long lists in pages.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use serde_json::json;
use support::Server;

/// A server with this many scales, `s000` and so on.
async fn with_scales(count: usize) -> Server {
    let server = Server::start().await;
    // Backwards, so that the order of names is not that of storing.
    let scales = (0..count)
        .rev()
        .map(|n| json!({"name": format!("s{n:03}"), "cpu": 1, "memory": "1MB", "instances": 1}));
    let text = serde_json::Value::Array(scales.collect()).to_string();
    assert_eq!(server.send("POST", "/api/v1/scales", &text).await.status, 201);
    server
}

#[tokio::test]
async fn pages_follow_the_names_and_hold_thirty_at_most() {
    let server = with_scales(65).await;
    let first = server.get("/api/v1/scales").await;
    // S03-046, S03-049: the first thirty, and how many there are in all.
    assert_eq!(
        (first.names().len(), first.header("x-total-count")),
        (30, Some("65"))
    );
    for query in [
        "?per_page=500",
        "?page=0",
        "?per_page=0",
        "?page=1&per_page=30",
        "?page=&per_page=",
    ] {
        // S03-047: what makes no sense is what is usual.
        assert_eq!(
            server.get(&format!("/api/v1/scales{query}")).await.body,
            first.body,
            "{query}"
        );
    }
    let mut all = Vec::new();
    for page in 1.. {
        let answer = server
            .get(&format!("/api/v1/scales?page={page}&per_page=7"))
            .await;
        assert_eq!(answer.header("x-total-count"), Some("65"));
        if answer.names().is_empty() {
            // S03-048: behind the last page there is an empty list.
            assert_eq!((answer.status, page), (200, 11));
            break;
        }
        all.extend(answer.names());
    }
    let wanted: Vec<String> = (0..65).map(|n| format!("s{n:03}")).collect();
    // S03-055: each exactly once, by name.
    assert_eq!(all, wanted);
    server.stop().await;
}

#[tokio::test]
async fn links_lead_to_the_other_pages() {
    let server = with_scales(5).await;
    let host = server.address;
    let link = |page: u32, rel: &str| {
        format!("<http://{host}/default/api/v1/scales?per_page=2&x=1&page={page}>; rel={rel}")
    };
    for (page, [prev, next]) in [(1, [1, 2]), (2, [1, 3]), (3, [2, 3]), (9, [2, 3])] {
        let answer = server
            .get(&format!("/default/api/v1/scales?per_page=2&x=1&page={page}"))
            .await;
        let links = [
            link(1, "first"),
            link(prev, "prev"),
            link(next, "next"),
            link(3, "last"),
        ];
        // S03-050, S03-051: four, in this order, absolute; the outermost pages lead to themselves.
        assert_eq!(answer.header("link").unwrap(), links.join(", "), "{page}");
    }
    let events = server.get("/api/v1/events?tag=none&tag=nobody&page=3").await;
    let first = format!("<http://{host}/api/v1/events?tag=none&tag=nobody&page=1&per_page=30>; rel=first");
    // S03-052: other parameters stay, repeated ones too. S03-053: an empty list has one page.
    assert!(events.header("link").unwrap().starts_with(&first), "{events:?}");
    assert!(
        events
            .header("link")
            .unwrap()
            .ends_with("page=1&per_page=30>; rel=last"),
        "{events:?}"
    );
    assert_eq!(events.json(), json!([]));
    server.stop().await;
}
