//! An engine with everything around it. Time is paused: it goes on when nothing else is left to do.

mod agent;
mod driver;
mod key_value;
mod store;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use vamp_drivers::ServiceId;
use vamp_drivers::simulated::{SimulatedDriver, SimulatedOptions};
use vamp_engine::{
    Answer, Engine, EngineOptions, Error, Event, EventQuery, Page, Parts, Request, VirtualHostOptions,
};
use vamp_haproxy::check::ConfigurationCheck;
use vamp_io::clock::Clock;
use vamp_kv::handover::HandOver;
use vamp_model::{
    AnyArtifact, Deployment, DeploymentService, Format, Gateway, Kind, Percentage, Phase, RoutePath, read,
    read_deployment_request,
};
use vamp_store::memory::MemoryStore;

pub(crate) use agent::TestAgent;
pub(crate) use driver::Guarded;
pub(crate) use key_value::{Outages, Trouble};
pub(crate) use store::{Fault, Faulty};

/// A clock that goes with tokio's, which tests pause.
#[derive(Debug)]
pub(crate) struct TokioClock {
    origin: Instant,
}

impl TokioClock {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        let midnight: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        midnight + self.origin.elapsed()
    }
}

/// An engine with everything around it.
pub(crate) struct Rig {
    pub(crate) clock: Arc<TokioClock>,
    pub(crate) store: Arc<Faulty>,
    pub(crate) driver: SimulatedDriver,
    pub(crate) guarded: Arc<Guarded>,
    pub(crate) key_value: Arc<Outages>,
    pub(crate) checker: Option<Arc<dyn ConfigurationCheck>>,
    pub(crate) options: EngineOptions,
    pub(crate) agent: Option<TestAgent>,
    engine: Option<Engine>,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(SimulatedOptions::default()).await
    }

    pub(crate) async fn with(simulated: SimulatedOptions) -> Self {
        let mut rig = Self::without_engine(simulated);
        rig.start_agent().await;
        rig.start().await;
        rig
    }

    pub(crate) fn without_engine(simulated: SimulatedOptions) -> Self {
        let clock = Arc::new(TokioClock::new());
        let driver = SimulatedDriver::new(simulated, clock.clone());
        let mut options = EngineOptions::new("/run/vamp");
        options.virtual_hosts = VirtualHostOptions::default();
        options.server_id = Some("server-1".to_owned());
        Self {
            store: Arc::new(Faulty::new(MemoryStore::new(clock.clone()))),
            guarded: Arc::new(Guarded::new(driver.clone())),
            driver,
            key_value: Arc::new(Outages::new(vamp_kv::memory::MemoryStore::new())),
            checker: None,
            options,
            agent: None,
            engine: None,
            clock,
        }
    }

    pub(crate) fn hand_over(&self) -> HandOver {
        let base = "/vamp/default".parse().unwrap();
        HandOver::new(self.key_value.clone(), &base, "haproxy", "2.4").unwrap()
    }

    pub(crate) async fn start_agent(&mut self) {
        let agent = TestAgent::start(self.hand_over(), self.clock.clone());
        agent.is_there().await;
        self.guarded.watch(Some(agent.clone()));
        self.agent = Some(agent);
    }

    pub(crate) fn stop_agent(&mut self) {
        self.guarded.watch(None);
        if let Some(agent) = self.agent.take() {
            agent.stop();
        }
    }

    pub(crate) fn agent(&self) -> &TestAgent {
        self.agent.as_ref().unwrap()
    }

    pub(crate) async fn try_start(&mut self) -> Result<(), Error> {
        let parts = Parts {
            artifacts: self.store.clone(),
            events: self.store.clone(),
            drivers: vec![self.guarded.clone()],
            hand_over: self.hand_over(),
            checker: self.checker.clone(),
            clock: self.clock.clone(),
        };
        self.engine = Some(Engine::start(self.options.clone(), parts).await?);
        Ok(())
    }

    pub(crate) async fn start(&mut self) {
        self.try_start().await.unwrap();
    }

    /// Ends the engine as a crash would: whatever it is doing stays half done.
    pub(crate) fn crash(&mut self) {
        self.engine = None;
    }

    pub(crate) async fn restart(&mut self) {
        self.crash();
        self.start().await;
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    pub(crate) fn has_engine(&self) -> bool {
        self.engine.is_some()
    }

    pub(crate) async fn deploy(&self, yaml: &str) -> Answer {
        self.try_deploy(yaml, &Request::default()).await.unwrap()
    }

    pub(crate) async fn try_deploy(&self, yaml: &str, request: &Request) -> Result<Answer, Error> {
        let blueprint = read_deployment_request(yaml, Format::Yaml).unwrap();
        self.engine().deploy(None, blueprint, request).await
    }

    pub(crate) async fn undeploy(&self, name: &str, yaml: &str) -> Result<Answer, Error> {
        let blueprint = read_deployment_request(yaml, Format::Yaml).unwrap();
        let name = name.parse().unwrap();
        self.engine()
            .undeploy(&name, blueprint, &Request::default())
            .await
    }

    pub(crate) async fn create(&self, yaml: &str) -> Result<Answer, Error> {
        let gateway: Gateway = read(yaml, Format::Yaml).unwrap();
        self.engine()
            .create(AnyArtifact::Gateway(gateway), &Request::default())
            .await
    }

    pub(crate) async fn update(&self, gateway: Gateway) -> Result<Answer, Error> {
        let name = gateway.name.clone().unwrap();
        self.engine()
            .update(name.as_str(), AnyArtifact::Gateway(gateway), &Request::default())
            .await
    }

    /// Gives the routes of a gateway these weights.
    pub(crate) async fn weigh(&self, name: &str, weights: &[(&str, u8)]) -> Result<Answer, Error> {
        let mut gateway = self.gateway(name).await.unwrap();
        for (path, weight) in weights {
            let path: RoutePath = path.parse().unwrap();
            gateway.routes[&path].inline_mut().unwrap().weight = Percentage::new(*weight);
        }
        self.update(gateway).await
    }

    pub(crate) async fn gateway(&self, name: &str) -> Option<Gateway> {
        match self.engine().get(Kind::Gateway, name).await.unwrap()?.artifact {
            AnyArtifact::Gateway(gateway) => Some(gateway),
            _ => None,
        }
    }

    pub(crate) async fn gateways(&self) -> Vec<Gateway> {
        let listing = self.engine().list(Kind::Gateway, Page::ALL).await.unwrap();
        let gateways = listing.items.into_iter().map(|item| match item.artifact {
            AnyArtifact::Gateway(gateway) => gateway,
            other => panic!("{other:?}"),
        });
        gateways.collect()
    }

    pub(crate) async fn deployment(&self, name: &str) -> Option<Deployment> {
        match self.engine().get(Kind::Deployment, name).await.unwrap()?.artifact {
            AnyArtifact::Deployment(deployment) => Some(deployment),
            _ => None,
        }
    }

    pub(crate) async fn deployments(&self) -> Vec<Deployment> {
        let listing = self.engine().list(Kind::Deployment, Page::ALL).await.unwrap();
        let deployments = listing.items.into_iter().map(|item| match item.artifact {
            AnyArtifact::Deployment(deployment) => deployment,
            other => panic!("{other:?}"),
        });
        deployments.collect()
    }

    pub(crate) async fn service(&self, deployment: &str, breed: &str) -> Option<DeploymentService> {
        let deployment = self.deployment(deployment).await?;
        let mut services = deployment
            .clusters
            .into_values()
            .flat_map(|cluster| cluster.services);
        services.find(|service| service.breed.name.as_str() == breed)
    }

    /// The weights of a gateway's routes, in their order.
    pub(crate) async fn weights(&self, gateway: &str) -> Vec<(String, u8)> {
        let gateway = self.gateway(gateway).await.unwrap();
        let weights = gateway.inline_routes();
        weights
            .map(|(path, route)| (path.to_string(), route.weight.unwrap().value()))
            .collect()
    }

    /// Waits until each service of each deployment is as wanted, and the agent has applied all of it.
    pub(crate) async fn settle(&self) {
        self.wait("everything is as wanted", async || self.is_settled().await)
            .await;
    }

    pub(crate) async fn is_settled(&self) -> bool {
        let deployments = self.deployments().await;
        let mut services = deployments
            .iter()
            .flat_map(|deployment| deployment.clusters.values())
            .flat_map(|cluster| &cluster.services);
        let done = services.all(|service| service.status.phase == Phase::Done);
        let publication = self.engine().publication();
        let applied = match &self.agent {
            Some(agent) => agent.applied() == publication.hash,
            None => true,
        };
        done && publication.complete && applied
    }

    /// Looks again and again, for at most two minutes of the paused time.
    pub(crate) async fn wait(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let end = Instant::now() + Duration::from_secs(120);
        while !holds().await {
            assert!(Instant::now() < end, "in vain: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// All events so far, the oldest first, each as its tags that are not made by expansion.
    pub(crate) async fn told(&self) -> Vec<String> {
        self.all_events().await.iter().map(tags).collect()
    }

    pub(crate) async fn all_events(&self) -> Vec<Event> {
        let query = EventQuery {
            page: Page::ALL,
            ..EventQuery::default()
        };
        let page = self.engine().events(query).await.unwrap();
        let mut events = page.items;
        events.sort_by_key(|event| event.sequence);
        events
    }

    /// How many events have all these tags.
    pub(crate) async fn count(&self, tags: &[&str]) -> usize {
        let events = self.all_events().await;
        let matches = |event: &&Event| tags.iter().all(|tag| event.tags.contains(*tag));
        events.iter().filter(matches).count()
    }
}

fn tags(event: &Event) -> String {
    let is_expansion = |tag: &str| {
        let prefix = format!("{tag}:");
        event.tags.iter().any(|other| other.starts_with(&prefix))
    };
    let tags: Vec<&str> = event
        .tags
        .iter()
        .map(String::as_str)
        .filter(|tag| !is_expansion(tag))
        .collect();
    tags.join(" ")
}

pub(crate) fn id(deployment: &str, cluster: &str, service: &str) -> ServiceId {
    ServiceId {
        deployment: deployment.to_owned(),
        cluster: cluster.to_owned(),
        service: service.to_owned(),
    }
}

/// A platform that takes its time.
pub(crate) fn slow() -> SimulatedOptions {
    let mut options = SimulatedOptions::default();
    options.start_delay = Duration::from_secs(2);
    options.stop_delay = Duration::from_secs(1);
    options
}

/// A blueprint `shop` with one cluster `web`, these services and as many instances of each, and a gateway on port 9050 if wanted.
pub(crate) fn shop(services: &[(&str, u32)], gateway: bool) -> String {
    let mut yaml = "name: shop\nclusters:\n  web:\n    services:\n".to_owned();
    for (breed, instances) in services {
        yaml.push_str(&format!(
            "    - breed: {{name: '{breed}', deployable: {{type: process, definition: serve}}, ports: {{http: 8080/http}}}}\n      \
             scale: {{cpu: 0.1, memory: 64MB, instances: {instances}}}\n"
        ));
    }
    if gateway {
        yaml.push_str("gateways: {9050: {routes: {web/http: {weight: 100%}}}}\n");
    }
    yaml
}
