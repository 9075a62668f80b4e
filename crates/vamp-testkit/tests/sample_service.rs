//! The sample service, as the driver and the gateways see it.
#![cfg(feature = "sample-service")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::{net::SocketAddr, process::Command, time::Duration};

use futures::{SinkExt, StreamExt};
use rustix::process::Signal;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Message;
use vamp_testkit::{ports, ports::Lease, servers::ServerProcess, wait};

struct Sample {
    process: ServerProcess,
    port: Lease,
    _directory: tempfile::TempDir,
}

impl Sample {
    async fn start(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = ports::lease().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sample-service"));
        command.args(arguments).env("PORT", port.number().to_string());
        let mut process = ServerProcess::new("sample-service", directory.path().join("log"));
        process.start(command).unwrap();
        let address = port.address();
        let listens = || async move { TcpStream::connect(address).await.is_ok() };
        process
            .ready_within(Duration::from_secs(10), listens)
            .await
            .unwrap();
        Self {
            process,
            port,
            _directory: directory,
        }
    }

    fn address(&self) -> SocketAddr {
        self.port.address()
    }

    async fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        ask(&mut stream, path).await
    }
}

/// One request on a connection that stays open; the answer's head and, as it is small, its body.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\n") || answer.ends_with(b"\r\n") {
        assert!(
            stream.read_buf(&mut answer).await.unwrap() > 0,
            "closed without an answer"
        );
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn it_answers_with_its_name_and_version() {
    let sample = Sample::start(&["--name", "shop", "--version", "2.1"]).await;
    let answer = sample.get("/").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("x-vamp-service: shop\r\n"), "{answer}");
    assert!(answer.contains("x-vamp-version: 2.1\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nshop 2.1\n"), "{answer}");
}

#[tokio::test]
async fn on_a_websocket_it_says_what_it_is_told_until_it_ends() {
    let mut sample = Sample::start(&["--version", "2.1"]).await;
    let stream = TcpStream::connect(sample.address()).await.unwrap();
    let url = format!("ws://{}/any", sample.address());
    let (mut socket, answer) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    assert_eq!(answer.headers()["x-vamp-version"], "2.1");
    for text in ["one", "two"] {
        socket.send(Message::text(text)).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text(text));
    }
    let plain = sample.get("/").await;
    assert!(plain.starts_with("HTTP/1.1 200 OK\r\n"), "{plain}");

    sample.process.signal(Signal::TERM).unwrap();
    // It ends with a word, so that the client does not take it for a broken connection.
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(_)))));
    sample.process.stop(Duration::from_secs(10)).await.unwrap();
}

#[tokio::test]
async fn it_is_unavailable_until_it_is_ready() {
    let sample = Sample::start(&["--ready-after", "400ms"]).await;
    assert!(sample.get("/health").await.starts_with("HTTP/1.1 503 "));
    assert!(sample.get("/").await.starts_with("HTTP/1.1 503 "));
    wait::until(Duration::from_secs(10), || async {
        sample.get("/health").await.starts_with("HTTP/1.1 200 ")
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn after_sigterm_it_answers_what_is_in_flight_and_what_still_comes_then_ends() {
    let mut sample = Sample::start(&["--drain-quiet", "300ms"]).await;
    let mut kept = TcpStream::connect(sample.address()).await.unwrap();
    assert!(!ask(&mut kept, "/").await.contains("connection: close"));
    let mut slow = TcpStream::connect(sample.address()).await.unwrap();
    slow.write_all(b"GET /slow?ms=600 HTTP/1.1\r\nHost: test\r\n\r\n")
        .await
        .unwrap();

    sample.process.signal(Signal::TERM).unwrap();
    wait::until(Duration::from_secs(5), || async {
        sample.get("/health").await.starts_with("HTTP/1.1 503 ")
    })
    .await
    .unwrap();

    let on_kept = ask(&mut kept, "/").await;
    assert!(
        on_kept.starts_with("HTTP/1.1 200 ") && on_kept.contains("connection: close"),
        "{on_kept}"
    );
    assert!(
        sample.get("/").await.starts_with("HTTP/1.1 200 "),
        "a new connection is still answered"
    );
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.contains("connection: close"),
        "{answer}"
    );

    wait::until(Duration::from_secs(5), || async {
        TcpStream::connect(sample.port.address()).await.is_err()
    })
    .await
    .unwrap();
    sample.process.stop(Duration::from_secs(5)).await.unwrap();
    assert!(
        sample.process.log_tail().contains("nothing unanswered"),
        "{}",
        sample.process.log_tail()
    );
}

#[tokio::test]
async fn the_drain_ends_at_its_limit_when_a_request_takes_longer() {
    let mut sample = Sample::start(&["--drain-limit", "200ms"]).await;
    let mut slow = TcpStream::connect(sample.address()).await.unwrap();
    slow.write_all(b"GET /slow?ms=60000 HTTP/1.1\r\nHost: test\r\n\r\n")
        .await
        .unwrap();
    sample.process.stop(Duration::from_secs(5)).await.unwrap();
    assert!(
        sample.process.log_tail().contains("at the limit"),
        "{}",
        sample.process.log_tail()
    );
}
