use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use tokio::net::TcpListener;
use tower::service_fn;
use vamp_engine::Engine;
use vamp_io::shutdown::Shutdown;

use crate::http::outer;
use crate::shared::Shared;
use crate::{ApiOptions, connections, routes};

/// The HTTP API of an engine.
#[derive(Debug, Clone)]
pub struct Api {
    shared: Arc<Shared>,
    router: Router,
}

impl Api {
    /// The API of this engine. Nothing is listened to yet.
    #[must_use]
    pub fn new(engine: Engine, options: ApiOptions) -> Self {
        let endpoints = routes::endpoints();
        let description = routes::description(&endpoints);
        let shared = Arc::new(Shared::new(engine, options, description));
        let inner = routes::router(&shared, endpoints);
        let answering = Arc::clone(&shared);
        let router = Router::new().fallback_service(service_fn(move |request: Request| {
            let (shared, routes) = (Arc::clone(&answering), inner.clone());
            async move { Ok::<_, std::convert::Infallible>(outer::handle(shared, routes, request).await) }
        }));
        Self { shared, router }
    }

    /// The routes, for a server of one's own. It has to call [`close`](Self::close) when it ends.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Ends the event streams, which do not end by themselves.
    pub fn close(&self) {
        self.shared.closing.trigger();
    }

    /// The description of the API, an OpenAPI document as JSON text; served at `/api/v1/openapi.json`.
    #[must_use]
    pub fn description(&self) -> &[u8] {
        &self.shared.description
    }

    /// Serves connections of the listener until the wish to end. Then the listener is closed, event streams end, idle
    /// connections are closed, and requests under way are answered, for as long as
    /// [`shutdown_grace`](ApiOptions::shutdown_grace) allows; a change that was begun is finished even if its caller is gone.
    pub async fn serve(self, listener: TcpListener, shutdown: Shutdown) {
        connections::serve(&self.shared, &self.router, listener, &shutdown).await;
    }
}
