//! Many worlds, each made of a seed: whatever is asked for and whatever fails, in whatever order, in the end everything is as wanted.
//!
//! `VAMP_SEED=17 cargo test -p vamp-engine --test engine simulation` plays one world again.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use vamp_drivers::ErrorKind as DriverErrorKind;
use vamp_drivers::simulated::{Operation, SimulatedOptions};
use vamp_engine::{ErrorKind, Request};
use vamp_model::{Gateway, Kind, Phase, Target};

use crate::support::{Fault, Rig};

const SEEDS: u64 = 256;
const STEPS: usize = 30;

#[test]
fn whatever_fails_in_the_end_everything_is_as_wanted() {
    let seeds = match std::env::var("VAMP_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (0..SEEDS).collect(),
    };
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    play(*seed);
                }
            });
        }
    });
}

fn play(seed: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let told = Told(seed);
    runtime.block_on(async {
        let mut world = World::new(seed).await;
        for _ in 0..STEPS {
            world.step().await;
        }
        world.heal().await;
        world.check().await;
    });
    drop(told);
}

/// Tells the seed of a world that failed.
struct Told(u64);

impl Drop for Told {
    #[expect(clippy::print_stderr, reason = "for whoever reads the failure")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("play it again with VAMP_SEED={}", self.0);
        }
    }
}

/// What was asked for and taken.
#[derive(Debug, Default, Clone, PartialEq)]
struct Wish {
    /// Instances by deployment and service.
    services: BTreeMap<(String, String), u32>,
    /// Weights by gateway and route.
    weights: BTreeMap<String, BTreeMap<String, u8>>,
    /// Gateways of the user.
    gateways: BTreeMap<String, u16>,
}

struct World {
    rig: Rig,
    random: StdRng,
    wish: Wish,
    /// Whether an answer stayed out, so that only the engine knows what is wanted.
    unsure: bool,
    log: Vec<String>,
}

const DEPLOYMENTS: [&str; 3] = ["a", "b", "c"];
const VERSIONS: [&str; 3] = ["web:1", "web:2", "web:3"];

