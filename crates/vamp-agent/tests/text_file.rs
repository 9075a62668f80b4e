//! An agent that takes its configuration from a text file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use support::service::Service;
use support::{Rig, failure, gateway, running, state, until, without_haproxy};
use vamp_agent::{Agent, AgentHandle, ErrorKind, FailureKind, StopMode, TextFile};
use vamp_io::clock::SystemClock;

async fn start(rig: &Rig, file: &Path) -> AgentHandle {
    let source = TextFile::new(file).unwrap();
    Agent::start(rig.config(), source, Arc::new(SystemClock))
        .await
        .unwrap()
}

fn place(rig: &Rig) -> PathBuf {
    let directory = rig.state.path().join("given");
    fs::create_dir(&directory).unwrap();
    directory.join("gateways.cfg")
}

async fn answers(rig: &Rig, version: &str) {
    until(async || rig.ask().await.as_deref() == Some(version)).await;
}

#[tokio::test]
async fn a_file_is_followed_however_it_is_written() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let file = place(&rig);
    let services = [
        Service::start("1.0").await,
        Service::start("2.0").await,
        Service::start("3.0").await,
        Service::start("4.0").await,
    ];
    let text = |number: usize| rig.edge(&[(services[number].address(), 100)]);
    let agent = start(&rig, &file).await;
    running(&agent).await;

    // In place.
    fs::write(&file, text(0)).unwrap();
    answers(&rig, "1.0").await;
    // By another file that takes its place.
    let new = file.with_extension("new");
    fs::write(&new, text(1)).unwrap();
    fs::rename(&new, &file).unwrap();
    answers(&rig, "2.0").await;
    // By a link, whose target is changed then.
    let elsewhere = rig.state.path().join("elsewhere.cfg");
    fs::write(&elsewhere, text(2)).unwrap();
    symlink(&elsewhere, &new).unwrap();
    fs::rename(&new, &file).unwrap();
    answers(&rig, "3.0").await;
    fs::write(&elsewhere, text(3)).unwrap();
    answers(&rig, "4.0").await;
    // Traffic is first, then the file.
    let wanted = rig.whole(&text(3));
    until(async || fs::read_to_string(rig.configuration()).unwrap() == wanted).await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn an_absent_or_empty_file_takes_nothing_away() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let file = place(&rig);
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    fs::write(&file, rig.edge(&[(old.address(), 100)])).unwrap();
    let agent = start(&rig, &file).await;
    answers(&rig, "1.0").await;

    fs::remove_file(&file).unwrap();
    failure(&agent, FailureKind::HeldBack, "gone").await;
    fs::write(&file, "").unwrap();
    failure(&agent, FailureKind::HeldBack, "empty").await;
    assert_eq!(rig.ask().await.as_deref(), Some("1.0"));
    fs::write(&file, rig.edge(&[(new.address(), 100)])).unwrap();
    answers(&rig, "2.0").await;
    state(&agent, |status| status.failure.is_none()).await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_file_that_loses_most_gateways_is_held_back() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let file = place(&rig);
    let service = Service::start("1.0").await;
    let other = vamp_testkit::ports::lease().unwrap();
    let third = vamp_testkit::ports::lease().unwrap();
    let routes = [(service.address(), 100)];
    let edge = gateway("edge", rig.port.number(), &routes);
    let all = [
        edge.clone(),
        gateway("other", other.number(), &routes),
        gateway("third", third.number(), &routes),
    ];
    fs::write(&file, rig.text(&all)).unwrap();
    let agent = start(&rig, &file).await;
    answers(&rig, "1.0").await;
    fs::write(&file, rig.text(&[edge])).unwrap();
    failure(&agent, FailureKind::HeldBack, "").await;
    let still = support::service::ask(other.address()).await;
    assert_eq!(still.as_deref(), Some("1.0"));
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_an_outage_and_not_an_absent_one() {
    if without_haproxy() {
        return;
    }
    let rig = Rig::new();
    let file = place(&rig);
    let directory = file.parent().unwrap().to_owned();
    let away = rig.state.path().join("away");
    let (old, new) = (Service::start("1.0").await, Service::start("2.0").await);
    fs::write(&file, rig.edge(&[(old.address(), 100)])).unwrap();
    let agent = start(&rig, &file).await;
    answers(&rig, "1.0").await;

    // Its directory is gone, as a file system that is not mounted any more.
    fs::rename(&directory, &away).unwrap();
    state(&agent, |status| status.store_connected_since.is_none()).await;
    assert_eq!(agent.status().borrow().failure, None);
    fs::rename(&away, &directory).unwrap();
    state(&agent, |status| status.store_connected_since.is_some()).await;

    // Something else stands in its place.
    fs::remove_file(&file).unwrap();
    state(&agent, |status| status.failure.is_some()).await;
    fs::create_dir(&file).unwrap();
    state(&agent, |status| status.store_connected_since.is_none()).await;
    let error = agent.overview().store.last_error.unwrap().message;
    assert!(
        error.contains("gateways.cfg") && error.contains("no file"),
        "{error}"
    );
    fs::remove_dir(&file).unwrap();

    // Root may read everything.
    fs::write(&file, rig.edge(&[(new.address(), 100)])).unwrap();
    answers(&rig, "2.0").await;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&file).is_err() {
        state(&agent, |status| status.store_connected_since.is_none()).await;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    state(&agent, |status| {
        status.store_connected_since.is_some() && status.failure.is_none()
    })
    .await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[test]
fn a_path_that_is_no_place_of_a_file_is_refused() {
    for (path, words) in [("gateways.cfg", "absolute"), ("/", "names no file")] {
        let error = TextFile::new(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(words), "{error}");
    }
}
