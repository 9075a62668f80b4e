//! Asking a server on this machine one HTTP question: the readiness checks need no client library.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One question takes at most this long: a frozen server accepts connections and never answers.
const LIMIT: Duration = Duration::from_secs(1);

/// The whole answer to `GET path`, head and body, or `None` when there is none within a second.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Option<String> {
    ask(address, "GET", path, "Accept: */*").await
}

/// The whole answer to a question with one header of the caller's, head and body, or `None` when there is none within a second.
pub(crate) async fn ask(address: SocketAddr, method: &str, path: &str, header: &str) -> Option<String> {
    let request = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n{header}\r\n\r\n");
    let answer = tokio::time::timeout(LIMIT, exchange(address, &request)).await;
    answer.ok()?.ok()
}

async fn exchange(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
