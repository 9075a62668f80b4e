//! What an instance finds when it is started.

use std::collections::BTreeMap;

use vamp_drivers::{Driver as _, ErrorKind, PortSpec};
use vamp_model::{Memory, PortKind, Quantity};
use vamp_testkit::wait;

use crate::bench::{Bench, PATIENCE, get, gone, id, portless, running, serving, settled};

async fn environment_of(instance: &vamp_drivers::ObservedInstance) -> BTreeMap<String, String> {
    let answer = get(instance, "/environment").await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    body.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[tokio::test]
async fn an_instance_learns_its_ports_and_variables_and_inherits_little() {
    let bench = Bench::new(4);
    let driver = bench.start().await;
    let mut spec = serving(&id("environment"));
    spec.environment
        .insert("GREETING".to_owned(), "hi there".to_owned());
    // S05-037: a variable without value is there, and empty.
    spec.environment.insert("EMPTY".to_owned(), String::new());
    let service = settled(&driver, &spec).await;
    let instance = &service.instances[0];
    let found = environment_of(instance).await;
    let port = instance.ports["web"].to_string();
    let expected = [
        ("PORT", port.as_str()),
        ("PORT_WEB", &port),
        ("GREETING", "hi there"),
        ("EMPTY", ""),
        ("VAMP_INSTANCE", &instance.name),
    ];
    for (name, value) in expected {
        assert_eq!(found.get(name).map(String::as_str), Some(value), "{name}");
    }
    let inherited = vamp_drivers::process::INHERITED;
    for name in found.keys() {
        let known = inherited.contains(&name.as_str())
            || spec.environment.contains_key(name)
            || ["PORT", "PORT_WEB", "VAMP_INSTANCE", "VAMP_PROCESS_STATE"].contains(&name.as_str());
        assert!(known, "{name} is inherited");
    }
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn every_port_has_a_number_of_its_own_in_the_order_of_the_breed() {
    let bench = Bench::new(8);
    let driver = bench.start().await;
    let mut spec = serving(&id("ports"));
    spec.ports.push(PortSpec {
        name: "ops-2".to_owned(),
        number: 0,
        kind: PortKind::Tcp,
    });
    driver.deploy(&spec).await.unwrap();
    let service = crate::bench::until(&driver, &spec.id, |service| !service.instances.is_empty()).await;
    let instance = &service.instances[0];
    // S05-031: the ports are in the order of the breed.
    let names: Vec<&String> = instance.ports.keys().collect();
    assert_eq!(names, ["web", "ops-2"]);
    assert_ne!(instance.ports["web"], instance.ports["ops-2"]);
    for number in instance.ports.values() {
        assert!((bench.config.first_port..=bench.config.last_port).contains(number));
    }
    driver.stop_all().await.unwrap();
}

#[tokio::test]
async fn an_instance_has_a_session_a_group_and_a_directory_of_its_own_and_no_input() {
    let bench = Bench::new(4);
    let driver = bench.start().await;
    let script = r#"sh -c 'cat; pwd; echo to-err >&2; cut -d " " -f 1,5,6 /proc/$$/stat; exec sleep 600'"#;
    let service = settled(&driver, &portless(&id("session"), script)).await;
    let name = service.instances[0].name.clone();
    wait::until(PATIENCE, || async { bench.log(&name).lines().count() == 3 })
        .await
        .unwrap();
    let pid = bench.process(&name).pid.to_string();
    let work = bench.instance(&name).join("work");
    let expected = format!("{}\nto-err\n{pid} {pid} {pid}\n", work.display());
    assert_eq!(bench.log(&name), expected, "group and session are led by it");
    driver.undeploy(&id("session")).await.unwrap();
    gone(&driver, &id("session")).await;
    assert!(!work.exists());
}

#[tokio::test]
async fn what_cannot_be_done_is_reported() {
    let bench = Bench::new(4);
    let driver = bench.start().await;
    let can = driver.capabilities();
    assert!(!can.cpu_limit && !can.memory_limit && !can.networks);
    let mut spec = running(&id("limits"), "sleep $LONG");
    assert!(
        driver
            .check(&running(&id("limits"), "sleep 1"))
            .unwrap()
            .is_empty()
    );
    spec.scale.cpu = Some(Quantity::new(0.5).unwrap());
    spec.scale.memory = Some(Memory::new(64.0).unwrap());
    spec.environment.insert("PORT".to_owned(), "80".to_owned());
    let notices = driver.check(&spec).unwrap();
    let codes: Vec<&str> = notices.iter().map(|notice| notice.code).collect();
    assert_eq!(
        codes,
        ["cpu-limit", "memory-limit", "variable-replaced", "no-shell"]
    );
}

#[tokio::test]
async fn definitions_that_cannot_work_are_refused_before_anything_is_started() {
    let bench = Bench::new(4);
    let driver = bench.start().await;
    let with_ports = |names: &[&str]| {
        let mut spec = running(&id("refused"), "sleep 600");
        spec.ports = names
            .iter()
            .map(|name| PortSpec {
                name: (*name).to_owned(),
                number: 0,
                kind: PortKind::Http,
            })
            .collect();
        spec
    };
    let mut bad_variable = running(&id("refused"), "sleep 600");
    bad_variable.environment.insert("A=B".to_owned(), String::new());
    let cases = [
        (running(&id("refused"), "no-such-program"), "cannot be found"),
        (running(&id("refused"), "sleep '600"), "quote"),
        (with_ports(&["a-b", "a_b"]), "PORT_A_B"),
        (with_ports(&["web", "web"]), "there twice"),
        (bad_variable, "A=B"),
    ];
    for (spec, reason) in cases {
        let error = driver.deploy(&spec).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Definition);
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert!(driver.list().await.unwrap().is_empty());
    // S05-013: what is undeployed is not looked at.
    driver.undeploy(&id("refused")).await.unwrap();
}

#[tokio::test]
async fn the_log_is_bounded_and_its_writer_does_not_notice() {
    let mut bench = Bench::new(4);
    bench.config.log_limit = 10_000;
    let driver = bench.start().await;
    let script = "sh -c 'i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; \
                  while :; do echo end; sleep 0.1; done'";
    let service = settled(&driver, &portless(&id("log"), script)).await;
    let name = service.instances[0].name.clone();
    let path = bench.instance(&name).join("output.log");
    let previous = path.with_extension("log.1");
    let all_written = || async {
        let before = std::fs::read_to_string(&previous).unwrap_or_default();
        let now = bench.log(&name);
        // Again and again, as the one line that is written during a rotation can get lost.
        now.len() <= 10_000 && (before + &now).ends_with("end\n")
    };
    wait::until(PATIENCE, all_written).await.unwrap();
    let before = std::fs::metadata(&previous).unwrap().len();
    assert!((1..=10_000).contains(&before), "{before} bytes");
    assert!(driver.list().await.unwrap()[0].is_settled());
    driver.stop_all().await.unwrap();
}
