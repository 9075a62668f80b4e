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
    tokio::time::timeout(LIMIT, ask(address, path)).await.ok()?.ok()
}

async fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
