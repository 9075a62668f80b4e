//! An agent or a HAProxy that ends in the middle of a change.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::fs;
use std::sync::Arc;

use support::service::Service;
use support::{Rig, applied, gateway, running, state, until, without_haproxy};
use tokio::runtime::{Builder, Runtime};
use vamp_agent::{Agent, AgentHandle, FailureKind, How, StopMode};
use vamp_io::clock::SystemClock;
use vamp_io::process::{ProcessIdentity, Tell};
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::{extent, ports};

/// An agent on a runtime of its own, which can be ended at any point without a word.
struct Mortal {
    runtime: Runtime,
    _agent: AgentHandle,
}

impl Mortal {
    async fn start(rig: &Rig) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (config, hand_over) = (rig.config(), rig.hand_over.clone());
        let started =
            runtime.spawn(async move { Agent::start(config, hand_over, Arc::new(SystemClock)).await });
        let agent = started.await.unwrap().unwrap();
        Self {
            runtime,
            _agent: agent,
        }
    }

    fn end(self) {
        let Self { runtime, _agent } = self;
        // The tasks go first: what the handle does when it is dropped finds nobody.
        runtime.shutdown_background();
    }
}

/// How far a change gets before the agent ends.
const MOMENTS: [&str; 5] = ["published", "begun", "written", "loaded", "complete"];