impl World {
    async fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut options = SimulatedOptions::default();
        options.start_delay = Duration::from_millis(random.random_range(0..3000));
        options.drain_delay = Duration::from_millis(random.random_range(0..1000));
        options.stop_delay = Duration::from_millis(random.random_range(0..2000));
        Self {
            rig: Rig::with(options).await,
            random,
            wish: Wish::default(),
            unsure: false,
            log: Vec::new(),
        }
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.random.random_range(0..from.len())]
    }

    async fn step(&mut self) {
        if !self.rig.has_engine() {
            self.rig.start().await;
        }
        match self.random.random_range(0..100) {
            0..20 => self.deploy().await,
            20..32 => self.undeploy().await,
            32..52 => self.weigh().await,
            52..60 => self.gateway().await,
            60..90 => self.fault().await,
            _ => {}
        }
        let pause = self.random.random_range(0..4);
        let pause = [0, 3, 300, 3000][pause];
        let pause = Duration::from_millis(self.random.random_range(0..=pause));
        tokio::time::sleep(pause).await;
    }

    async fn deploy(&mut self) {
        let deployment = self.pick(&DEPLOYMENTS);
        let mut yaml = format!("name: {deployment}\nclusters:\n  web:\n    services:\n");
        let mut named = Vec::new();
        for version in VERSIONS {
            if self.random.random_bool(0.5) {
                let instances = self.random.random_range(0..4);
                yaml.push_str(&format!(
                    "    - breed: {{name: '{version}', deployable: {{type: process, definition: serve}}, ports: {{http: 8080}}}}\n      \
                     scale: {{cpu: 1, memory: 1MB, instances: {instances}}}\n"
                ));
                named.push((version, instances));
            }
        }
        if named.is_empty() {
            return;
        }
        self.log.push(format!("deploy {deployment} {named:?}"));
        let answer = self.rig.try_deploy(&yaml, &Request::default()).await;
        match answer {
            Ok(_) => {
                for (version, instances) in named {
                    let key = (deployment.to_owned(), version.to_owned());
                    self.wish.services.insert(key, instances);
                }
                self.forget_weights(deployment);
            }
            Err(error) => self.refused(&error),
        }
    }

    async fn undeploy(&mut self) {
        let deployment = self.pick(&DEPLOYMENTS);
        let version = self.pick(&VERSIONS);
        let all = self.random.random_bool(0.3);
        self.log
            .push(format!("undeploy {deployment} {version} all: {all}"));
        let answer = if all {
            let name = deployment.parse().unwrap();
            self.rig.engine().undeploy_all(&name, &Request::default()).await
        } else {
            let yaml = format!("name: x\nclusters: {{web: {{services: [{{breed: '{version}'}}]}}}}");
            self.rig.undeploy(deployment, &yaml).await
        };
        match answer {
            Ok(_) => {
                self.wish
                    .services
                    .retain(|(of, service), _| of != deployment || !(all || service == version));
                self.forget_weights(deployment);
            }
            Err(error) => self.refused(&error),
        }
    }

    async fn weigh(&mut self) {
        let deployment = self.pick(&DEPLOYMENTS);
        let name = format!("{deployment}/web/http");
        let Some(gateway) = self.rig.gateway(&name).await else {
            return;
        };
        let routes: Vec<String> = gateway.routes.keys().map(ToString::to_string).collect();
        let chosen = self.random.random_range(0..routes.len());
        let most = self.random.random_range(0..=100_u8);
        let weights: Vec<(&str, u8)> = routes
            .iter()
            .enumerate()
            .map(|(position, route)| {
                let other = (chosen + 1) % routes.len();
                let weight = match position {
                    _ if routes.len() == 1 => 100,
                    _ if position == chosen => most,
                    _ if position == other => 100 - most,
                    _ => 0,
                };
                (route.as_str(), weight)
            })
            .collect();
        self.log.push(format!("weigh {name} {weights:?}"));
        match self.rig.weigh(&name, &weights).await {
            Ok(_) => {
                let weights = weights
                    .iter()
                    .map(|(route, weight)| ((*route).to_owned(), *weight));
                self.wish.weights.insert(name, weights.collect());
            }
            Err(error) => self.refused(&error),
        }
    }

    async fn gateway(&mut self) {
        let name = self.pick(&["edge", "inner"]).to_owned();
        let port = self.random.random_range(8090..8093);
        let deployment = self.pick(&DEPLOYMENTS);
        let delete = self.random.random_bool(0.3);
        self.log.push(format!("gateway {name} {port} delete: {delete}"));
        let answer = if delete {
            let request = Request::default();
            let deleted = self.rig.engine().delete(Kind::Gateway, &name, &request);
            deleted.await.map(|_| ())
        } else {
            let yaml = format!("name: {name}\nport: {port}\nroutes: {{{deployment}/web/http: {{}}}}");
            let gateway: Gateway = vamp_model::read(&yaml, vamp_model::Format::Yaml).unwrap();
            self.rig.update(gateway).await.map(|_| ())
        };
        match answer {
            Ok(()) if delete => drop(self.wish.gateways.remove(&name)),
            Ok(()) => drop(self.wish.gateways.insert(name, port)),
            Err(error) => self.refused(&error),
        }
    }

    /// A request that was refused changes nothing; of one without answer nobody knows.
    fn refused(&mut self, error: &vamp_engine::Error) {
        self.log.push(format!("  {error}"));
        self.unsure |= !matches!(error.kind(), ErrorKind::Invalid | ErrorKind::NotFound);
    }

    /// Weights change with the services.
    fn forget_weights(&mut self, deployment: &str) {
        self.wish.weights.remove(&format!("{deployment}/web/http"));
    }

    async fn fault(&mut self) {
        let fault = self.random.random_range(0..12);
        self.log.push(format!("fault {fault}"));
        let times = self.random.random_range(1..4);
        match fault {
            0 => self.rig.driver.set_unavailable(true),
            1 => self.rig.driver.set_unavailable(false),
            2 => self
                .rig
                .driver
                .fail(Operation::Deploy, times, DriverErrorKind::Unavailable),
            3 => self
                .rig
                .driver
                .fail(Operation::Undeploy, times, DriverErrorKind::Unavailable),
            4 => self
                .rig
                .driver
                .fail(Operation::List, times, DriverErrorKind::Unavailable),
            5 => self.rig.key_value.set_away(true),
            6 => self.rig.key_value.set_away(false),
            7 => self.rig.store.fail(Fault::Before),
            8 => self.rig.store.fail(Fault::After),
            9 => {
                let services = self.rig.driver.look();
                let instances: Vec<String> = services
                    .into_iter()
                    .flat_map(|service| service.instances)
                    .map(|instance| instance.name)
                    .collect();
                if !instances.is_empty() {
                    let instance = &instances[self.random.random_range(0..instances.len())];
                    self.rig
                        .driver
                        .crash(instance, "ended with exit status 1", &["bye"]);
                }
            }
            // At whatever it is doing just now.
            _ => self.rig.crash(),
        }
    }

    async fn heal(&mut self) {
        self.log.push("heal".to_owned());
        self.rig.driver.set_unavailable(false);
        for operation in [Operation::Deploy, Operation::Undeploy, Operation::List] {
            self.rig.driver.fail(operation, 0, DriverErrorKind::Unavailable);
        }
        self.rig.key_value.set_away(false);
        self.rig.store.heal();
        if !self.rig.has_engine() {
            self.rig.start().await;
        }
    }

    async fn check(&mut self) {
        let log = self.log.join("\n");
        let end = tokio::time::Instant::now() + Duration::from_secs(300);
        loop {
            match self.complaint().await {
                None => break,
                Some(complaint) => {
                    assert!(tokio::time::Instant::now() < end, "{complaint}\n{log}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        // Once there, it stays there, and nobody is told anything any more.
        let calls = self.rig.driver.calls();
        let applications = self.rig.agent().applications();
        tokio::time::sleep(Duration::from_secs(70)).await;
        assert_eq!(self.complaint().await, None, "{log}");
        let later = self.rig.driver.calls();
        assert_eq!(
            (later.deploy, later.undeploy),
            (calls.deploy, calls.undeploy),
            "{log}"
        );
        assert_eq!(self.rig.agent().applications(), applications, "{log}");
        assert_eq!(self.rig.guarded.cut_off(), Vec::<String>::new(), "{log}");
    }

    /// What is not as wanted yet.
    async fn complaint(&mut self) -> Option<String> {
        if !self.rig.is_settled().await {
            return Some("not settled".to_owned());
        }
        let deployments = self.rig.deployments().await;
        let mut wanted = BTreeMap::new();
        for deployment in &deployments {
            for service in deployment.clusters.values().flat_map(|cluster| &cluster.services) {
                let key = (deployment.name.to_string(), service.breed.name.to_string());
                wanted.insert(key, service.scale.as_ref().unwrap().instances);
                if service.status.phase != Phase::Done {
                    return Some(format!("{:?}", service.status));
                }
            }
        }
        let gateways = self.rig.gateways().await;
        if !self.unsure {
            if wanted != self.wish.services {
                return Some(format!(
                    "{wanted:?} is wanted, asked for was {:?}",
                    self.wish.services
                ));
            }
            for (name, weights) in &self.wish.weights {
                let is: BTreeMap<String, u8> = self.rig.weights(name).await.into_iter().collect();
                if is != *weights {
                    return Some(format!("{name}: {is:?} in place of {weights:?}"));
                }
            }
            let own: BTreeMap<String, u16> = gateways
                .iter()
                .filter(|gateway| !gateway.is_internal())
                .map(|gateway| {
                    (
                        gateway.name.as_ref().unwrap().to_string(),
                        gateway.port.as_ref().unwrap().number(),
                    )
                })
                .collect();
            if own != self.wish.gateways {
                return Some(format!("{own:?} in place of {:?}", self.wish.gateways));
            }
        }
        self.platform(&wanted).or_else(|| self.routing(&gateways))
    }

    /// What the platform runs is what is wanted.
    fn platform(&self, wanted: &BTreeMap<(String, String), u32>) -> Option<String> {
        let services = self.rig.driver.look();
        let running: BTreeMap<(String, String), u32> = services
            .iter()
            .map(|service| {
                let key = (service.id.deployment.clone(), service.id.service.clone());
                (key, u32::try_from(service.instances.len()).unwrap())
            })
            .collect();
        let without_idle = |services: &BTreeMap<(String, String), u32>| -> BTreeMap<(String, String), u32> {
            let busy = services.iter().filter(|(_, instances)| **instances > 0);
            busy.map(|(key, instances)| (key.clone(), *instances)).collect()
        };
        (without_idle(&running) != without_idle(wanted))
            .then(|| format!("{running:?} in place of {wanted:?}"))
    }

    /// Each route leads to the instances that are ready, no port is given twice, and the agent runs just that.
    fn routing(&self, gateways: &[Gateway]) -> Option<String> {
        let text = self.rig.agent().text();
        let mut ports = BTreeMap::new();
        for gateway in gateways {
            let name = gateway.name.as_ref().unwrap().to_string();
            if let Some(other) = ports.insert(gateway.port.as_ref().unwrap().number(), name.clone()) {
                return Some(format!("{name} and {other} have the same port"));
            }
            let weights: u32 = gateway.weight_sum();
            if !gateway.routes.is_empty() && weights != 100 {
                return Some(format!("{name} has weights of {weights}"));
            }
        }
        for service in self.rig.driver.look() {
            let id = &service.id;
            let gateway = format!("{}/{}/http", id.deployment, id.cluster);
            let path = format!("{}/{}/{}/http", id.deployment, id.cluster, id.service);
            let route = gateways
                .iter()
                .filter(|candidate| {
                    candidate
                        .name
                        .as_ref()
                        .is_some_and(|name| name.as_str() == gateway)
                })
                .find_map(|gateway| gateway.route(&path.parse().unwrap()));
            let targets: Vec<&String> = route
                .iter()
                .flat_map(|route| &route.targets)
                .filter_map(|target| match target {
                    Target::Internal { name, .. } => Some(name),
                    Target::External { .. } => None,
                })
                .collect();
            let ready: Vec<&String> = service.ready().map(|instance| &instance.name).collect();
            if targets != ready {
                return Some(format!("{path} leads to {targets:?}, ready are {ready:?}"));
            }
            for instance in service.ready() {
                let address = format!("{}:{} ", instance.host, instance.ports["http"]);
                if !text.contains(&address) {
                    return Some(format!("the agent does not know {address}"));
                }
            }
        }
        None
    }
}
