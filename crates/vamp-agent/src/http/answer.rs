//! What is answered to which request.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::{Mutex, Semaphore};
use vamp_haproxy::counters::Statistics;
use vamp_haproxy::runtime::{RuntimeClient, Worker};
use vamp_kv::wrap::Measures;

use super::caller::may_call;
use super::metrics;
use crate::config::AgentConfig;
use crate::names::Names;
use crate::overview::Overview;
use crate::status::StatusBoard;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// Requests for metrics at the same time, of which all but one wait: more of them, while HAProxy is slow to answer, would keep those who ask
/// for the health waiting.
const METRICS_AT_ONCE: usize = 8;

/// What the endpoint knows.
#[derive(Debug)]
pub(super) struct Answers {
    board: StatusBoard,
    haproxy: RuntimeClient,
    configuration: PathBuf,
    /// Whose proxy is which, and the hash of the value from which that was read. The lock makes requests for metrics queue up: each
    /// costs HAProxy a walk over all of its counters.
    names: Mutex<Option<(String, Names)>>,
    room_for_metrics: Semaphore,
    store: Option<Arc<Measures>>,
}

impl Answers {
    pub(super) fn new(config: &AgentConfig, board: StatusBoard) -> Self {
        let master = RuntimeClient::new(config.master_socket()).with_time_limit(config.limits.command);
        Self {
            board,
            haproxy: master.of_worker(Worker::Current),
            configuration: config.state_directory.join(crate::files::CONFIGURATION),
            names: Mutex::default(),
            room_for_metrics: Semaphore::new(METRICS_AT_ONCE),
            store: config.store_measures.clone(),
        }
    }

    pub(super) async fn answer<B>(&self, request: &Request<B>, arrived_at: IpAddr) -> Response<Full<Bytes>> {
        // A request in absolute form names its host there, too; the header is what browsers cannot choose.
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        if !may_call(host, arrived_at) {
            let words = "the status of this agent is not to be had under this name\n";
            return response(StatusCode::MISDIRECTED_REQUEST, TEXT, words);
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut refused = response(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n");
            refused
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        match request.uri().path() {
            "/health" => health(&self.board.overview()),
            "/status" => status(&self.board.overview()),
            "/metrics" => self.metrics().await,
            _ => response(
                StatusCode::NOT_FOUND,
                TEXT,
                "there are /health, /status and /metrics\n",
            ),
        }
    }

    async fn metrics(&self) -> Response<Full<Bytes>> {
        let Ok(_place) = self.room_for_metrics.try_acquire() else {
            let words = "HAProxy is slow to tell its counters, and others wait for them\n";
            let mut busy = response(StatusCode::SERVICE_UNAVAILABLE, TEXT, words);
            busy.headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return busy;
        };
        let mut known = self.names.lock().await;
        let overview = self.board.overview();
        let statistics = self.statistics(&overview).await;
        if statistics.is_some() {
            self.learn_names(&mut known, &overview).await;
        }
        let unknown = Names::default();
        let names = known.as_ref().map_or(&unknown, |(_, names)| names);
        match metrics::text(&overview, self.store.as_deref(), statistics.as_ref(), names) {
            Ok(text) => response(StatusCode::OK, metrics::CONTENT_TYPE, text),
            Err(error) => response(
                StatusCode::INTERNAL_SERVER_ERROR,
                TEXT,
                format!("the metrics cannot be written: {error}\n"),
            ),
        }
    }

    /// What HAProxy has counted; nothing while it does not run or answer.
    async fn statistics(&self, overview: &Overview) -> Option<Statistics> {
        overview.agent.haproxy.worker_pid?;
        match self.haproxy.show_stat().await {
            Ok(statistics) => Some(statistics),
            Err(error) => {
                tracing::debug!(%error, "HAProxy does not tell its counters");
                None
            }
        }
    }

    /// Reads whose proxy is which, when another value runs.
    async fn learn_names(&self, known: &mut Option<(String, Names)>, overview: &Overview) {
        let Some(applied) = &overview.agent.applied else {
            return;
        };
        if known.as_ref().is_some_and(|(hash, _)| *hash == applied.hash) {
            return;
        }
        match tokio::fs::read_to_string(&self.configuration).await {
            Ok(text) => *known = Some((applied.hash.clone(), Names::read(&text))),
            Err(error) => tracing::debug!(%error, "the names of gateways cannot be read"),
        }
    }
}

fn health(overview: &Overview) -> Response<Full<Bytes>> {
    match &overview.unhealthy {
        None => response(StatusCode::OK, TEXT, "ok\n"),
        Some(reason) => response(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("{reason}\n")),
    }
}

fn status(overview: &Overview) -> Response<Full<Bytes>> {
    match serde_json::to_vec_pretty(overview) {
        Ok(mut json) => {
            json.push(b'\n');
            response(StatusCode::OK, JSON, json)
        }
        Err(error) => response(
            StatusCode::INTERNAL_SERVER_ERROR,
            TEXT,
            format!("the status cannot be written: {error}\n"),
        ),
    }
}

fn response(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
