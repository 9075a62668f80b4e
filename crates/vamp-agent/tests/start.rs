//! What an agent serves before, and whether or not, it hears from the store.

mod support;

use std::fs;

use support::service::Service;
use support::{Rig, applied, running, state, until, without_haproxy};
use vamp_agent::{Agent, ErrorKind, How, StopMode};

#[tokio::test]
async fn the_first_start_without_a_store_serves_the_statistics_page() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    rig.store.begin();
    let agent = rig.start().await;
    running(&agent).await;
    // S02-149: nothing is known yet, and HAProxy runs with the base alone.
    // S02-142: the health path answers without credentials, the page asks for them.
    until(|| rig.is_healthy()).await;
    let page = support::service::get(rig.statistics.address(), "/")
        .await
        .unwrap();
    assert!(page.starts_with("HTTP/1.1 401"), "{page}");
    assert_eq!(fs::read_to_string(rig.configuration()).unwrap(), rig.whole(""));
    let status = agent.status().borrow().clone();
    assert_eq!((status.applied, status.store_connected_since), (None, None));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn the_last_configuration_is_served_before_the_store_answers() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let text = rig.edge(&[(service.address(), 100)]);
    let agent = rig.start().await;
    let first = rig.apply(&agent, &text).await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
    assert_eq!(rig.ask().await, None);

    rig.store.begin();
    let agent = rig.start().await;
    // S02-148: the store is away, the last known configuration is on disk.
    let again = applied(&agent, &first.hash).await;
    assert_eq!((again.how, again.revision), (How::Start, 1));
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    assert_eq!(agent.status().borrow().store_connected_since, None);

    rig.store.end();
    state(&agent, |status| status.store_connected_since.is_some()).await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn what_changed_while_the_agent_was_away_is_applied_at_its_start() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    let agent = rig.start().await;
    rig.apply(&agent, &rig.edge(&[(old.address(), 100)])).await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();

    let hash = rig.publish(&rig.edge(&[(new.address(), 100)])).await;
    let agent = rig.start().await;
    applied(&agent, &hash).await;
    assert_eq!(rig.ask().await.as_deref(), Some("2.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn the_applied_file_is_the_base_and_then_the_value() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let service = Service::start("1.0").await;
    let text = rig.edge(&[(service.address(), 100)]);
    let agent = rig.start().await;
    rig.apply(&agent, &text).await;
    // S02-150: the file is the base, an empty line and the value, byte for byte.
    assert_eq!(fs::read_to_string(rig.configuration()).unwrap(), rig.whole(&text));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn what_an_agent_that_was_killed_left_behind_is_removed() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    // A check and a write that were cut short.
    let left = ["check-Ab3dE6.cfg", "haproxy.cfg.4711-0a1b2c3d.tmp"].map(|name| rig.state.path().join(name));
    for path in &left {
        fs::write(path, "global\n").unwrap();
    }
    let agent = rig.start().await;
    running(&agent).await;
    for path in &left {
        assert!(!path.exists(), "{}", path.display());
    }
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn one_state_directory_has_one_agent() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let agent = rig.start().await;
    running(&agent).await;
    let clock = std::sync::Arc::new(vamp_io::clock::SystemClock);
    let second = Agent::start(rig.config(), rig.hand_over.clone(), clock.clone())
        .await
        .unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Locked);

    // A directory of its own does not help while the sockets are another agent's.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut config = rig.config();
    config.state_directory = elsewhere.path().to_path_buf();
    let third = Agent::start(config, rig.hand_over.clone(), clock)
        .await
        .unwrap_err();
    assert!(
        third.to_string().contains("the HAProxy of another agent"),
        "{third}"
    );
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}
