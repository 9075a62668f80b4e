//! Connections: accepting, serving, and ending them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tower::ServiceExt as _;
use vamp_io::backoff::Backoff;
use vamp_io::shutdown::Shutdown;

use crate::http::caller::ArrivedAt;
use crate::shared::{CHANGES, Shared};

/// How long the head of a request may take to arrive.
const HEAD: Duration = Duration::from_secs(30);

pub(crate) async fn serve(shared: &Arc<Shared>, router: &Router, listener: TcpListener, shutdown: &Shutdown) {
    let graceful = GracefulShutdown::new();
    tokio::select! {
        () = accept(shared, router, &listener, &graceful) => {}
        () = shutdown.wait() => {}
    }
    drop(listener);
    shared.closing.trigger();
    let end = async {
        graceful.shutdown().await;
        // Changes whose callers are gone.
        let _ = shared.changes.acquire_many(CHANGES).await;
    };
    if timeout(shared.options.shutdown_grace, end).await.is_err() {
        tracing::warn!("requests under way were cut off at the end");
    }
}

/// Accepts without end.
async fn accept(shared: &Shared, router: &Router, listener: &TcpListener, graceful: &GracefulShutdown) {
    let room = Arc::new(Semaphore::new(shared.options.connections));
    let mut backoff = Backoff::watch();
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                backoff.reset();
                // Answers are small and written at once; a failure only makes them slower.
                let _ = stream.set_nodelay(true);
                tokio::spawn(connection(stream, router.clone(), graceful.watcher(), place));
            }
            Err(error) => {
                // No file descriptors, or a caller that is gone already.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(backoff.next_delay()).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router, watcher: Watcher, place: OwnedSemaphorePermit) {
    let arrived_at = stream.local_addr().map(|address| ArrivedAt(address.ip()));
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Ok(arrived_at) = arrived_at {
            request.extensions_mut().insert(arrived_at);
        }
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection broke");
    }
    drop(place);
}
