//! How instances end.

use std::time::{Duration, Instant};

use vamp_drivers::{Driver as _, InstanceState};
use vamp_io::process::{ProcessIdentity, Tell};
use vamp_testkit::wait;

use crate::bench::{Bench, PATIENCE, gone, id, playing, portless, serving, settled, until};

#[tokio::test]
async fn the_reason_and_the_last_lines_of_an_instance_that_ended_are_told() {
    let bench = Bench::new(20);
    let driver = bench.start().await;
    driver.deploy(&playing(&id("ends"), "ends")).await.unwrap();
    let service = until(&driver, &id("ends"), |service| service.failure.is_some()).await;
    let failure = service.failure.unwrap();
    assert!(
        failure.reason.ends_with("ended: exit status: 3"),
        "{}",
        failure.reason
    );
    assert_eq!(
        failure.log_tail[failure.log_tail.len() - 2..],
        ["I cannot go on", "really"]
    );

    driver.deploy(&serving(&id("killed"))).await.unwrap();
    let service = until(&driver, &id("killed"), |service| service.is_settled()).await;
    let victim = bench.process(&service.instances[0].name);
    victim.tell(Tell::Kill).unwrap();
    let service = until(&driver, &id("killed"), |service| service.failure.is_some()).await;
    let reason = service.failure.unwrap().reason;
    assert!(reason.ends_with("ended: signal: 9 (SIGKILL)"), "{reason}");
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn logs_of_the_last_that_ended_are_kept_until_the_service_goes() {
    let mut bench = Bench::new(20);
    bench.config.ended_kept = 2;
    let driver = bench.start().await;
    driver.deploy(&playing(&id("ends"), "ends")).await.unwrap();
    let failures = |count: u32| {
        let driver = &driver;
        async move {
            until(driver, &id("ends"), |service| {
                service
                    .failure
                    .as_ref()
                    .is_some_and(|failure| failure.count >= count)
            })
            .await;
        }
    };
    failures(6).await;
    let directories = || std::fs::read_dir(bench.state("instances")).unwrap().count();
    // Two that ended, one that runs, and one that is on its way from this to that.
    assert!(directories() <= 4, "{}", directories());
    driver.undeploy(&id("ends")).await.unwrap();
    gone(&driver, &id("ends")).await;
    assert_eq!(directories(), 0);
}

#[tokio::test]
async fn one_that_does_not_listen_to_sigterm_is_killed_after_the_grace_period() {
    let mut bench = Bench::new(4);
    bench.config.grace = Duration::from_millis(300);
    let driver = bench.start().await;
    let script = r#"sh -c 'trap "echo no" TERM; echo trapped; while :; do sleep 600 & wait; done'"#;
    let service = settled(&driver, &portless(&id("stubborn"), script)).await;
    let name = service.instances[0].name.clone();
    wait::until(PATIENCE, || async { bench.log(&name).contains("trapped") })
        .await
        .unwrap();
    let process = bench.process(&name);
    let begin = Instant::now();
    driver.undeploy(&id("stubborn")).await.unwrap();
    wait::until(PATIENCE, || async { bench.log(&name).contains("no") })
        .await
        .unwrap();
    assert!(process.is_alive() || begin.elapsed() >= Duration::from_millis(300));
    gone(&driver, &id("stubborn")).await;
    assert!(begin.elapsed() >= Duration::from_millis(300));
    assert!(!process.is_alive());
    assert!(bench.processes().is_empty(), "nor does anything that it started");
}

/// A script whose shell ends at once at SIGTERM, while what it started finishes its work; and one that went into a session of
/// its own.
#[tokio::test]
async fn what_an_instance_started_gets_its_time_and_is_not_left_behind() {
    let bench = Bench::new(4);
    let driver = bench.start().await;
    let script = r#"sh -c '
        sh -c "trap \"echo worker done; exit\" TERM; echo worker; while :; do sleep 0.1; done" &
        setsid sh -c "trap \"echo daemon done; exit\" TERM; echo daemon; while :; do sleep 0.1; done" &
        wait'"#;
    let service = settled(&driver, &portless(&id("family"), script)).await;
    let name = service.instances[0].name.clone();
    let log = || std::fs::read_to_string(bench.instance(&name).join("output.log")).unwrap_or_default();
    wait::until(PATIENCE, || async {
        log().contains("worker") && log().contains("daemon")
    })
    .await
    .unwrap();
    assert!(bench.processes().len() >= 3);

    // Kept open, as the directory goes with the service.
    let file = std::fs::File::open(bench.instance(&name).join("output.log")).unwrap();
    driver.undeploy(&id("family")).await.unwrap();
    gone(&driver, &id("family")).await;
    let written = std::io::read_to_string(file).unwrap();
    assert!(
        written.contains("worker done") && written.contains("daemon done"),
        "{written}"
    );
    assert!(bench.processes().is_empty());
}

#[tokio::test]
async fn an_instance_that_is_too_much_is_taken_out_of_traffic_before_it_is_told() {
    let mut bench = Bench::new(8);
    bench.config.drain_delay = Duration::from_secs(600);
    let driver = bench.start().await;
    let mut spec = serving(&id("drained"));
    spec.scale.instances = 2;
    let service = settled(&driver, &spec).await;
    let going = service.instances[1].name.clone();
    let process = bench.process(&going);
    spec.scale.instances = 1;
    driver.deploy(&spec).await.unwrap();
    let service = until(&driver, &spec.id, |service| service.ready().count() == 1).await;
    let listed = service.instances.iter().find(|instance| instance.name == going);
    assert_eq!(listed.unwrap().state, InstanceState::Going);
    // Time enough for another to be started: it still answers those who do not know yet.
    spec.scale.instances = 2;
    driver.deploy(&spec).await.unwrap();
    until(&driver, &spec.id, |service| service.ready().count() == 2).await;
    assert!(process.is_alive());

    // Whoever undeploys has taken it out of traffic.
    driver.undeploy(&spec.id).await.unwrap();
    gone(&driver, &spec.id).await;
    assert!(!process.is_alive());
}

#[tokio::test]
async fn everything_is_stopped_and_nothing_is_taken_any_more() {
    let bench = Bench::new(8);
    let driver = bench.start().await;
    for name in ["one", "two"] {
        let mut spec = serving(&id(name));
        spec.scale.instances = 2;
        settled(&driver, &spec).await;
    }
    assert_eq!(driver.stop_all().await.unwrap(), 4);
    assert!(driver.list().await.unwrap().is_empty());
    assert!(bench.processes().is_empty());
    assert!(driver.deploy(&serving(&id("three"))).await.is_err());
    driver.detach().await;
    let again = bench.start().await;
    assert!(again.list().await.unwrap().is_empty(), "it was forgotten, too");
}

#[tokio::test]
async fn a_crash_of_all_instances_is_no_row_of_failures() {
    let mut bench = Bench::new(20);
    bench.config.restart_delay = Duration::from_secs(600);
    bench.config.restart_limit = Duration::from_secs(600);
    let driver = bench.start().await;
    let mut spec = serving(&id("blow"));
    spec.scale.instances = 4;
    let before = settled(&driver, &spec).await;
    let victims: Vec<ProcessIdentity> = before
        .instances
        .iter()
        .map(|instance| bench.process(&instance.name))
        .collect();
    for victim in &victims {
        victim.tell(Tell::Kill).unwrap();
    }
    let after = until(&driver, &spec.id, |service| {
        service.is_settled() && service.failure.as_ref().is_some_and(|failure| failure.count == 4)
    })
    .await;
    assert_eq!(after.instances.len(), 4);
    driver.stop_all().await.unwrap();
}
