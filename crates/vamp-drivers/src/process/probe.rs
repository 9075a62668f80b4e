//! One look at whether an instance is well.
//!
//! Requests are made with hyper on a fresh connection each: a client that keeps connections, follows redirects or goes through a
//! proxy of the environment, as larger ones do, would ask something else than this instance now.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Probe {
    /// Whether the port accepts connections.
    Connect(SocketAddr),
    /// Whether `GET path` is answered with a status from 200 to 399.
    Get(SocketAddr, String),
}

impl Probe {
    /// Nothing when all is well, else the reason in words. It takes `limit` at most.
    pub(super) async fn ask(&self, limit: Duration) -> Result<(), String> {
        let answer = async {
            match self {
                Self::Connect(address) => connect(*address).await.map(drop),
                Self::Get(address, path) => get(*address, path).await,
            }
        };
        match tokio::time::timeout(limit, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(match self {
                Self::Connect(address) => format!("{address} does not accept connections within {limit:?}"),
                Self::Get(address, path) => {
                    format!("http://{address}{path} does not answer within {limit:?}")
                }
            }),
        }
    }
}

/// Whether a path can be asked for.
pub(super) fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.parse::<hyper::Uri>().is_ok()
}

async fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    TcpStream::connect(address)
        .await
        .map_err(|error| format!("{address} does not accept connections: {error}"))
}

async fn get(address: SocketAddr, path: &str) -> Result<(), String> {
    let stream = connect(address).await?;
    let broken = |error: &dyn std::fmt::Display| format!("http://{address}{path} does not answer: {error}");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| broken(&error))?;
    let request = Request::get(path)
        .header(HOST, address.to_string())
        .header(
            USER_AGENT,
            concat!("vamp-health-check/", env!("CARGO_PKG_VERSION")),
        )
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| broken(&error))?;
    let mut answer = std::pin::pin!(sender.send_request(request));
    let early = tokio::select! {
        biased;
        answer = &mut answer => Some(answer),
        // It goes with this block, so that whoever waits for an answer learns that none will come.
        ended = connection => ended.err().map(Err),
    };
    let answered = match early {
        Some(answered) => answered,
        None => answer.await,
    };
    let status = answered.map_err(|error| broken(&error))?.status();
    if status.is_success() || status.is_redirection() {
        Ok(())
    } else {
        Err(format!("http://{address}{path} answers {status}"))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    /// A server that reads a request and answers this.
    async fn answering(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 1024];
            let length = stream.read(&mut request).await.unwrap();
            assert!(request[..length].starts_with(b"GET /health?x=1 HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        address
    }

    #[tokio::test]
    async fn a_status_from_200_to_399_is_well_and_any_other_is_not() {
        let cases = [
            ("HTTP/1.1 200 OK\r\n\r\n", Ok(())),
            (
                "HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n",
                Ok(()),
            ),
            (
                "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
                Err("answers 404"),
            ),
            (
                "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
                Err("answers 503"),
            ),
            ("", Err("does not answer")),
            ("SSH-2.0\r\n", Err("does not answer")),
        ];
        for (text, expected) in cases {
            let probe = Probe::Get(answering(text).await, "/health?x=1".to_owned());
            match (probe.ask(LIMIT).await, expected) {
                (Ok(()), Ok(())) => {}
                (Err(said), Err(expected)) => assert!(said.contains(expected), "{said}"),
                (answer, _) => panic!("{text:?}: {answer:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_server_that_never_answers_is_not_waited_for_longer_than_the_limit() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let silent = Probe::Get(address, "/".to_owned());
        let said = silent.ask(Duration::from_millis(50)).await.unwrap_err();
        assert!(said.contains("within 50ms"), "{said}");
        assert_eq!(Probe::Connect(address).ask(LIMIT).await, Ok(()));
        drop(listener);
        assert!(Probe::Connect(address).ask(LIMIT).await.is_err());
    }

    #[test]
    fn paths_begin_with_a_slash_and_hold_no_blanks() {
        for (path, good) in [
            ("/", true),
            ("/a?b=c", true),
            ("", false),
            ("a", false),
            ("/a b", false),
        ] {
            assert_eq!(is_path(path), good, "{path}");
        }
    }
}