#[tokio::test]
async fn an_agent_that_ends_anywhere_in_a_change_costs_no_request_and_the_next_one_goes_on() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let extra = ports::lease().unwrap();
    let text = |step: usize| {
        let weight = u8::try_from(step * 7 % 101).unwrap();
        let edge = gateway(
            "edge",
            rig.port.number(),
            &[(old.address(), 100 - weight), (new.address(), weight)],
        );
        // Every second change is one of structure.
        let more = gateway(
            &format!("more-{}", step / 2),
            extra.number(),
            &[(old.address(), 100)],
        );
        rig.text(&[edge, more])
    };
    let first = rig.start().await;
    rig.apply(&first, &text(0)).await;
    let master = running(&first).await.0;
    first.stop(StopMode::LeaveHaproxyRunning).await.unwrap();

    let load = LoadClient::start(LoadOptions::new(rig.port.address())).unwrap();
    for step in 1..=extent::pick(15, 250) {
        let agent = Mortal::start(&rig).await;
        let wanted = text(step);
        let hash = rig.publish(&wanted).await;
        let previous = rig.state.path().join("haproxy.previous.cfg");
        let record = rig.state.path().join("applied.json");
        let moment = MOMENTS[step % MOMENTS.len()];
        until(|| async {
            let file = fs::read_to_string(rig.configuration()).unwrap_or_default();
            let recorded = fs::read_to_string(&record).unwrap_or_default().contains(&hash);
            match moment {
                "published" => true,
                "begun" => previous.exists() || recorded,
                "written" => file == rig.whole(&wanted),
                "loaded" => recorded,
                _ => recorded && !previous.exists(),
            }
        })
        .await;
        agent.end();
    }

    let agent = rig.start().await;
    let last = rig.edge(&[(old.address(), 0), (new.address(), 100)]);
    let hash = rig.publish_as(&last, true).await;
    applied(&agent, &hash).await;
    assert_eq!(rig.ask().await.as_deref(), Some("2.0"));
    assert_eq!(fs::read_to_string(rig.configuration()).unwrap(), rig.whole(&last));
    assert_eq!(running(&agent).await.0, master, "HAProxy was never restarted");
    let seen = load.stop().await;
    assert_eq!(seen.lost(), 0, "{seen}");
    assert!(seen.answered() > 100, "{seen}");
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn what_an_agent_had_begun_to_load_stays_when_the_next_one_hears_nothing_of_the_store() {
    if without_haproxy() {
        return;
    }
    let mut rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let first = rig.start().await;
    rig.apply(&first, &rig.edge(&[(old.address(), 100)])).await;
    first.stop(StopMode::LeaveHaproxyRunning).await.unwrap();

    let cut_short = Mortal::start(&rig).await;
    let wanted = rig.edge(&[(old.address(), 0), (new.address(), 100)]);
    let hash = rig.publish(&wanted).await;
    until(|| async { fs::read_to_string(rig.configuration()).unwrap_or_default() == rig.whole(&wanted) })
        .await;
    cut_short.end();

    // A store that was emptied, as one in the memory of a server that was killed.
    rig.hand_over = Rig::new().hand_over.clone();
    let agent = rig.start().await;
    // What the store lacks is told meanwhile, and stays told.
    let runs = |status: &vamp_agent::AgentStatus| {
        let applied = status.applied.as_ref();
        applied.is_some_and(|applied| applied.hash == hash) && status.failure.is_some()
    };
    let failure = state(&agent, runs).await.failure.unwrap();
    assert_eq!(failure.kind, FailureKind::HeldBack);
    // HAProxy may have served it already, so that going back could lose what came with it.
    assert_eq!(rig.ask_often(5).await, ["2.0"; 5]);
    assert_eq!(
        fs::read_to_string(rig.configuration()).unwrap(),
        rig.whole(&wanted)
    );
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_haproxy_that_is_killed_between_changes_comes_back_with_the_newest() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let extra = ports::lease().unwrap();
    let agent = rig.start().await;
    for step in 0..extent::pick(6, 100) {
        let edge = gateway("edge", rig.port.number(), &[(service.address(), 100)]);
        let more = gateway(
            &format!("more-{step}"),
            extra.number(),
            &[(service.address(), 100)],
        );
        let (master, worker) = running(&agent).await;
        let hash = rig.publish(&rig.text(&[edge, more])).await;
        let victim = if step % 2 == 0 { worker } else { master };
        if let Some(victim) = ProcessIdentity::of(victim) {
            victim.tell(Tell::Kill).unwrap();
        }
        applied(&agent, &hash).await;
        until(|| async { rig.ask().await.as_deref() == Some("1.0") }).await;
    }
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_file_that_was_written_and_never_loaded_is_not_taken_for_what_runs() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let agent = rig.start().await;
    let good = rig.edge(&[(old.address(), 100)]);
    rig.apply(&agent, &good).await;
    let (master, worker) = running(&agent).await;
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();

    // As an agent leaves it that ended after the file was written and before the reload.
    fs::hard_link(rig.configuration(), rig.state.path().join("haproxy.previous.cfg")).unwrap();
    fs::remove_file(rig.configuration()).unwrap();
    fs::write(rig.configuration(), rig.whole(&rig.edge(&[(new.address(), 100)]))).unwrap();
    rig.store.begin();
    let agent = rig.start().await;
    let reloaded =
        |status: &vamp_agent::AgentStatus| status.haproxy.worker_pid.is_some_and(|pid| pid != worker);
    let status = state(&agent, reloaded).await;
    // What is known to be good is loaded once more, and is on disk again.
    assert_eq!(status.haproxy.master_pid, Some(master));
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    until(|| async { fs::read_to_string(rig.configuration()).unwrap() == rig.whole(&good) }).await;
    until(|| async { !rig.state.path().join("haproxy.previous.cfg").exists() }).await;

    // The way on from there is known again.
    rig.store.end();
    let both = rig
        .apply(&agent, &rig.edge(&[(old.address(), 100), (new.address(), 0)]))
        .await;
    assert_eq!(both.how, How::Reload);
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_damaged_record_does_not_prevent_a_start() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let text = rig.edge(&[(service.address(), 100)]);
    for damaged in ["applied.json", "haproxy.json", "haproxy.cfg"] {
        let agent = rig.start().await;
        rig.apply(&agent, &text).await;
        agent.stop(StopMode::StopHaproxy).await.unwrap();
        fs::write(rig.state.path().join(damaged), "{ not what it should be").unwrap();

        let agent = rig.start().await;
        until(|| async { rig.ask().await.as_deref() == Some("1.0") }).await;
        agent.stop(StopMode::StopHaproxy).await.unwrap();
    }
}
