//! A whole server in this process: a real engine on stores in memory and a simulated platform, behind a real socket.

#![allow(dead_code, reason = "each test uses a part")]

mod outage;
pub(crate) mod raw;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vamp_api::{Api, ApiOptions};
use vamp_client::Client;
use vamp_drivers::simulated::{SimulatedDriver, SimulatedOptions};
use vamp_engine::{Engine, EngineOptions, Parts};
use vamp_io::clock::{Clock, SystemClock};
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::HandOver;
use vamp_kv::memory::MemoryStore as KeyValues;
use vamp_store::memory::MemoryStore;

use outage::Outage;

/// A server that runs until it is dropped or stopped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) url: String,
    pub(crate) engine: Engine,
    pub(crate) hand_over: HandOver,
    pub(crate) driver: SimulatedDriver,
    pub(crate) artifacts: Arc<Outage>,
    pub(crate) api: Api,
    shutdown: Shutdown,
    serving: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(ApiOptions::default()).await
    }

    pub(crate) async fn with(options: ApiOptions) -> Self {
        Self::listening("127.0.0.1:0", options).await
    }

    pub(crate) async fn listening(address: &str, options: ApiOptions) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = MemoryStore::new(Arc::clone(&clock));
        let artifacts = Arc::new(Outage::new(store.clone()));
        let driver = SimulatedDriver::new(SimulatedOptions::default(), Arc::clone(&clock));
        let base = "/vamp/default".parse().unwrap();
        let hand_over = HandOver::new(Arc::new(KeyValues::new()), &base, "haproxy", "2.4").unwrap();
        let parts = Parts {
            artifacts: artifacts.clone(),
            events: Arc::new(store),
            drivers: vec![Arc::new(driver.clone())],
            hand_over: hand_over.clone(),
            checker: None,
            clock,
        };
        let engine = Engine::start(EngineOptions::new("/run/vamp"), parts)
            .await
            .unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new();
        let api = Api::new(engine.clone(), options);
        let serving = tokio::spawn(api.clone().serve(listener, shutdown.clone()));
        Self {
            address,
            url: format!("http://{address}"),
            engine,
            hand_over,
            driver,
            artifacts,
            api,
            shutdown,
            serving,
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url).unwrap()
    }

    /// Expresses the wish to end.
    pub(crate) fn end(&self) {
        self.shutdown.trigger();
    }

    /// Ends, and waits until the API has ended.
    pub(crate) async fn stop(self) {
        self.end();
        soon(self.serving).await.unwrap();
        self.engine.stop().await;
    }

    /// Sends a request and returns the answer.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> raw::Answer {
        soon(raw::ask(self.address, method, path, headers, body.as_bytes())).await
    }

    /// Sends JSON or YAML.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> raw::Answer {
        let headers = ["content-type: application/x-yaml"];
        self.ask(method, path, &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> raw::Answer {
        self.ask("GET", path, &[], "").await
    }
}

/// The outcome, within the time that any step of a test may take.
pub(crate) async fn soon<T>(outcome: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), outcome)
        .await
        .expect("in time")
}

/// The code of a problem as the API tells it, and where it is: path, line and column.
pub(crate) fn placed(problem: &serde_json::Value) -> (&str, &str, u64, u64) {
    (
        problem["code"].as_str().unwrap(),
        problem["path"].as_str().unwrap(),
        problem["line"].as_u64().unwrap(),
        problem["column"].as_u64().unwrap(),
    )
}
