//! The websockets: whatever is said on one comes back.

use std::sync::Arc;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{HeaderValue, UPGRADE},
    upgrade::OnUpgrade,
};
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::server::create_response_with_body, protocol::Role},
};

use crate::{InFlight, Service};

/// Whether the request asks for a websocket.
pub(crate) fn is_asked_for<B>(request: &Request<B>) -> bool {
    let upgrade = request.headers().get(UPGRADE).map(HeaderValue::as_bytes);
    upgrade.is_some_and(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
}

/// The answer to such a request; what is said after it comes back until the client or the service ends.
pub(crate) fn open(
    service: &Arc<Service>,
    mut request: Request<Incoming>,
    ends: watch::Receiver<bool>,
) -> Response<Full<Bytes>> {
    let upgraded = hyper::upgrade::on(&mut request);
    match create_response_with_body(&request, Full::default) {
        Ok(mut response) => {
            service.introduce(response.headers_mut());
            tokio::spawn(echo(Arc::clone(service), upgraded, ends));
            response
        }
        Err(error) => service.text(
            StatusCode::BAD_REQUEST,
            format!("no websocket can be opened: {error}\n"),
        ),
    }
}

async fn echo(service: Arc<Service>, upgraded: OnUpgrade, mut ends: watch::Receiver<bool>) {
    // How a connection ended is the client's to tell.
    let Ok(upgraded) = upgraded.await else {
        return;
    };
    let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    loop {
        let said = tokio::select! {
            said = socket.next() => said,
            _ = ends.wait_for(|end| *end) => break,
        };
        let Some(Ok(message)) = said else {
            return;
        };
        // Pings are answered, and a close is agreed to, with the next look at the socket.
        if matches!(message, Message::Text(_) | Message::Binary(_)) {
            let _in_flight = InFlight::new(&service);
            if socket.send(message).await.is_err() {
                return;
            }
        }
    }
    let _ = socket.close(None).await;
}
