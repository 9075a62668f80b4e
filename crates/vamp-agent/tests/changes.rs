//! How a value gets from the store into a running HAProxy.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::fs;
use std::time::Duration;

use support::service::Service;
use support::{Rig, applied, gateway, running, state, until, without_haproxy};
use vamp_agent::{How, StopMode};
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::{extent, ports};

#[tokio::test]
async fn a_weight_changes_without_a_reload_and_the_file_follows() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let agent = rig.start().await;
    let first = rig
        .apply(&agent, &rig.edge(&[(old.address(), 100), (new.address(), 0)]))
        .await;
    assert_eq!(rig.ask_often(5).await, ["1.0"; 5]);
    let before = running(&agent).await;

    let moved = rig.edge(&[(old.address(), 0), (new.address(), 100)]);
    let second = rig.apply(&agent, &moved).await;
    // S02-171: the same worker routes otherwise, and a restart would find the same in the file.
    assert_eq!((first.how, second.how), (How::Reload, How::Runtime));
    assert_eq!(running(&agent).await, before);
    assert_eq!(rig.ask_often(5).await, ["2.0"; 5]);
    until(|| async { fs::read_to_string(rig.configuration()).unwrap() == rig.whole(&moved) }).await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_change_that_no_watch_tells_is_found_by_looks_that_read_no_text_that_is_known() {
    const LOOKS: usize = 5;
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let mut config = rig.config();
    config.limits.safety_pass = Duration::from_millis(50);
    let agent = rig.start_with(config).await;
    rig.apply(&agent, &rig.edge(&[(old.address(), 100)])).await;

    let before = rig.store.read().len();
    until(|| async { rig.store.read().len() >= before + LOOKS }).await;
    let read = rig.store.read().split_off(before);
    assert!(read.iter().all(|key| key.name() == "manifest"), "{read:?}");

    rig.store.keep_silent();
    rig.apply(&agent, &rig.edge(&[(new.address(), 100)])).await;
    assert_eq!(rig.ask().await.as_deref(), Some("2.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn another_structure_needs_one_reload_which_is_confirmed() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let agent = rig.start().await;
    rig.apply(&agent, &rig.edge(&[(old.address(), 100)])).await;
    let (master, worker) = running(&agent).await;
    let reloads = agent.status().borrow().haproxy.reloads;

    let two_routes = rig.edge(&[(old.address(), 0), (new.address(), 100)]);
    let applied = rig.apply(&agent, &two_routes).await;
    assert_eq!(applied.how, How::Reload);
    // What is reported as applied is served: the new worker has answered, and takes the connections.
    assert_eq!(rig.ask().await.as_deref(), Some("2.0"));
    let status = agent.status().borrow().haproxy.clone();
    assert_eq!((status.master_pid, status.reloads), (Some(master), reloads + 1));
    assert_ne!(status.worker_pid, Some(worker));
    let pid = rig
        .command("show info")
        .await
        .lines()
        .find_map(|line| line.strip_prefix("Pid: ").map(str::to_owned));
    assert_eq!(pid, status.worker_pid.map(|pid| pid.to_string()));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn instances_move_come_and_go_without_a_reload() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let agent = rig.start().await;
    let with = |services: &[&Service]| {
        let mut edge = gateway("edge", rig.port.number(), &[(old.address(), 100)]);
        let targets = services.iter().map(|service| vamp_model::Target::Internal {
            name: service.address().to_string(),
            host: Some(service.address().ip().to_string()),
            port: service.address().port(),
        });
        edge.routes[0].inline_mut().unwrap().targets = targets.collect();
        rig.text(&[edge])
    };
    rig.apply(&agent, &with(&[&old])).await;
    let before = running(&agent).await;
    for (services, answers) in [
        (vec![&old, &new], vec!["1.0", "2.0"]),
        (vec![&new], vec!["2.0"]),
        (vec![&old], vec!["1.0"]),
    ] {
        let text = with(&services);
        assert_eq!(rig.apply(&agent, &text).await.how, How::Runtime);
        let mut seen = rig.ask_often(4).await;
        seen.sort();
        seen.dedup();
        assert_eq!(seen, answers);
        until(|| async { fs::read_to_string(rig.configuration()).unwrap() == rig.whole(&text) }).await;
    }
    assert_eq!(running(&agent).await, before, "the same worker");
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_server_whose_connections_do_not_end_is_taken_out_by_a_reload() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let held = ports::lease().unwrap();
    let listener = tokio::net::TcpListener::bind(held.address()).await.unwrap();
    let mut config = rig.config();
    config.limits.removal = Duration::from_millis(100);
    let agent = rig.start_with(config).await;
    let with = |address: std::net::SocketAddr| {
        let mut edge = gateway("edge", rig.port.number(), &[(address, 100)]);
        edge.routes[0].inline_mut().unwrap().targets = vec![vamp_model::Target::Internal {
            name: address.to_string(),
            host: Some(address.ip().to_string()),
            port: address.port(),
        }];
        rig.text(&[edge])
    };
    rig.apply(&agent, &with(held.address())).await;
    let asking = tokio::spawn({
        let gateway = rig.port.address();
        async move { support::service::ask(gateway).await }
    });
    let mut stream = accept_request(&listener).await;
    assert_eq!(rig.apply(&agent, &with(service.address())).await.how, How::Reload);
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    answer_held(&mut stream).await;
    assert_eq!(asking.await.unwrap().as_deref(), Some("held"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn the_same_value_again_does_nothing() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let text = rig.edge(&[(old.address(), 80), (new.address(), 20)]);
    let agent = rig.start().await;
    rig.apply(&agent, &text).await;
    let before = agent.status().borrow().clone();
    let file = fs::metadata(rig.configuration()).unwrap().modified().unwrap();
    // A weight that the agent did not set shows whether it gives any command.
    let server = server_names(&text).remove(0);
    assert_eq!(rig.command(&format!("set server {server} weight 33")).await, "");

    rig.publish(&text).await;
    // The store hands over the same text once more when it was away.
    rig.store.begin();
    state(&agent, |status| status.store_connected_since.is_none()).await;
    rig.store.end();
    let after = state(&agent, |status| status.store_connected_since.is_some()).await;
    // S02-151: no reload, no command, no write.
    assert_eq!((after.applied, after.haproxy), (before.applied, before.haproxy));
    assert!(
        rig.command(&format!("get weight {server}"))
            .await
            .starts_with("33 ")
    );
    assert_eq!(
        fs::metadata(rig.configuration()).unwrap().modified().unwrap(),
        file
    );
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_text_that_means_the_same_only_changes_the_file() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let text = rig.edge(&[(service.address(), 100)]);
    let agent = rig.start().await;
    rig.apply(&agent, &text).await;
    let before = running(&agent).await;
    let commented = format!("{text}\n# another comment\n");
    let applied = rig.apply(&agent, &commented).await;
    assert_eq!(applied.how, How::Unchanged);
    assert_eq!(running(&agent).await, before);
    assert_eq!(
        fs::read_to_string(rig.configuration()).unwrap(),
        rig.whole(&commented)
    );
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_command_that_haproxy_refuses_becomes_a_reload() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let agent = rig.start().await;
    let text = rig.edge(&[(old.address(), 100), (new.address(), 0)]);
    rig.apply(&agent, &text).await;
    let (_, worker) = running(&agent).await;
    // A server that is gone behind the agent's back.
    let server = server_names(&text).remove(1);
    assert_eq!(rig.command(&format!("set server {server} state maint")).await, "");
    assert!(
        rig.command(&format!("del server {server}"))
            .await
            .contains("deleted")
    );

    let applied = rig
        .apply(&agent, &rig.edge(&[(old.address(), 0), (new.address(), 100)]))
        .await;
    // S02-172: the new worker has what the command could not bring.
    assert_eq!(applied.how, How::Reload);
    assert_ne!(running(&agent).await.1, worker);
    assert_eq!(rig.ask_often(5).await, ["2.0"; 5]);
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_thousand_changes_of_structure_in_a_burst_cost_a_handful_of_reloads() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let others = ports::lease_many(2).unwrap();
    let agent = rig.start().await;
    rig.apply(&agent, &rig.edge(&[(service.address(), 100)])).await;
    let reloads = agent.status().borrow().haproxy.reloads;

    let edge = gateway("edge", rig.port.number(), &[(service.address(), 100)]);
    let mut last = String::new();
    let begin = tokio::time::Instant::now();
    for change in 0..1000 {
        let name = format!("gateway-{change}");
        let more = gateway(&name, others[change % 2].number(), &[(service.address(), 100)]);
        last = rig.publish(&rig.text(&[edge.clone(), more])).await;
    }
    let burst = begin.elapsed();
    applied(&agent, &last).await;
    // The first at once, then at most one every 0.7 s while they come, and one for the last.
    let spent = agent.status().borrow().haproxy.reloads - reloads;
    let most = 2 + u64::try_from(burst.as_millis() / 700).unwrap();
    assert!((1..=most).contains(&spent), "{spent} reloads in {burst:?}");
    assert_eq!(
        support::service::ask(others[1].address()).await.as_deref(),
        Some("1.0")
    );
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn no_request_is_lost_in_changes_of_every_sort() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let agent = rig.start().await;
    let both = |weight: u8| rig.edge(&[(old.address(), 100 - weight), (new.address(), weight)]);
    rig.apply(&agent, &both(0)).await;
    let load = LoadClient::start(LoadOptions::new(rig.port.address())).unwrap();
    let extra = ports::lease().unwrap();
    for round in 0..extent::pick(6, 60) {
        for weight in [5, 50, 100] {
            rig.apply(&agent, &both(weight)).await;
        }
        let more = gateway(&format!("more-{round}"), extra.number(), &[(old.address(), 100)]);
        let edge = gateway(
            "edge",
            rig.port.number(),
            &[(old.address(), 100), (new.address(), 0)],
        );
        let applied = rig.apply(&agent, &rig.text(&[edge, more])).await;
        assert_eq!(applied.how, How::Reload);
        let before = load.snapshot();
        until(|| async { load.snapshot().since(&before).answered() >= 200 }).await;
    }
    let seen = load.stop().await;
    // S02-160: neither runtime commands nor reloads cost a request on fresh, busy or idle connections.
    assert_eq!(seen.lost(), 0, "{seen}");
    assert!(
        seen.answered_by("2.0") > 0 && seen.answered_by("1.0") > 0,
        "{seen}"
    );
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_request_in_flight_is_finished_by_the_worker_that_took_it() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let held = ports::lease().unwrap();
    let listener = tokio::net::TcpListener::bind(held.address()).await.unwrap();
    let agent = rig.start().await;
    rig.apply(&agent, &rig.edge(&[(held.address(), 100)])).await;

    let asking = tokio::spawn({
        let gateway = rig.port.address();
        async move { support::service::ask(gateway).await }
    });
    let mut stream = accept_request(&listener).await;
    let two_routes = rig.edge(&[(service.address(), 100), (service.address(), 0)]);
    assert_eq!(rig.apply(&agent, &two_routes).await.how, How::Reload);
    assert_eq!(
        rig.ask().await.as_deref(),
        Some("1.0"),
        "new requests go to the new worker"
    );
    answer_held(&mut stream).await;
    // S02-161: the answer comes through the old worker.
    assert_eq!(asking.await.unwrap().as_deref(), Some("held"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

/// The connection on which a request comes. Health checks connect, too, and say nothing.
async fn accept_request(listener: &tokio::net::TcpListener) -> tokio::net::TcpStream {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let mut byte = [0];
        let limit = Duration::from_millis(500);
        let peeked = tokio::time::timeout(limit, stream.peek(&mut byte)).await;
        if matches!(peeked, Ok(Ok(1))) {
            return stream;
        }
    }
}

async fn answer_held(stream: &mut tokio::net::TcpStream) {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nheld";
    tokio::io::AsyncWriteExt::write_all(stream, answer).await.unwrap();
}

/// `BACKEND/SERVER` of each hop of the text.
fn server_names(text: &str) -> Vec<String> {
    let mut backend = "";
    let mut names = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["backend", name] => backend = name,
            ["server", name, _, "send-proxy", ..] => names.push(format!("{backend}/{name}")),
            _ => {}
        }
    }
    names
}
