//! The simulated platform is held to the suite that every driver is held to.

#![cfg(all(feature = "simulated", feature = "conformance"))]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use indexmap::IndexMap;
use vamp_drivers::conformance::{Behaviour, Claims, Platform, run_all};
use vamp_drivers::simulated::{Operation, SimulatedDriver, SimulatedOptions};
use vamp_drivers::{
    Driver, ErrorKind, InstanceState, ObservedInstance, PortSpec, ScaleSpec, ServiceId, ServiceSpec,
};
use vamp_io::clock::SystemClock;
use vamp_model::{Deployable, PortKind};

struct Simulated(SimulatedDriver);

#[async_trait]
impl Platform for Simulated {
    fn driver(&self) -> &dyn Driver {
        &self.0
    }

    fn service(&self, id: &ServiceId, behaviour: Behaviour) -> ServiceSpec {
        let ends = (behaviour == Behaviour::EndsAtOnce).then_some("ended: exit status: 1");
        self.0.end_at_start(id, ends);
        self.0.hold_back(id, behaviour == Behaviour::NeverReady);
        spec(id)
    }

    async fn crash(&self, instance: &ObservedInstance) {
        assert!(self.0.crash(&instance.name, "ended: exit status: 1", &[]));
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(600)
    }
}

fn spec(id: &ServiceId) -> ServiceSpec {
    ServiceSpec {
        id: id.clone(),
        deployable: Deployable {
            kind: Some("docker".to_owned()),
            definition: "shop/web:1.0".to_owned(),
        },
        ports: vec![PortSpec {
            name: "web".to_owned(),
            number: 8080,
            kind: PortKind::Http,
        }],
        environment: IndexMap::new(),
        health_checks: Vec::new(),
        scale: ScaleSpec {
            cpu: None,
            memory: None,
            instances: 1,
        },
    }
}

fn id() -> ServiceId {
    ServiceId {
        deployment: "shop".to_owned(),
        cluster: "web".to_owned(),
        service: "web:1.0".to_owned(),
    }
}

fn driver(options: SimulatedOptions) -> SimulatedDriver {
    SimulatedDriver::new(options, Arc::new(SystemClock))
}

fn with_delays() -> SimulatedOptions {
    let mut options = SimulatedOptions::default();
    options.start_delay = Duration::from_secs(3);
    options.drain_delay = Duration::from_secs(2);
    options.stop_delay = Duration::from_secs(1);
    options
}

const CLAIMS: Claims = Claims {
    deployables: &["container/docker", "docker", "process", "command", "cmd"],
    cpu_limit: true,
    memory_limit: true,
    networks: true,
    https_checks: true,
    survives_server: true,
};

#[tokio::test(start_paused = true)]
async fn the_simulated_platform_does_what_a_driver_has_to_do() {
    for options in [SimulatedOptions::default(), with_delays()] {
        run_all(&Simulated(driver(options)), CLAIMS)
            .await
            .unwrap_or_else(|violations| panic!("{violations}"));
    }
}

#[tokio::test(start_paused = true)]
async fn delays_are_kept_to_the_moment() {
    let driver = driver(with_delays());
    let one_left = Duration::from_millis(1);
    driver.deploy(&spec(&id())).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3).checked_sub(one_left).unwrap()).await;
    assert_eq!(driver.instances(&id(), InstanceState::Starting).len(), 1);
    tokio::time::sleep(one_left).await;
    assert_eq!(driver.instances(&id(), InstanceState::Ready).len(), 1);

    let mut none = spec(&id());
    none.scale.instances = 0;
    driver.deploy(&none).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3).checked_sub(one_left).unwrap()).await;
    assert_eq!(driver.instances(&id(), InstanceState::Going).len(), 1);
    tokio::time::sleep(one_left).await;
    assert!(driver.look()[0].instances.is_empty());
}

#[tokio::test]
async fn without_delays_everything_has_happened_when_a_call_returns() {
    let driver = driver(SimulatedOptions::default());
    driver.deploy(&spec(&id())).await.unwrap();
    assert!(driver.look()[0].is_settled());
    driver.undeploy(&id()).await.unwrap();
    assert!(driver.look().is_empty());
}

#[tokio::test]
async fn a_platform_that_cannot_be_asked_is_an_error_and_goes_on() {
    let driver = driver(SimulatedOptions::default());
    driver.deploy(&spec(&id())).await.unwrap();
    driver.set_unavailable(true);
    // S05-006: that it could not be asked is never an answer without the service.
    let error = driver.list().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable);
    assert!(error.is_temporary());
    assert!(driver.deploy(&spec(&id())).await.is_err() && driver.undeploy(&id()).await.is_err());
    driver.set_unavailable(false);
    assert_eq!(driver.list().await.unwrap(), driver.look());
    assert!(driver.look()[0].is_settled());
}

#[tokio::test]
async fn so_many_calls_fail_as_was_set_and_all_are_counted() {
    let driver = driver(SimulatedOptions::default());
    driver.fail(Operation::Deploy, 2, ErrorKind::Unavailable);
    for _ in 0..2 {
        assert!(driver.deploy(&spec(&id())).await.is_err());
        assert!(driver.list().await.unwrap().is_empty());
    }
    driver.deploy(&spec(&id())).await.unwrap();
    let calls = driver.calls();
    assert_eq!((calls.deploy, calls.list, calls.undeploy), (3, 2, 0));
}

#[tokio::test]
async fn a_clone_is_the_same_platform() {
    let first = driver(SimulatedOptions::default());
    first.deploy(&spec(&id())).await.unwrap();
    let second = first.clone();
    drop(first);
    assert!(second.list().await.unwrap()[0].is_settled());
}

#[tokio::test]
async fn what_is_ill_gets_no_traffic_until_it_is_well() {
    let driver = driver(SimulatedOptions::default());
    driver.deploy(&spec(&id())).await.unwrap();
    let name = driver.instances(&id(), InstanceState::Ready).remove(0);
    assert!(driver.set_ill(&name, true));
    assert_eq!(
        driver.instances(&id(), InstanceState::Ill),
        std::slice::from_ref(&name)
    );
    assert!(driver.set_ill(&name, false));
    assert_eq!(driver.instances(&id(), InstanceState::Ready), [name]);
    assert!(!driver.set_ill("nobody", true));
}
