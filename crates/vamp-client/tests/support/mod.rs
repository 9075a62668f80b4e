//! A server that answers as it is told and remembers what it was asked.

#![allow(dead_code, reason = "each test uses a part")]

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reaction {
    /// Answers with this status line, these further headers and this body, and closes.
    Answer(&'static str, &'static str, String),
    /// Answers with the head of an event stream and these bytes, and closes.
    Stream(&'static str),
    /// The same, and stays open and silent.
    StreamAndSilence(&'static str),
    /// Closes without a word.
    HangUp,
    /// Says nothing for ever.
    Silence,
}

#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server that reacts like this to one request after the other, each on its own connection.
    pub(crate) async fn with(reactions: Vec<Reaction>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self {
            url,
            requests: Arc::default(),
        };
        let requests = Arc::clone(&server.requests);
        tokio::spawn(async move {
            for reaction in reactions {
                let (mut socket, _) = listener.accept().await.unwrap();
                let request = read(&mut socket).await;
                requests.lock().await.push(request);
                react(socket, reaction).await;
            }
        });
        server
    }

    /// What it was asked, head and body.
    pub(crate) async fn requests(&self) -> Vec<String> {
        self.requests.lock().await.clone()
    }
}

async fn read(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_length = name.eq_ignore_ascii_case("content-length");
                is_length.then(|| value.trim().parse::<usize>().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        if socket.read_buf(&mut bytes).await.unwrap() == 0 {
            return text;
        }
    }
}

async fn react(mut socket: TcpStream, reaction: Reaction) {
    let stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    match reaction {
        Reaction::Answer(status, headers, body) => {
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            );
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        Reaction::Stream(frames) => {
            socket
                .write_all(format!("{stream}{frames}").as_bytes())
                .await
                .unwrap();
        }
        Reaction::StreamAndSilence(frames) => {
            socket
                .write_all(format!("{stream}{frames}").as_bytes())
                .await
                .unwrap();
            tokio::spawn(hold(socket));
        }
        Reaction::HangUp => {}
        Reaction::Silence => {
            tokio::spawn(hold(socket));
        }
    }
}

/// Keeps a connection open until the other side closes it.
async fn hold(mut socket: TcpStream) {
    let _ = socket.read(&mut [0; 16]).await;
}

/// The outcome, within the time that any test may take.
pub(crate) async fn soon<T>(outcome: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), outcome)
        .await
        .expect("in time")
}
