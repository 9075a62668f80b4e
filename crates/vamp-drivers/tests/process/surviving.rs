//! Instances outlive their server, and the next one finds them.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use vamp_drivers::process::ProcessDriver;
use vamp_drivers::{Driver as _, ErrorKind, InstanceState, ObservedService};
use vamp_io::process::{ProcessIdentity, Tell};
use vamp_testkit::{extent, wait};

use crate::bench::{Bench, PATIENCE, get, gone, id, portless, serving, settled, until};
use crate::program;

fn server(bench: &Bench, services: usize, restless: bool) -> Child {
    let words = shell_words::split(&program::command_line()).unwrap();
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .env(program::ROLE, "server")
        .env("CONFIG", serde_json::to_string(&bench.config).unwrap())
        .env("SERVICES", services.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .process_group(0);
    if restless {
        command.env("RESTLESS", "1");
    }
    command.spawn().unwrap()
}

fn names(services: &[ObservedService]) -> BTreeSet<String> {
    services
        .iter()
        .flat_map(|service| &service.instances)
        .map(|instance| instance.name.clone())
        .collect()
}

fn kill(mut server: Child) {
    server.kill().unwrap();
    server.wait().unwrap();
}

#[tokio::test]
async fn instances_serve_while_no_server_runs_and_the_next_finds_them_ready() {
    let bench = Bench::new(12);
    let first = server(&bench, 2, false);
    let all_ready = || async {
        let directory = std::fs::read_dir(bench.state("instances"));
        let names = directory.into_iter().flatten().flatten();
        let ready = names.filter(|entry| {
            std::fs::read_to_string(entry.path().join("record.json"))
                .is_ok_and(|record| record.contains("\"stage\": \"ready\""))
        });
        ready.count() == 4
    };
    wait::until(PATIENCE, all_ready).await.unwrap();
    kill(first);
    let before: BTreeSet<(String, u32)> = bench.processes().into_iter().collect();

    let driver = bench.start().await;
    let services = driver.list().await.unwrap();
    assert_eq!(services.len(), 2);
    for service in &services {
        assert!(
            service.is_settled() && service.failure.is_none(),
            "at once, not after a new check: {service:?}"
        );
        for instance in &service.instances {
            assert!(get(instance, "/").await.starts_with("HTTP/1.1 200"));
        }
    }
    // Told again what is wanted, the driver has nothing to do.
    for service in &services {
        let mut spec = serving(&service.id);
        spec.scale.instances = 2;
        driver.deploy(&spec).await.unwrap();
        assert_eq!(service.fingerprint, spec.fingerprint());
    }
    assert_eq!(driver.list().await.unwrap(), services);
    let after: BTreeSet<(String, u32)> = bench.processes().into_iter().collect();
    assert_eq!(before, after, "none was restarted");

    // What was found is looked after as what was started: its end is seen, and it is replaced.
    let victim = services[0].instances[0].name.clone();
    bench.process(&victim).tell(Tell::Kill).unwrap();
    let replaced = until(&driver, &services[0].id, |service| {
        service.is_settled() && service.failure.is_some()
    })
    .await;
    assert!(!names(&[replaced]).contains(&victim));
    assert_eq!(driver.stop_all().await.unwrap(), 4);
    assert!(bench.processes().is_empty());
}

/// The server is killed at any moment of starts, ends, replacements and writes; whatever it was, the next one knows every process.
#[tokio::test]
async fn a_server_that_is_killed_at_any_moment_leaves_nothing_unknown() {
    let bench = Bench::new(300);
    for round in 0..extent::pick(6, 60) {
        let restless = server(&bench, 3, true);
        let lived = Duration::from_millis(100 + 53 * (round % 20));
        tokio::time::sleep(lived).await;
        kill(restless);

        let driver = bench.start().await;
        let known = names(&driver.list().await.unwrap());
        for (name, pid) in bench.processes() {
            let is_known = known.contains(&name);
            // It has just ended, or its replacement has just been started.
            let settles = || async {
                names(&driver.list().await.unwrap()).contains(&name) || ProcessIdentity::of(pid).is_none()
            };
            assert!(
                is_known || wait::until(PATIENCE, settles).await.is_ok(),
                "{name} ({pid}) is unknown"
            );
        }
        let all_settled = || async {
            let services = driver.list().await.unwrap();
            services.iter().all(ObservedService::is_settled)
        };
        wait::until(PATIENCE, all_settled)
            .await
            .unwrap_or_else(|error| panic!("{error}: round {round}"));
        let listed = names(&driver.list().await.unwrap());
        let running: BTreeSet<String> = bench.processes().into_iter().map(|(name, _)| name).collect();
        assert_eq!(listed, running, "round {round}");
        driver.detach().await;
    }
    let driver = bench.start().await;
    driver.stop_all().await.unwrap();
    assert!(bench.processes().is_empty());
}

/// A server that ended between the start of a process and the record of it.
#[tokio::test]
async fn a_process_that_was_started_and_not_recorded_is_found_by_its_mark() {
    let bench = Bench::new(8);
    let driver = bench.start().await;
    let service = settled(&driver, &serving(&id("half"))).await;
    let name = service.instances[0].name.clone();
    driver.detach().await;
    let path = bench.instance(&name).join("record.json");
    let mut record = bench.record(&name);
    let process = record["process"].take();
    record["stage"] = "starting".into();
    std::fs::write(&path, record.to_string()).unwrap();

    let driver = bench.start().await;
    let found = until(&driver, &id("half"), |service| service.is_settled()).await;
    assert_eq!(found.instances[0].name, name);
    assert_eq!(bench.record(&name)["process"], process);
    assert!(found.failure.is_none());
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn a_record_whose_process_was_never_started_is_no_instance() {
    let bench = Bench::new(8);
    let driver = bench.start().await;
    let service = settled(&driver, &portless(&id("never"), "sleep 600")).await;
    let name = service.instances[0].name.clone();
    driver.detach().await;
    let process = bench.process(&name);
    let mut record = bench.record(&name);
    record["process"].take();
    record["stage"] = "starting".into();
    let path = bench.instance(&name).join("record.json");
    std::fs::write(&path, record.to_string()).unwrap();
    process.tell(Tell::Kill).unwrap();
    process.ended_within(PATIENCE).await.unwrap();

    let driver = bench.start().await;
    let found = until(&driver, &id("never"), |service| service.is_settled()).await;
    assert_ne!(found.instances[0].name, name, "another runs in its place");
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn a_process_of_an_unknown_instance_is_ended() {
    let bench = Bench::new(8);
    let driver = bench.start().await;
    let service = settled(&driver, &serving(&id("lost"))).await;
    let name = service.instances[0].name.clone();
    let process = bench.process(&name);
    driver.detach().await;
    std::fs::remove_dir_all(bench.instance(&name)).unwrap();

    let driver = bench.start().await;
    assert!(process.ended_within(PATIENCE).await.unwrap());
    let found = until(&driver, &id("lost"), |service| service.is_settled()).await;
    assert_ne!(found.instances[0].name, name);
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn another_process_with_the_same_id_is_not_taken_for_the_instance() {
    let bench = Bench::new(8);
    let driver = bench.start().await;
    let service = settled(&driver, &portless(&id("reused"), "sleep 600")).await;
    let name = service.instances[0].name.clone();
    driver.detach().await;
    let own = bench.process(&name);
    own.tell(Tell::Kill).unwrap();
    own.ended_within(PATIENCE).await.unwrap();
    // This test's process has the id now, and was started at another time.
    let mut record = bench.record(&name);
    record["process"]["pid"] = std::process::id().into();
    let path = bench.instance(&name).join("record.json");
    std::fs::write(&path, record.to_string()).unwrap();

    let driver = bench.start().await;
    let found = until(&driver, &id("reused"), |service| {
        service.is_settled() && service.instances[0].name != name
    })
    .await;
    let reason = found.failure.unwrap().reason;
    assert!(reason.ends_with("ended while no server ran"), "{reason}");
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn the_ids_of_an_earlier_run_of_the_machine_mean_nothing() {
    let bench = Bench::new(8);
    let driver = bench.start().await;
    let service = settled(&driver, &portless(&id("rebooted"), "sleep 600")).await;
    let name = service.instances[0].name.clone();
    driver.detach().await;
    let stranger = bench.process(&name);
    let mut record = bench.record(&name);
    record["boot"] = "another run".into();
    let path = bench.instance(&name).join("record.json");
    std::fs::write(&path, record.to_string()).unwrap();

    let driver = bench.start().await;
    let first_look = driver.list().await.unwrap();
    assert!(
        first_look[0].ready().all(|instance| instance.name != name),
        "{first_look:?}"
    );
    until(&driver, &id("rebooted"), |service| {
        service.is_settled() && service.instances[0].name != name
    })
    .await;
    // It carries the mark, so it is ended as what an instance left behind.
    assert!(stranger.ended_within(PATIENCE).await.unwrap());
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn what_was_told_to_go_goes_on_going() {
    let mut bench = Bench::new(8);
    bench.config.grace = Duration::from_secs(600);
    let driver = bench.start().await;
    let script = r#"sh -c 'trap "echo asked" TERM; echo trapped; while :; do sleep 600 & wait; done'"#;
    let service = settled(&driver, &portless(&id("going"), script)).await;
    let name = service.instances[0].name.clone();
    wait::until(PATIENCE, || async { bench.log(&name).contains("trapped") })
        .await
        .unwrap();
    driver.undeploy(&id("going")).await.unwrap();
    wait::until(PATIENCE, || async { bench.log(&name).contains("asked") })
        .await
        .unwrap();
    driver.detach().await;

    bench.config.grace = Duration::from_millis(100);
    let driver = bench.start().await;
    let listed = driver.list().await.unwrap();
    assert!(listed.iter().all(|service| service.going), "{listed:?}");
    gone(&driver, &id("going")).await;
    assert!(bench.processes().is_empty());
}

#[tokio::test]
async fn instances_whose_wish_is_lost_are_left_alone_until_somebody_says_more() {
    let bench = Bench::new(8);
    let driver = bench.start().await;
    let spec = serving(&id("orphan"));
    let before = settled(&driver, &spec).await;
    driver.detach().await;
    std::fs::remove_dir_all(bench.state("services")).unwrap();

    let driver = bench.start().await;
    let found = driver.list().await.unwrap().remove(0);
    assert_eq!((found.wanted, found.fingerprint.as_str()), (1, ""));
    assert_eq!(found.instances[0].state, InstanceState::Ready);
    assert!(!found.is_settled(), "it has to be told again");
    let after = settled(&driver, &spec).await;
    assert_eq!(names(&[before]), names(&[after]));
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn two_drivers_do_not_work_in_one_directory() {
    let bench = Bench::new(4);
    let driver = bench.start().await;
    let clock = std::sync::Arc::new(vamp_io::clock::SystemClock);
    let error = ProcessDriver::start(bench.config.clone(), clock)
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Locked);
    drop(driver);
    // What is dropped lets go in a moment, and the next driver waits for it.
    bench.start().await;
}
