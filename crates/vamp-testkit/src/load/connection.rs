//! One connection: opened once, asked until it ends, and honest about how it ended.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
    header::{CONNECTION, HOST, HeaderMap},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{
    LoadOptions,
    outcome::{Answered, Loss},
};

/// What came of a request.
#[derive(Debug)]
pub(super) enum Asked {
    /// A complete answer with status 2xx.
    Answered(Answered),
    /// The connection had been closed before anything of the request was written: nothing was asked.
    ClosedBefore,
    /// The request is lost.
    Lost(Loss),
}

/// An open connection.
pub(super) struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    history: History,
}

/// What a connection has been through.
#[derive(Debug, Clone, Copy)]
pub(super) struct History {
    /// So many answers.
    pub(super) answered: u64,
    /// The last of them, or the connection itself, came at this time.
    pub(super) since: Instant,
}

impl History {
    pub(super) fn new() -> Self {
        Self {
            answered: 0,
            since: Instant::now(),
        }
    }
}

impl Connection {
    /// Opens one, at most within the limit of the options.
    pub(super) async fn open(options: &LoadOptions) -> Result<Self, Loss> {
        let connecting = async {
            let stream = TcpStream::connect(options.target)
                .await
                .map_err(|_| Loss::NotConnected)?;
            stream.set_nodelay(true).map_err(|_| Loss::NotConnected)?;
            handshake(TokioIo::new(stream))
                .await
                .map_err(|_| Loss::NotConnected)
        };
        let opened = tokio::time::timeout(options.connect_limit, connecting).await;
        let (sender, connection) = opened.map_err(|_| Loss::NotConnected)??;
        // It reads while the connection is idle, so that a close is seen when it arrives. It ends with the connection, or once
        // the sender is dropped.
        tokio::spawn(connection);
        Ok(Self {
            sender,
            history: History::new(),
        })
    }

    pub(super) fn history(&self) -> History {
        self.history
    }

    /// False once the client has seen that the server closed the connection.
    pub(super) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Sends one request and waits for the whole answer, at most within the limit of the options.
    pub(super) async fn ask(&mut self, options: &LoadOptions, closes: bool) -> Asked {
        let sent = Instant::now();
        match tokio::time::timeout(options.answer_limit, self.exchange(options, closes, sent)).await {
            Ok(asked) => {
                if let Asked::Answered(answered) = &asked {
                    self.history.answered += 1;
                    self.history.since = answered.received;
                }
                asked
            }
            Err(_) => Asked::Lost(Loss::TimedOut),
        }
    }

    async fn exchange(&mut self, options: &LoadOptions, closes: bool, sent: Instant) -> Asked {
        // Until the connection is ready for another request nothing is written.
        if self.sender.ready().await.is_err() {
            return Asked::ClosedBefore;
        }
        let Some(request) = request(options, closes) else {
            return Asked::Lost(Loss::NotConnected);
        };
        match self.sender.try_send_request(request).await {
            Ok(response) => read(response, sent).await,
            Err(mut error) => match error.take_message() {
                // The request is given back only when none of it had been written.
                Some(_) => Asked::ClosedBefore,
                None => Asked::Lost(Loss::Unanswered),
            },
        }
    }

    /// Waits until the connection can take another request, or is closed: after an answer hyper needs a moment for either.
    pub(super) async fn settle(&mut self) {
        // Both outcomes are visible in `is_open`.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.sender.ready()).await;
    }
}

/// `None` when host or path of the options cannot stand in a request; the client has checked them at its start.
pub(super) fn request(options: &LoadOptions, closes: bool) -> Option<Request<Empty<Bytes>>> {
    let mut request = Request::get(options.path.as_str()).header(HOST, options.host.as_str());
    if closes {
        request = request.header(CONNECTION, "close");
    }
    request.body(Empty::new()).ok()
}

async fn read(response: Response<Incoming>, sent: Instant) -> Asked {
    let (head, mut body) = response.into_parts();
    while let Some(frame) = body.frame().await {
        if frame.is_err() {
            return Asked::Lost(Loss::Truncated);
        }
    }
    if !head.status.is_success() {
        return Asked::Lost(Loss::Status(head.status.as_u16()));
    }
    let version = head
        .headers
        .get("x-vamp-version")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Asked::Answered(Answered {
        version: Arc::from(version),
        sent,
        received: Instant::now(),
        closes: says_close(&head.headers),
    })
}

fn says_close(headers: &HeaderMap) -> bool {
    let mut values = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.any(|value| {
        value
            .split(',')
            .any(|token| token.trim().eq_ignore_ascii_case("close"))
    })
}
