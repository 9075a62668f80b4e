//! The load client against servers that close connections in every way there is.
#![cfg(feature = "load")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::{net::SocketAddr, time::Duration};

use futures::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::WebSocketStream;
use vamp_testkit::{
    Error,
    load::{ConnectionKind, LoadClient, LoadOptions, Loss, Snapshot, Thinking},
};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nX-Vamp-Version: 1.0\r\nContent-Length: 2\r\n\r\nok";
const LAST_ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nX-Vamp-Version: 1.0\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

/// A server that treats each connection with `treat`.
async fn server<F, Fut>(treat: F) -> SocketAddr
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(treat(stream));
        }
    });
    address
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// So many requests over one kind of connections.
async fn load(target: SocketAddr, kind: ConnectionKind, change: impl FnOnce(&mut LoadOptions)) -> Snapshot {
    let mut options = LoadOptions::new(target);
    options.fresh = if kind == ConnectionKind::Fresh { 4 } else { 0 };
    options.busy = if kind == ConnectionKind::Busy { 4 } else { 0 };
    options.idle = if kind == ConnectionKind::Idle { 4 } else { 0 };
    options.idle_pause = Duration::from_millis(20)..=Duration::from_millis(30);
    options.round_trip = Duration::from_millis(10);
    options.most_requests = 40;
    change(&mut options);
    LoadClient::start(options).unwrap().finished().await
}

#[tokio::test]
async fn every_answer_is_counted_for_its_version() {
    for kind in [ConnectionKind::Fresh, ConnectionKind::Busy, ConnectionKind::Idle] {
        let target = server(|mut stream| async move {
            loop {
                read_request(&mut stream).await?;
                stream.write_all(ANSWER).await?;
            }
        })
        .await;
        let seen = load(target, kind, |_| ()).await;
        assert_eq!(
            (seen.sent(), seen.answered_by("1.0"), seen.lost()),
            (40, 40, 0),
            "{kind}: {seen}"
        );
        assert_eq!(seen.sent.get(&kind), Some(&40));
        let connections = if kind == ConnectionKind::Fresh { 40 } else { 4 };
        assert_eq!(seen.connections, connections, "{kind}: {seen}");
        assert_eq!(seen.announced_closes, 0);
    }
}

#[tokio::test]
async fn a_close_that_the_answer_announced_loses_nothing() {
    for kind in [ConnectionKind::Busy, ConnectionKind::Idle] {
        let target = server(|mut stream| async move {
            read_request(&mut stream).await?;
            stream.write_all(LAST_ANSWER).await
        })
        .await;
        let seen = load(target, kind, |_| ()).await;
        assert_eq!(
            (seen.answered(), seen.lost(), seen.connections),
            (40, 0, 40),
            "{kind}: {seen}"
        );
        assert!(seen.announced_closes >= 36, "{kind}: {seen}");
    }
}

#[tokio::test]
async fn a_close_seen_before_the_next_request_loses_nothing() {
    // Closed without a word as soon as the answer is out, long before the client's pause is over.
    let target = server(|mut stream| async move {
        read_request(&mut stream).await?;
        stream.write_all(ANSWER).await
    })
    .await;
    let seen = load(target, ConnectionKind::Idle, |_| ()).await;
    assert_eq!(
        (seen.answered(), seen.lost(), seen.connections),
        (40, 0, 40),
        "{seen}"
    );
}

#[tokio::test]
async fn a_request_written_into_a_connection_that_then_closes_is_lost() {
    for kind in [ConnectionKind::Fresh, ConnectionKind::Busy, ConnectionKind::Idle] {
        let target = server(|mut stream| async move {
            read_request(&mut stream).await?;
            Ok(())
        })
        .await;
        let seen = load(target, kind, |_| ()).await;
        assert_eq!((seen.sent(), seen.answered()), (40, 0), "{kind}: {seen}");
        assert_eq!(
            seen.lost.get(&(kind, Loss::Unanswered)),
            Some(&40),
            "{kind}: {seen}"
        );
    }
}

#[tokio::test]
async fn a_request_on_its_way_when_the_connection_closes_is_lost() {
    // The client pauses 20 to 30 ms and its bytes are on their way for 200 ms: a close after 80 ms falls into the latter.
    let target = server(|mut stream| async move {
        read_request(&mut stream).await?;
        stream.write_all(ANSWER).await?;
        tokio::time::sleep(Duration::from_millis(80)).await;
        Ok(())
    })
    .await;
    let seen = load(target, ConnectionKind::Idle, |options| {
        options.round_trip = Duration::from_millis(200);
    })
    .await;
    assert_eq!(seen.answered() + seen.lost(), 40, "{seen}");
    assert!(
        seen.lost
            .get(&(ConnectionKind::Idle, Loss::Unanswered))
            .is_some_and(|lost| *lost >= 16),
        "{seen}"
    );
}

#[tokio::test]
async fn an_answer_that_is_cut_short_is_lost() {
    let target = server(|mut stream| async move {
        read_request(&mut stream).await?;
        stream.write_all(&ANSWER[..ANSWER.len() - 1]).await
    })
    .await;
    let seen = load(target, ConnectionKind::Busy, |_| ()).await;
    assert_eq!(
        seen.lost.get(&(ConnectionKind::Busy, Loss::Truncated)),
        Some(&40),
        "{seen}"
    );
}

