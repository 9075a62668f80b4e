//! What web pages can do by way of the browsers of those who visit them: nothing, unless they may.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::net::{IpAddr, SocketAddr, UdpSocket};

use support::{Server, raw, soon};
use vamp_api::{ApiOptions, Hosts, Origins};
use vamp_testkit::skip;

const FOREIGN: &str = "origin: https://evil.example.org";
const YAML: &str = "content-type: application/x-yaml";
const WIDE: &str = "{name: wide, cpu: 1, memory: 1MB, instances: 1}";

/// A server that lists an origin and a name.
async fn listing(origin: &str, host: &str) -> Server {
    let mut options = ApiOptions::default();
    options.origins = Origins::Listed(vec![origin.parse().unwrap()]);
    options.hosts = Hosts::Listed(vec![host.parse().unwrap()]);
    Server::with(options).await
}

/// The scales, and how many events there are of those that the tests publish.
async fn stored(server: &Server) -> (Vec<String>, String) {
    let events = server.get("/api/v1/events?tag=page").await;
    let count = events.header("x-total-count").unwrap().to_owned();
    (server.get("/api/v1/scales").await.names(), count)
}

async fn create_as(server: &Server, host: Option<&str>, headers: &[&str]) -> raw::Answer {
    let headers = &[headers, &[YAML]].concat();
    soon(raw::ask_as(
        server.address,
        host,
        "POST",
        "/api/v1/scales",
        headers,
        WIDE,
    ))
    .await
}

