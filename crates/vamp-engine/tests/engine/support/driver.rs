//! A driver that looks whether what it is told to end is out of traffic.

use async_trait::async_trait;
use futures::stream::BoxStream;
use parking_lot::Mutex;
use vamp_drivers::simulated::SimulatedDriver;
use vamp_drivers::{Capabilities, Driver, Notice, ObservedService, Result, ServiceId, ServiceSpec};

use super::TestAgent;

/// Passes everything on, and takes note of services that are ended while the agent still sends requests to them.
#[derive(Debug)]
pub(crate) struct Guarded {
    inner: SimulatedDriver,
    agent: Mutex<Option<TestAgent>>,
    cut_off: Mutex<Vec<String>>,
}

impl Guarded {
    pub(crate) fn new(inner: SimulatedDriver) -> Self {
        Self {
            inner,
            agent: Mutex::new(None),
            cut_off: Mutex::default(),
        }
    }

    /// From now on this agent is looked at, or none.
    pub(crate) fn watch(&self, agent: Option<TestAgent>) {
        *self.agent.lock() = agent;
    }

    /// The services that were ended while they had traffic.
    pub(crate) fn cut_off(&self) -> Vec<String> {
        self.cut_off.lock().clone()
    }
}

#[async_trait]
impl Driver for Guarded {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn check(&self, spec: &ServiceSpec) -> Result<Vec<Notice>> {
        self.inner.check(spec)
    }

    async fn list(&self) -> Result<Vec<ObservedService>> {
        self.inner.list().await
    }

    async fn deploy(&self, spec: &ServiceSpec) -> Result<()> {
        self.inner.deploy(spec).await
    }

    async fn undeploy(&self, id: &ServiceId) -> Result<()> {
        let text = self.agent.lock().as_ref().map(TestAgent::text);
        if let Some(text) = text {
            let services = self.inner.look();
            let instances = services
                .iter()
                .filter(|service| service.id == *id)
                .flat_map(|service| &service.instances);
            for instance in instances {
                let has_traffic = instance
                    .ports
                    .values()
                    .any(|port| text.contains(&format!("{}:{port} ", instance.host)));
                if has_traffic {
                    self.cut_off.lock().push(instance.name.clone());
                }
            }
        }
        self.inner.undeploy(id).await
    }

    fn changes(&self) -> BoxStream<'static, ()> {
        self.inner.changes()
    }
}
