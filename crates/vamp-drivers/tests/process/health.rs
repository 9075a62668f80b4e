//! Health checks.

use std::time::Duration;

use vamp_drivers::{Driver as _, ErrorKind, InstanceState, ServiceSpec};
use vamp_model::{HealthCheck, Protocol, Seconds};

use crate::bench::{Bench, id, playing, serving, settled, until};

fn checked(mut spec: ServiceSpec, path: &str, protocol: Protocol) -> ServiceSpec {
    spec.health_checks.push(HealthCheck {
        path: path.to_owned(),
        port: "web".parse().unwrap(),
        initial_delay: Seconds::new(0),
        timeout: Seconds::new(5),
        interval: Seconds::new(0),
        failures: 2,
        protocol,
    });
    spec
}

#[tokio::test]
async fn an_instance_that_fails_its_health_check_gets_no_traffic_until_it_passes_again() {
    let bench = Bench::new(4);
    let driver = bench.start().await;
    let spec = checked(serving(&id("ill")), "/health", Protocol::Http);
    let service = settled(&driver, &spec).await;
    let name = &service.instances[0].name;
    let ill = bench.instance(name).join("work/ill");
    std::fs::write(&ill, "").unwrap();
    until(&driver, &spec.id, |service| {
        service.instances[0].state == InstanceState::Ill
    })
    .await;
    std::fs::remove_file(&ill).unwrap();
    let well = until(&driver, &spec.id, |service| service.is_settled()).await;
    assert_eq!(well.instances[0].name, *name, "it was not replaced");
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn an_instance_that_stays_ill_or_never_gets_ready_is_replaced() {
    let mut bench = Bench::new(20);
    bench.config.ill_limit = Duration::from_millis(100);
    bench.config.start_limit = Duration::from_millis(500);
    let driver = bench.start().await;
    // A start limit that suits the other service would be too short for this one on a busy machine.
    let mut spec = checked(serving(&id("ill")), "/health", Protocol::Http);
    spec.health_checks[0].initial_delay = Seconds::new(20);
    let service = settled(&driver, &spec).await;
    spec.health_checks[0].initial_delay = Seconds::new(0);
    let name = service.instances[0].name.clone();
    let changed = settled(&driver, &spec).await;
    assert_eq!(
        changed.instances[0].name, name,
        "other health checks need no restart"
    );
    std::fs::write(bench.instance(&name).join("work/ill"), "").unwrap();
    let service = until(&driver, &spec.id, |service| service.failure.is_some()).await;
    let reason = service.failure.unwrap().reason;
    assert!(
        reason.contains("was ill for 100ms: http://127.0.0.1:") && reason.contains("answers 503"),
        "{reason}"
    );

    let silent = playing(&id("silent"), "never-ready");
    driver.deploy(&silent).await.unwrap();
    let service = until(&driver, &silent.id, |service| service.failure.is_some()).await;
    let reason = service.failure.unwrap().reason;
    assert!(
        reason.contains("was not ready within 500ms: 127.0.0.1:"),
        "{reason}"
    );
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn health_checks_that_cannot_be_made_are_refused() {
    let bench = Bench::new(4);
    let driver = bench.start().await;
    let cases = [
        (Protocol::Https, "/", ErrorKind::Unsupported, "plain HTTP only"),
        (Protocol::Http, "/a b", ErrorKind::Definition, "'/a b'"),
        (Protocol::Http, "health", ErrorKind::Definition, "'health'"),
    ];
    for (protocol, path, kind, reason) in cases {
        let spec = checked(serving(&id("refused")), path, protocol);
        let error = driver.deploy(&spec).await.unwrap_err();
        assert_eq!(*error.kind(), kind);
        assert!(error.to_string().contains(reason), "{error}");
    }
}
