//! An etcd to which the suite does what happens to servers.

use async_trait::async_trait;
use vamp_kv::conformance::Failure;
use vamp_kv::conformance::outages::Server;
use vamp_testkit::servers::Etcd;

/// A real etcd that the suite can do to what happens to servers.
pub(crate) struct Controlled(pub(crate) Etcd);

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
