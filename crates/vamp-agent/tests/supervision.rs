//! HAProxy ends, the agent ends, and both come back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use support::service::Service;
use support::{Rig, SOON, applied, failure, running, started_again, state, until, without_haproxy};
use tokio::time::Instant;
use vamp_agent::{Agent, ErrorKind, FailureKind, How, StopMode};
use vamp_io::process::{ProcessIdentity, Tell};
use vamp_testkit::disk::SmallDisk;
use vamp_testkit::servers::masters_of;
use vamp_testkit::wait;

#[tokio::test]
async fn a_haproxy_that_is_killed_is_started_again_within_a_second() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let first = rig.apply(&agent, &rig.edge(&[(service.address(), 100)])).await;
    for victim in ["master", "worker"] {
        let (master, worker) = running(&agent).await;
        let pid = if victim == "master" { master } else { worker };
        let before = agent.status().borrow().applied.as_ref().unwrap().at;
        let killed = Instant::now();
        ProcessIdentity::of(pid).unwrap().tell(Tell::Kill).unwrap();
        let again = |status: &vamp_agent::AgentStatus| {
            let other = status.haproxy.master_pid.is_some_and(|pid| pid != master);
            other && status.applied.as_ref().is_some_and(|applied| applied.at > before)
        };
        let status = state(&agent, again).await;
        assert_eq!(rig.ask().await.as_deref(), Some("1.0"), "{victim}");
        // S02-163: back, with the value that ran, well within a second.
        assert!(
            killed.elapsed() < Duration::from_secs(1),
            "{victim}: {:?}",
            killed.elapsed()
        );
        let applied = status.applied.unwrap();
        assert_eq!(
            (applied.hash.as_str(), applied.how),
            (first.hash.as_str(), How::Start)
        );
    }
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_haproxy_that_ends_again_and_again_is_told_of_until_it_no_longer_does() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let text = rig.edge(&[(service.address(), 100)]);
    rig.apply(&agent, &text).await;
    for (times, said) in [
        (1, ""),
        // A master that is killed has no last words, and what it said of its start is not taken for them.
        (2, "it says nothing about it"),
        (3, "exited with code 137 (Killed)"),
    ] {
        let (master, worker) = running(&agent).await;
        let victim = if times == 3 { worker } else { master };
        ProcessIdentity::of(victim).unwrap().tell(Tell::Kill).unwrap();
        let status = started_again(&agent, master).await;
        let failure = status.failure.as_ref();
        // Once may be chance.
        assert_eq!(failure.is_some(), times > 1, "{failure:?}");
        if let Some(failure) = failure {
            let expected = format!("HAProxy ends again and again, {times} times by now: ");
            let message = &failure.message;
            assert!(
                message.starts_with(&expected) && message.contains(said),
                "{message}"
            );
        }
    }

    // Another value need not do the same.
    rig.apply(&agent, &rig.edge(&[(service.address(), 50)])).await;
    let (master, _) = running(&agent).await;
    for _ in 0..2 {
        let (master, _) = running(&agent).await;
        ProcessIdentity::of(master).unwrap().tell(Tell::Kill).unwrap();
        state(&agent, |status| {
            status.haproxy.master_pid.is_some_and(|pid| pid != master)
        })
        .await;
    }
    state(&agent, |status| status.failure.is_some()).await;
    // It is over when HAProxy has run for ten seconds.
    let status = state(&agent, |status| status.failure.is_none()).await;
    assert!(status.haproxy.worker_pid.is_some_and(|worker| worker != master));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn ports_that_another_haproxy_of_the_same_user_has_are_not_shared_with_it() {
    if without_haproxy() {
        return;
    }
    let (first, second) = (Rig::new(), Rig::new());
    let one = first.start().await;
    running(&one).await;
    // Both have the page with statistics at one port, as two agents with their defaults would.
    let mut config = second.config();
    config.base = first.config().base;
    let other = second.start_with(config).await;
    let told = failure(&other, FailureKind::Failed, "another program listens there").await;
    let port = first.statistics.number().to_string();
    assert!(told.failure.unwrap().message.contains(&port));
    assert_eq!(told.haproxy.worker_pid, None);
    one.stop(StopMode::StopHaproxy).await.unwrap();
    running(&other).await;
    other.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_haproxy_that_is_started_on_a_full_disk_is_the_only_one() {
    if without_haproxy() || SmallDisk::is_missing() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    rig.apply(&agent, &rig.edge(&[(service.address(), 100)])).await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();

    let disk = SmallDisk::in_place_of(rig.state.path(), 2).unwrap();
    disk.fill().unwrap();
    let masters = || masters_of(&rig.configuration());
    let agent = rig.start().await;
    until(|| async { rig.ask().await.as_deref() == Some("1.0") }).await;
    let (master, _) = running(&agent).await;
    assert_eq!(masters(), BTreeSet::from([master]));
    ProcessIdentity::of(master).unwrap().tell(Tell::Kill).unwrap();
    let master = started_again(&agent, master).await.haproxy.master_pid.unwrap();
    assert_eq!(masters(), BTreeSet::from([master]));

    // It is found without a record.
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    let agent = rig.start().await;
    assert_eq!(running(&agent).await.0, master);
    disk.free().unwrap();
    rig.apply(&agent, &rig.edge(&[(service.address(), 50)])).await;
    assert_eq!(masters(), BTreeSet::from([master]));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
    assert!(masters().is_empty());
}

#[tokio::test]
async fn an_agent_that_comes_back_adopts_the_haproxy_that_serves() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let text = rig.edge(&[(service.address(), 100)]);
    let agent = rig.start().await;
    rig.apply(&agent, &text).await;
    let before = running(&agent).await;
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    // S02-166: it serves without its agent.
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));

    let agent = rig.start().await;
    assert_eq!(running(&agent).await, before, "the same processes");
    let hash = agent.status().borrow().applied.as_ref().unwrap().hash.clone();
    // What it serves is known: a change of weight needs no reload.
    let other = Service::start("2.0").await;
    let both = rig.edge(&[(service.address(), 100), (other.address(), 0)]);
    assert_ne!(rig.apply(&agent, &both).await.hash, hash);
    let worker = running(&agent).await;
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    let agent = rig.start().await;
    let applied = rig
        .apply(
            &agent,
            &rig.edge(&[(service.address(), 0), (other.address(), 100)]),
        )
        .await;
    assert_eq!(applied.how, How::Runtime);
    assert_eq!(running(&agent).await, worker);
    assert_eq!(rig.ask().await.as_deref(), Some("2.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_haproxy_that_is_stopped_is_gone_and_one_that_is_left_is_not() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let agent = rig.start().await;
    let (master, worker) = running(&agent).await;
    drop(agent);
    // Dropping the handle leaves HAProxy running, too; the lock is free a moment later.
    let agent = rig.start().await;
    assert_eq!(running(&agent).await, (master, worker));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
    assert_eq!(ProcessIdentity::of(master), None);
    until(|| async { ProcessIdentity::of(worker).is_none() }).await;
    assert_eq!(rig.haproxy(), None);
}

#[tokio::test]
async fn what_an_agent_left_running_can_be_stopped_without_an_agent() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let limit = Duration::from_millis(100);
    let agent = rig.start().await;
    let (master, _) = running(&agent).await;
    let error = Agent::stop_left_running(rig.state.path(), limit)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked, "an agent lives");

    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    assert!(ProcessIdentity::of(master).is_some());
    assert!(Agent::stop_left_running(rig.state.path(), limit).await.unwrap());
    assert_eq!(ProcessIdentity::of(master), None);
    assert!(
        !Agent::stop_left_running(rig.state.path(), limit).await.unwrap(),
        "nothing is left"
    );
    let elsewhere = rig.state.path().join("missing");
    assert!(!Agent::stop_left_running(&elsewhere, limit).await.unwrap());
    assert!(!elsewhere.exists(), "nothing is created to look for it");
}

