//! A real server, stores in it, and a client that is not ours.

use std::net::SocketAddr;

use async_trait::async_trait;
use vamp_kv::Key;
use vamp_kv::conformance::Failure;
use vamp_kv::conformance::outages::Server;
use vamp_kv::zookeeper::{ZooKeeperConfig, ZooKeeperStore};
use vamp_testkit::servers::ZooKeeper;

/// A real ZooKeeper that the suite can do to what happens to servers.
pub(crate) struct Controlled(pub(crate) ZooKeeper);

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

/// The settings for one server.
pub(crate) fn config(server: SocketAddr) -> ZooKeeperConfig {
    ZooKeeperConfig::new([server.to_string()])
}

/// A store that speaks with this address.
pub(crate) fn connect(server: SocketAddr) -> ZooKeeperStore {
    ZooKeeperStore::connect(config(server)).unwrap()
}

pub(crate) fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

/// A client of ZooKeeper that is not ours.
pub(crate) async fn other_client(zookeeper: &ZooKeeper) -> zookeeper::Client {
    zookeeper::Client::connect(&zookeeper.address().to_string())
        .await
        .unwrap()
}
