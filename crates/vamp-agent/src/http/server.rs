use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vamp_io::backoff::Backoff;
use vamp_io::shutdown::Shutdown;

use super::answer::Answers;
use crate::config::AgentConfig;
use crate::status::StatusBoard;

/// Connections at the same time; those above wait. They are many more than may wait for metrics.
const CONNECTIONS: usize = 64;

/// How long the head of a request may take to arrive.
const HEAD: Duration = Duration::from_secs(5);

/// How long a connection may last, idle or not.
const LIFETIME: Duration = Duration::from_secs(300);

/// Pauses between tries to listen.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Serves the status endpoint.
#[derive(Debug)]
pub(crate) struct StatusServer {
    address: SocketAddr,
    answers: Arc<Answers>,
}

impl StatusServer {
    pub(crate) fn new(address: SocketAddr, config: &AgentConfig, board: StatusBoard) -> Self {
        Self {
            address,
            answers: Arc::new(Answers::new(config, board)),
        }
    }

    /// Serves until the shutdown. A port that another program has is no reason for the agent not to do its work: it is said, and tried
    /// again.
    pub(crate) async fn run(self, shutdown: Shutdown) {
        tokio::select! {
            () = shutdown.wait() => {}
            () = self.serve() => {}
        }
    }

    async fn serve(&self) {
        let listener = self.listen().await;
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let mut backoff = Backoff::watch();
        loop {
            let Ok(place) = room.clone().acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    backoff.reset();
                    tokio::spawn(connection(stream, self.answers.clone(), place));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection to the status endpoint could not be accepted");
                    tokio::time::sleep(backoff.next_delay()).await;
                }
            }
        }
    }

    async fn listen(&self) -> TcpListener {
        let mut backoff = Backoff::new(RETRY.0, RETRY.1);
        let mut told = false;
        loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => {
                    let address = listener.local_addr().unwrap_or(self.address);
                    tracing::info!(%address, "the status of the agent is served");
                    return listener;
                }
                Err(error) if !told => {
                    told = true;
                    tracing::warn!(address = %self.address, %error, "the status of the agent cannot be served yet");
                }
                Err(_) => {}
            }
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }
}

async fn connection(stream: TcpStream, answers: Arc<Answers>, place: OwnedSemaphorePermit) {
    // A peer that is gone already needs no answer.
    let Ok(arrived_at) = stream.local_addr() else {
        return;
    };
    let service = service_fn(move |request| {
        let answers = answers.clone();
        async move { Ok::<_, Infallible>(answers.answer(&request, arrived_at.ip()).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    if let Ok(Err(error)) = tokio::time::timeout(LIFETIME, connection).await {
        tracing::debug!(%error, "a connection to the status endpoint broke");
    }
    drop(place);
}