/// A process with the command line of a HAProxy of an agent, which answers nobody; ended when it is dropped.
struct Decoy(Child);

impl Drop for Decoy {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A decoy that works in this directory.
fn decoy(rig: &Rig, directory: &Path) -> Decoy {
    let decoy = Command::new("sh")
        .args(["-c", "while :; do sleep 60; done", "haproxy", "-W", "-f"])
        .arg(rig.configuration())
        .current_dir(directory)
        .spawn();
    Decoy(decoy.unwrap())
}

#[tokio::test]
async fn a_haproxy_that_was_not_recorded_is_found_and_that_of_another_directory_is_left_alone() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let limit = Duration::from_millis(100);
    let agent = rig.start().await;
    let (master, _) = running(&agent).await;
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    fs::remove_file(rig.state.path().join("haproxy.json")).unwrap();

    // As in another container, where paths are the same.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut other = decoy(&rig, elsewhere.path());
    let agent = rig.start().await;
    assert_eq!(running(&agent).await.0, master);
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    fs::remove_file(rig.state.path().join("haproxy.json")).unwrap();
    assert!(Agent::stop_left_running(rig.state.path(), limit).await.unwrap());
    assert_eq!(ProcessIdentity::of(master), None);
    assert!(!Agent::stop_left_running(rig.state.path(), limit).await.unwrap());

    // One that hangs in the directory of the agent is in the way of the next one, and is ended.
    let mut own = decoy(&rig, rig.state.path());
    let mut config = rig.config();
    config.limits.start = Duration::from_secs(2);
    let agent = rig.start_with(config).await;
    running(&agent).await;
    assert!(own.0.try_wait().unwrap().is_some());
    assert_eq!(other.0.try_wait().unwrap(), None);
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn sockets_that_a_dead_haproxy_left_do_not_prevent_a_start() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let first = rig.apply(&agent, &rig.edge(&[(service.address(), 100)])).await;
    let (master, worker) = running(&agent).await;
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    rig.haproxy().unwrap().tell_group(Tell::Kill).unwrap();
    for pid in [master, worker] {
        until(|| async { ProcessIdentity::of(pid).is_none() }).await;
    }
    assert!(
        rig.runtime.path().join("master.sock").exists(),
        "nobody was there to remove it"
    );
    let agent = rig.start().await;
    // S02-164: stale sockets of master and hops are no obstacle.
    applied(&agent, &first.hash).await;
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn an_outage_of_the_store_stops_no_traffic_and_its_end_brings_the_newest_value() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let agent = rig.start().await;
    rig.apply(&agent, &rig.edge(&[(old.address(), 100)])).await;
    let before = running(&agent).await;

