//! Websockets: opened once, and open for as long as the client runs.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{SinkExt, StreamExt};
use hyper::header::HOST;
use tokio::{net::TcpStream, sync::watch};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use super::{
    LoadOptions,
    client::Shared,
    connection::History,
    outcome::{Answered, ConnectionKind, Loss},
};

const KIND: ConnectionKind = ConnectionKind::Websocket;

/// After a websocket that could not be opened, or was lost, the next one is tried after this long.
const AGAIN: Duration = Duration::from_millis(100);

/// One websocket after the other, of which the first should be the last, until the client is to end.
pub(super) async fn talk(shared: Arc<Shared>, mut end: watch::Receiver<bool>) {
    loop {
        let begun = History::new();
        match open(&shared.options).await {
            Ok(mut socket) => {
                shared.connected();
                if !use_up(&shared, &mut socket, &mut end).await {
                    // The server learns that this is meant; it need not say anything to that.
                    let _ = socket.stream.close(None).await;
                    return;
                }
            }
            Err(loss) => {
                if !shared.commit(KIND) {
                    return;
                }
                shared.lost(KIND, loss, begun);
            }
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            _ = end.wait_for(|end| *end) => return,
        }
    }
}

/// An open websocket.
struct Websocket {
    stream: WebSocketStream<TcpStream>,
    /// The version that opened it; an echo names none.
    version: Arc<str>,
    history: History,
}

async fn open(options: &LoadOptions) -> Result<Websocket, Loss> {
    let opening = async {
        let stream = TcpStream::connect(options.target)
            .await
            .map_err(|_| Loss::NotConnected)?;
        stream.set_nodelay(true).map_err(|_| Loss::NotConnected)?;
        let url = format!("ws://{}{}", options.target, options.path);
        let mut request = url.into_client_request().map_err(|_| Loss::NotConnected)?;
        let host = options.host.parse().map_err(|_| Loss::NotConnected)?;
        request.headers_mut().insert(HOST, host);
        client_async(request, stream).await.map_err(|error| match error {
            Error::Http(answer) => Loss::Status(answer.status().as_u16()),
            _ => Loss::Unanswered,
        })
    };
    let opened = tokio::time::timeout(options.answer_limit, opening).await;
    let (stream, answer) = opened.map_err(|_| Loss::TimedOut)??;
    let version = answer.headers().get("x-vamp-version");
    let version = version.and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(Websocket {
        stream,
        version: Arc::from(version),
        history: History::new(),
    })
}

/// Says something now and then, until the websocket is lost, or false when the client is to end.
async fn use_up(shared: &Shared, socket: &mut Websocket, end: &mut watch::Receiver<bool>) -> bool {
    let mut number = 0_u64;
    loop {
        // What comes now was not asked for: the end of the websocket, by a frame or without a word.
        let unasked = tokio::select! {
            () = tokio::time::sleep(shared.options.websocket_pause) => None,
            came = socket.stream.next() => Some(came),
            _ = end.wait_for(|end| *end) => return false,
        };
        if let Some(Some(Ok(Message::Ping(_) | Message::Pong(_)))) = unasked {
            continue;
        }
        if !shared.commit(KIND) {
            return false;
        }
        number += 1;
        let outcome = match unasked {
            Some(_) => Err(Loss::Unanswered),
            None => socket.exchange(number, shared.options.answer_limit).await,
        };
        match outcome {
            Ok(answered) => shared.answered(KIND, answered),
            Err(loss) => {
                shared.lost(KIND, loss, socket.history);
                return true;
            }
        }
    }
}

impl Websocket {
    /// Says a number and waits until it comes back.
    async fn exchange(&mut self, number: u64, limit: Duration) -> Result<Answered, Loss> {
        let sent = Instant::now();
        let message = Message::text(number.to_string());
        let exchange = async {
            self.stream
                .send(message.clone())
                .await
                .map_err(|_| Loss::Unanswered)?;
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(echo)) if echo == message => return Ok(()),
                    Some(Ok(Message::Text(_) | Message::Binary(_))) => return Err(Loss::Truncated),
                    Some(Ok(_) | Err(_)) | None => return Err(Loss::Unanswered),
                }
            }
        };
        let exchanged = tokio::time::timeout(limit, exchange).await;
        exchanged.map_err(|_| Loss::TimedOut)??;
        let received = Instant::now();
        self.history.answered += 1;
        self.history.since = received;
        Ok(Answered {
            version: Arc::clone(&self.version),
            sent,
            received,
            closes: false,
        })
    }
}