#[tokio::test]
async fn requests_of_foreign_pages_are_refused_before_anything_is_done() {
    let server = Server::start().await;
    let another_port = format!("origin: http://{}:{}", server.address.ip(), 1);
    let other_scheme = format!("origin: https://{}", server.address);
    let other_writing = format!("origin: http://localhost:{}", server.address.port());
    for origin in [
        FOREIGN,
        "origin: null",
        "origin: ",
        &another_port,
        &other_scheme,
        &other_writing,
    ] {
        for media_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json",
        ] {
            let content = format!("content-type: {media_type}");
            let answer = server
                .ask("POST", "/api/v1/scales", &[origin, &content], WIDE)
                .await;
            assert_eq!(answer.status, 403, "{origin} {media_type}: {answer:?}");
            assert!(answer.message().contains("vamp.http-api.origins"), "{answer:?}");
            let event = "{tags: [page], value: 1}";
            let answer = server
                .ask("POST", "/api/v1/events", &[origin, &content], event)
                .await;
            assert_eq!(answer.status, 403, "{origin} {media_type}: {answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
        for (method, path) in [
            ("PUT", "/api/v1/scales/wide"),
            ("DELETE", "/api/v1/scales/wide"),
            ("POST", "/api/v1"),
            ("GET", "/api/v1/scales"),
            ("GET", "/api/v1/events/stream"),
            ("GET", "/index.html"),
        ] {
            let answer = server.ask(method, path, &[origin], "").await;
            assert_eq!(answer.status, 403, "{origin} {method} {path}: {answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    let preflight = [FOREIGN, "access-control-request-method: PUT"];
    let answer = server.ask("OPTIONS", "/api/v1/scales/wide", &preflight, "").await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-methods")),
        (403, None)
    );
    assert_eq!(stored(&server).await, (Vec::new(), "0".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn a_second_origin_does_not_hide_behind_the_first() {
    let server = Server::start().await;
    let own = format!("origin: http://{}", server.address);
    let answer = server
        .ask("POST", "/api/v1/scales", &[&own, FOREIGN, YAML], WIDE)
        .await;
    assert_eq!(answer.status, 403, "{answer:?}");
    server.stop().await;
}

#[tokio::test]
async fn pages_of_the_server_itself_and_callers_without_a_page_may_call() {
    let server = Server::start().await;
    let port = server.address.port();
    for host in [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("LocalHost:{port}"),
        format!("[::1]:{port}"),
        // By way of a forwarded port.
        "localhost:9000".to_owned(),
        "localhost".to_owned(),
    ] {
        let own = format!("origin: http://{}", host.to_ascii_lowercase());
        let from_page = create_as(&server, Some(&host), &[&own]).await;
        assert_eq!(from_page.status, 201, "{host}: {from_page:?}");
        let removed = server.ask("DELETE", "/api/v1/scales/wide", &[], "").await;
        assert_eq!(removed.status, 204);
        // As curl and the client of the command line do.
        let without = create_as(&server, Some(&host), &[]).await;
        assert_eq!(without.status, 201, "{host}: {without:?}");
        server.ask("DELETE", "/api/v1/scales/wide", &[], "").await;
    }
    let no_host = create_as(&server, None, &[]).await;
    assert_eq!(no_host.status, 201, "no browser leaves it out: {no_host:?}");
    server.stop().await;
}

#[tokio::test]
async fn listed_origins_may_call_and_read_and_others_still_may_not() {
    let server = listing("https://console.example.org", "vamp.example.org").await;
    let console = ["origin: https://console.example.org", YAML];
    let answer = server.ask("POST", "/api/v1/scales", &console, WIDE).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://console.example.org")
    );
    assert_eq!(answer.header("vary"), Some("origin"));
    let preflight = [console[0], "access-control-request-method: DELETE"];
    let answer = server.ask("OPTIONS", "/api/v1/scales/wide", &preflight, "").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .header("access-control-allow-methods")
            .is_some_and(|methods| methods.contains("DELETE")),
        "{answer:?}"
    );
    let other = server.ask("DELETE", "/api/v1/scales/wide", &[FOREIGN], "").await;
    assert_eq!(
        (other.status, other.header("access-control-allow-origin")),
        (403, None)
    );
    assert_eq!(server.get("/api/v1/scales/wide").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_name_that_somebody_points_to_this_machine_is_refused() {
    let server = listing("https://console.example.org", "vamp.example.org").await;
    let port = server.address.port();
    for host in [
        format!("evil.example.org:{port}"),
        "evil.example.org".to_owned(),
        "localhost.evil.example.org".to_owned(),
        "127.0.0.1.evil.example.org".to_owned(),
        "localhost@evil.example.org".to_owned(),
        "10.0.0.1".to_owned(),
        format!("0.0.0.0:{port}"),
        String::new(),
    ] {
        // To its browser the page and the server are one: there is no origin, or that of the server.
        let same = format!("origin: http://{host}");
        for headers in [&[][..], &[same.as_str()][..]] {
            let answer = create_as(&server, Some(&host), headers).await;
            assert_eq!(answer.status, 403, "{host}: {answer:?}");
            assert!(answer.message().contains("vamp.http-api.hosts"), "{answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
        let read = soon(raw::ask_as(
            server.address,
            Some(&host),
            "GET",
            "/api/v1/scales",
            &[],
            "",
        ))
        .await;
        assert_eq!(read.status, 403, "{host}: {read:?}");
    }
    let absolute = format!(
        "GET http://evil.example.org/api/v1/info HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n"
    );
    let answer = soon(raw::send(server.address, absolute.as_bytes())).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(stored(&server).await, (Vec::new(), "0".to_owned()));

    let listed = create_as(&server, Some("vamp.example.org:8443"), &[]).await;
    assert_eq!(listed.status, 201, "{listed:?}");
    server.stop().await;
}

#[tokio::test]
async fn where_all_names_may_be_called_origins_are_checked_all_the_same() {
    let mut options = ApiOptions::default();
    options.hosts = Hosts::Any;
    let server = Server::with(options).await;
    let own = ["origin: http://vamp.example.org"];
    assert_eq!(
        create_as(&server, Some("vamp.example.org"), &[FOREIGN])
            .await
            .status,
        403
    );
    assert_eq!(
        create_as(&server, Some("vamp.example.org"), &own).await.status,
        201
    );
    server.stop().await;
}

/// An address of this machine that others reach. Nothing is sent to find it.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("198.51.100.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[tokio::test]
async fn the_address_at_which_a_connection_arrives_is_a_name_of_the_server() {
    let Some(address) = own_address() else {
        skip::because("this machine has no address beside the loopback ones");
        return;
    };
    let server = Server::listening("0.0.0.0:0", ApiOptions::default()).await;
    let port = server.address.port();
    let host = format!("{address}:{port}");
    let info = async |at: IpAddr| {
        let at = SocketAddr::new(at, port);
        soon(raw::ask_as(at, Some(&host), "GET", "/api/v1/info", &[], "")).await
    };
    assert_eq!(info(address).await.status, 200);
    let elsewhere = info("127.0.0.1".parse().unwrap()).await;
    assert_eq!(elsewhere.status, 403, "{elsewhere:?}");
    server.stop().await;
}