#[tokio::test]
async fn an_answer_that_says_failure_is_lost_by_its_status() {
    let target = server(|mut stream| async move {
        loop {
            read_request(&mut stream).await?;
            stream
                .write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
                .await?;
        }
    })
    .await;
    let seen = load(target, ConnectionKind::Fresh, |_| ()).await;
    assert_eq!(
        seen.lost.get(&(ConnectionKind::Fresh, Loss::Status(503))),
        Some(&40),
        "{seen}"
    );
}

#[tokio::test]
async fn a_refused_connection_and_a_missing_answer_are_lost() {
    let closed = vamp_testkit::ports::lease().unwrap();
    let refused = load(closed.address(), ConnectionKind::Fresh, |_| ()).await;
    assert_eq!(
        refused.lost.get(&(ConnectionKind::Fresh, Loss::NotConnected)),
        Some(&40),
        "{refused}"
    );

    let silent = server(|mut stream| async move {
        read_request(&mut stream).await?;
        std::future::pending().await
    })
    .await;
    let unanswered = load(silent, ConnectionKind::Busy, |options| {
        options.answer_limit = Duration::from_millis(50);
        options.most_requests = 8;
    })
    .await;
    assert_eq!(
        unanswered.lost.get(&(ConnectionKind::Busy, Loss::TimedOut)),
        Some(&8),
        "{unanswered}"
    );
}

#[tokio::test]
async fn connections_that_think_ask_again_as_soon_as_they_have() {
    for (time, kind) in [(0, ConnectionKind::Busy), (20, ConnectionKind::Idle)] {
        let target = server(|mut stream| async move {
            loop {
                read_request(&mut stream).await?;
                stream.write_all(ANSWER).await?;
            }
        })
        .await;
        let seen = load(target, ConnectionKind::Websocket, |options| {
            options.thinking = vec![Thinking {
                connections: 4,
                time: Duration::from_millis(time),
            }];
        })
        .await;
        assert_eq!(
            (seen.answered_by("1.0"), seen.lost(), seen.connections),
            (40, 0, 4),
            "{seen}"
        );
        assert_eq!(seen.sent.get(&kind), Some(&40), "{seen}");
    }
}

/// So many messages over four websockets.
async fn websockets(target: SocketAddr) -> Snapshot {
    load(target, ConnectionKind::Websocket, |options| {
        options.websockets = 4;
        options.websocket_pause = Duration::from_millis(10);
        options.answer_limit = Duration::from_millis(300);
        options.most_requests = 12;
    })
    .await
}

#[tokio::test]
async fn a_websocket_stays_open_and_each_echo_counts() {
    let target = server(|stream| async move {
        let mut socket = accept(stream).await?;
        while let Some(Ok(message)) = socket.next().await {
            socket.send(message).await.map_err(std::io::Error::other)?;
        }
        Ok(())
    })
    .await;
    let seen = websockets(target).await;
    assert_eq!(
        (seen.answered(), seen.lost(), seen.connections),
        (12, 0, 4),
        "{seen}"
    );
    assert_eq!(seen.sent.get(&ConnectionKind::Websocket), Some(&12), "{seen}");
}

#[tokio::test]
async fn a_websocket_that_is_ended_is_lost_with_and_without_a_word() {
    for with_a_word in [true, false] {
        let target = server(move |stream| async move {
            let mut socket = accept(stream).await?;
            if with_a_word {
                socket.close(None).await.map_err(std::io::Error::other)?;
            }
            Ok(())
        })
        .await;
        let seen = websockets(target).await;
        assert_eq!(
            seen.lost.get(&(ConnectionKind::Websocket, Loss::Unanswered)),
            Some(&12),
            "{seen}"
        );
    }
}

#[tokio::test]
async fn an_echo_that_does_not_come_and_a_websocket_that_is_refused_are_lost() {
    let silent = server(|stream| async move {
        let _socket = accept(stream).await?;
        std::future::pending().await
    })
    .await;
    let seen = websockets(silent).await;
    assert_eq!(
        seen.lost.get(&(ConnectionKind::Websocket, Loss::TimedOut)),
        Some(&12),
        "{seen}"
    );

    let refusing = server(|mut stream| async move {
        read_request(&mut stream).await?;
        stream
            .write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            .await
    })
    .await;
    let seen = websockets(refusing).await;
    assert_eq!(
        seen.lost.get(&(ConnectionKind::Websocket, Loss::Status(503))),
        Some(&12),
        "{seen}"
    );
}

async fn accept(stream: TcpStream) -> std::io::Result<WebSocketStream<TcpStream>> {
    tokio_tungstenite::accept_async(stream)
        .await
        .map_err(std::io::Error::other)
}

#[tokio::test]
async fn load_is_not_sent_to_other_machines() {
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 80));
    assert!(matches!(
        LoadClient::start(LoadOptions::new(elsewhere)),
        Err(Error::NotLoopback(_))
    ));
}