    let hash = {
        // The server still reaches the store when the agent does not.
        rig.store.begin();
        state(&agent, |status| status.store_connected_since.is_none()).await;
        // S02-157: nothing that runs depends on the store.
        assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
        assert_eq!(running(&agent).await, before);
        rig.store.end();
        rig.publish(&rig.edge(&[(new.address(), 100)])).await
    };
    // S02-158: what changed is applied without a restart of the agent.
    applied(&agent, &hash).await;
    assert_eq!(rig.ask().await.as_deref(), Some("2.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn an_agent_is_listed_while_it_lives_and_its_entry_ends_with_its_lease() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let agent = rig.start().await;
    let first = rig.apply(&agent, &rig.edge(&[(service.address(), 100)])).await;
    let listed = || async { rig.hand_over.agents().await.unwrap() };
    until(|| async {
        listed().await.iter().any(|entry| {
            entry.applied.as_ref() == Some(&first) && entry.haproxy == agent.status().borrow().haproxy
        })
    })
    .await;
    let entry = listed().await.remove(0);
    assert_eq!((entry.name.as_str(), entry.id.as_str()), ("edge", "one"));
    assert!(entry.haproxy.version.starts_with(|c: char| c.is_ascii_digit()));

    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    assert_eq!(listed().await, [], "an agent that ends takes its entry away");

    let agent = rig.start().await;
    until(|| async { listed().await.len() == 1 }).await;
    // The store is away when the agent goes: its entry stays until the lease ends.
    rig.store.begin();
    agent.stop(StopMode::StopHaproxy).await.unwrap();
    rig.store.end();
    until(|| async { listed().await.is_empty() }).await;
}

#[tokio::test]
async fn two_agents_with_one_id_are_told_apart() {
    if without_haproxy() {
        return;
    }
    let rigs = [Rig::new(), Rig::new()];
    let hand_over = &rigs[0].hand_over;
    let mut agents = Vec::new();
    for rig in &rigs {
        // "one" each time.
        let clock = std::sync::Arc::new(vamp_io::clock::SystemClock);
        let agent = Agent::start(rig.config(), hand_over.clone(), clock)
            .await
            .unwrap();
        running(&agent).await;
        agents.push(agent);
    }
    let ids = || async {
        let agents = hand_over.agents().await.unwrap();
        agents.into_iter().map(|agent| agent.id).collect::<Vec<_>>()
    };
    until(|| async { ids().await == ["one"] }).await;
    let agents_that_run = |hash: String| async move {
        let agents = hand_over.agents().await.unwrap();
        let runs = |agent: &vamp_agent::AgentStatus| {
            agent.applied.as_ref().is_some_and(|applied| applied.hash == hash)
        };
        agents.iter().filter(|agent| runs(agent)).count()
    };
    // Whose entry stands there, and that it is another's, is seen with the first change after a while.
    let change = std::cell::Cell::new(0);
    until(|| async {
        change.set(change.get() + 1);
        let text = format!("# change {}\nbackend b\n", change.get());
        let hash = rigs[0].publish(&text).await;
        for agent in &agents {
            applied(agent, &hash).await;
        }
        wait::until(Duration::from_secs(1), || async {
            agents_that_run(hash.clone()).await == 2
        })
        .await
        .is_ok()
    })
    .await;
    let ids = ids().await;
    assert_eq!(ids[0], "one");
    assert!(ids[1].starts_with("one-"), "{ids:?}");
    for agent in agents {
        agent.stop(StopMode::StopHaproxy).await.unwrap();
    }
}

#[tokio::test]
async fn an_agent_of_which_a_part_fails_says_so_and_the_next_one_goes_on() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let mut agent = rig.start().await;
    rig.apply(&agent, &rig.edge(&[(old.address(), 100)])).await;
    let (master, _) = running(&agent).await;

    rig.store.break_watches(true);
    let hash = rig.publish(&rig.edge(&[(new.address(), 100)])).await;
    let error = tokio::time::timeout(SOON, agent.failed()).await.unwrap();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.to_string().contains("a part of the agent"), "{error}");
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"), "HAProxy goes on");
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();

    rig.store.break_watches(false);
    let agent = rig.start().await;
    applied(&agent, &hash).await;
    assert_eq!(rig.ask().await.as_deref(), Some("2.0"));
    assert_eq!(running(&agent).await.0, master, "it is the same HAProxy");
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}
