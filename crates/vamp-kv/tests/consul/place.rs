//! What the tests of the Consul backend stand on.

use async_trait::async_trait;
use vamp_kv::Key;
use vamp_kv::conformance::Failure;
use vamp_kv::conformance::outages::Server;
use vamp_kv::consul::{ConsulConfig, ConsulStore};
use vamp_testkit::servers::Consul;

/// A real Consul that the suite can do to what happens to servers.
pub(crate) struct Controlled(pub(crate) Consul);

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}

#[async_trait]
impl Server for Controlled {
    async fn kill(&mut self) -> Result<(), Failure> {
        self.0.kill().map_err(failure)
    }

    async fn start_again(&mut self) -> Result<(), Failure> {
        self.0.start_again().await.map_err(failure)
    }

    async fn freeze(&mut self) -> Result<(), Failure> {
        self.0.freeze().map_err(failure)
    }

    async fn thaw(&mut self) -> Result<(), Failure> {
        self.0.thaw().map_err(failure)
    }
}

/// A store that speaks with this address.
pub(crate) async fn connect(endpoint: &str) -> ConsulStore {
    ConsulStore::connect(ConsulConfig::new([endpoint])).await.unwrap()
}

pub(crate) fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

/// A client of Consul that is not ours.
pub(crate) struct Other {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Other {
    pub(crate) fn of(consul: &Consul, token: &str) -> Self {
        Self {
            http: vamp_io::http::client(vamp_io::http::Options::default()).unwrap(),
            base: consul.endpoint(),
            token: token.to_owned(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> bytes::Bytes {
        let url = format!("{}/v1/{path}", self.base);
        let request = self.http.get(url).header("X-Consul-Token", &self.token);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.bytes().await.unwrap()
    }

    pub(crate) async fn put(&self, path: &str, body: impl Into<bytes::Bytes>) -> bytes::Bytes {
        let url = format!("{}/v1/{path}", self.base);
        let request = self.http.put(url).header("X-Consul-Token", &self.token);
        let answer = request.body(body.into()).send().await.unwrap();
        answer.error_for_status().unwrap().bytes().await.unwrap()
    }

    pub(crate) async fn put_json(&self, path: &str, body: serde_json::Value) -> serde_json::Value {
        serde_json::from_slice(&self.put(path, body.to_string()).await).unwrap()
    }
}
