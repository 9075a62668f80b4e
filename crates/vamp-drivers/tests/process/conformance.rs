use std::time::Duration;

use async_trait::async_trait;
use vamp_drivers::conformance::{Behaviour, Claims, Platform, run_all};
use vamp_drivers::process::ProcessDriver;
use vamp_drivers::{Driver, ObservedInstance, ServiceId, ServiceSpec};
use vamp_io::process::Tell;

use crate::bench::{Bench, PATIENCE, playing};

struct Processes {
    bench: Bench,
    driver: ProcessDriver,
}

#[async_trait]
impl Platform for Processes {
    fn driver(&self) -> &dyn Driver {
        &self.driver
    }

    fn service(&self, id: &ServiceId, behaviour: Behaviour) -> ServiceSpec {
        let role = match behaviour {
            Behaviour::Serves => "serves",
            Behaviour::EndsAtOnce => "ends",
            Behaviour::NeverReady => "never-ready",
        };
        playing(id, role)
    }

    async fn crash(&self, instance: &ObservedInstance) {
        self.bench.process(&instance.name).tell(Tell::Kill).unwrap();
    }

    fn patience(&self) -> Duration {
        PATIENCE * 2
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn local_processes_do_what_a_driver_has_to_do() {
    let bench = Bench::new(200);
    let driver = bench.start().await;
    let platform = Processes { bench, driver };
    let claims = Claims {
        deployables: &["process", "command", "cmd"],
        survives_server: true,
        ..Claims::default()
    };
    run_all(&platform, claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
    assert!(platform.bench.processes().is_empty(), "nothing is left");
    let left = std::fs::read_dir(platform.bench.state("instances"))
        .unwrap()
        .count()
        + std::fs::read_dir(platform.bench.state("services"))
            .unwrap()
            .count();
    assert_eq!(left, 0, "not even on disk");
}
