//! What is refused, in the words that users of the language know.

#![cfg(feature = "simulated")]

use std::sync::Arc;

use indexmap::IndexMap;
use vamp_drivers::simulated::{SimulatedDriver, SimulatedOptions};
use vamp_drivers::{Driver, Error, ErrorKind, ScaleSpec, ServiceId, ServiceSpec};
use vamp_io::clock::SystemClock;
use vamp_model::Deployable;

fn check(kind: Option<&str>, definition: &str, deployables: &'static [&'static str]) -> Result<(), Error> {
    let mut options = SimulatedOptions::default();
    options.deployables = deployables;
    let driver = SimulatedDriver::new(options, Arc::new(SystemClock));
    let spec = ServiceSpec {
        id: ServiceId {
            deployment: "shop".to_owned(),
            cluster: "web".to_owned(),
            service: "web:1.0".to_owned(),
        },
        deployable: Deployable {
            kind: kind.map(str::to_owned),
            definition: definition.to_owned(),
        },
        ports: Vec::new(),
        environment: IndexMap::new(),
        health_checks: Vec::new(),
        scale: ScaleSpec {
            cpu: None,
            memory: None,
            instances: 1,
        },
    };
    driver.check(&spec).map(drop)
}

#[test]
fn a_type_that_the_driver_does_not_run_is_refused_with_those_that_it_does() {
    let docker: &[&str] = &["container/docker", "docker"];
    let error = check(Some("rkt"), "shop/web:1.0", docker).unwrap_err();
    // S05-007: the text names the type and every alias that is accepted.
    assert_eq!(
        error.message(),
        "Unsupported deployable type 'rkt', supported: container/docker, docker."
    );
    assert_eq!(
        error.to_string(),
        "deploy shop/web/web:1.0: Unsupported deployable type 'rkt', supported: container/docker, docker."
    );
    assert!(!error.is_temporary());
    // S05-009: letters of the other case are another type.
    let error = check(Some("Docker"), "shop/web:1.0", docker).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnsupportedDeployable { .. }));
    // S05-010: without a type it is container/docker.
    assert!(check(None, "shop/web:1.0", docker).is_ok());
    assert!(check(None, "web", &["process"]).is_err());
}

#[test]
fn an_image_that_is_not_named_is_refused() {
    // S05-011: in these words.
    for kind in [None, Some("docker"), Some("container/docker")] {
        let error = check(kind, "", &["container/docker", "docker"]).unwrap_err();
        assert_eq!(error.message(), "Undefined Docker image (deployable).");
        assert_eq!(*error.kind(), ErrorKind::Definition);
    }
    let error = check(Some("cmd"), " ", &["cmd"]).unwrap_err();
    assert_eq!(error.message(), "the definition of the deployable is empty");
}
