//! Small services that say their version, and a client that asks once.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use vamp_testkit::ports::{self, Lease};

/// Answers every request with its version until it is dropped.
pub(crate) struct Service {
    port: Lease,
    accepting: JoinHandle<()>,
}

impl Service {
    pub(crate) async fn start(version: &str) -> Self {
        let (port, listener) = ports::listen().unwrap();
        listener.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let version = version.to_owned();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, version.clone()));
            }
        });
        Self { port, accepting }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.port.address()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(stream: TcpStream, version: String) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    // A request of the tests has no body: it ends with an empty line.
    while matches!(stream.read_line(&mut line).await, Ok(length) if length > 0) {
        if line != "\r\n" {
            line.clear();
            continue;
        }
        line.clear();
        let length = version.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nX-Vamp-Version: {version}\r\nContent-Length: {length}\r\n\r\n{version}"
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The whole answer to `GET path`; none when there is none within five seconds.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Option<String> {
    let ask = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    };
    tokio::time::timeout(Duration::from_secs(5), ask)
        .await
        .ok()
        .flatten()
}

/// The version that answers; none when the answer is no 200.
pub(crate) async fn ask(address: SocketAddr) -> Option<String> {
    let answer = get(address, "/")
        .await
        .filter(|answer| answer.starts_with("HTTP/1.1 200"))?;
    answer
        .split_once("\r\n\r\n")
        .map(|(_, version)| version.to_owned())
}
