//! What happens while something is away.

use std::time::Duration;

use vamp_drivers::ErrorKind as DriverErrorKind;
use vamp_drivers::simulated::{Operation, SimulatedOptions};
use vamp_engine::{ErrorKind, Request};
use vamp_kv::handover::{AgentFailure, AgentStatus, FailureKind, HaproxyStatus};
use vamp_model::Phase;

use crate::support::{Fault, Rig, shop};

#[tokio::test(start_paused = true)]
async fn while_the_key_value_store_is_away_changes_are_stored_and_follow_when_it_is_back() {
    let rig = Rig::new().await;
    rig.deploy(&shop(&[("web:1.0", 1), ("web:1.1", 1)], true)).await;
    rig.settle().await;
    rig.key_value.set_away(true);
    let began = tokio::time::Instant::now();
    for weight in 51..=100 {
        let weights = [
            ("shop/web/web:1.0/http", 100 - weight),
            ("shop/web/web:1.1/http", weight),
        ];
        rig.weigh("shop/web/http", &weights).await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(1), "nobody waits for it");
    rig.pass(Duration::from_secs(30)).await;
    let publication = rig.engine().publication();
    assert!(!publication.complete && publication.failure.is_some());
    assert_eq!(rig.count(&["key-value:ERROR"]).await, 1, "told once");

    let applications = rig.agent().applications();
    rig.key_value.set_away(false);
    let back = tokio::time::Instant::now();
    rig.settle().await;
    assert!(back.elapsed() <= Duration::from_secs(3), "{:?}", back.elapsed());
    assert_eq!(
        rig.agent().applications(),
        applications + 1,
        "the newest, not each"
    );
    assert_eq!(rig.engine().publication().failure, None);
}

#[tokio::test(start_paused = true)]
async fn what_an_agent_does_not_apply_is_told_once_as_an_event() {
    let rig = Rig::new().await;
    let hand_over = rig.hand_over();
    let lease = hand_over
        .store()
        .grant_lease(Duration::from_secs(3600))
        .await
        .unwrap();
    let failed = |kind, message: &str| {
        let mut status = hand_over_status();
        status.failure = Some(AgentFailure {
            hash: "aa".to_owned(),
            kind,
            message: message.to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
        });
        status
    };
    let report = async |status: AgentStatus| hand_over.report(&status, lease).await.unwrap();
    let told = async |kind: &str, times: usize| {
        let tags = ["agents:edge-2", kind];
        rig.wait("it is told", async || rig.count(&tags).await == times)
            .await;
    };
    let refused = failed(FailureKind::Refused, "unknown keyword 'banana'");
    report(refused.clone()).await;
    told("agent:refused", 1).await;
    let mut with_other_news = refused.clone();
    with_other_news.haproxy.reloads = 7;
    report(with_other_news).await;
    report(failed(FailureKind::HeldBack, "held back: it is empty")).await;
    told("agent:held-back", 1).await;
    assert_eq!(rig.count(&["agents:edge-2", "agent:refused"]).await, 1, "once");
    let events = rig.all_events().await;
    let event = events
        .iter()
        .find(|event| event.tags.contains("agent:refused"))
        .unwrap();
    assert_eq!(event.kind, "gateway-agent");
    assert_eq!(event.value["message"], "unknown keyword 'banana'");
    // It is over, and comes back.
    report(hand_over_status()).await;
    report(refused).await;
    told("agent:refused", 2).await;
}

fn hand_over_status() -> AgentStatus {
    AgentStatus {
        format: AgentStatus::FORMAT,
        name: "2.4".to_owned(),
        id: "edge-2".to_owned(),
        host: "host-2".to_owned(),
        version: "0".to_owned(),
        started: None,
        haproxy: HaproxyStatus::default(),
        applied: None,
        failure: None,
        store_connected_since: None,
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_ended_while_nobody_can_be_told_to_send_it_no_requests() {
    let rig = Rig::new().await;
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    rig.settle().await;
    rig.key_value.set_away(true);
    let name = "shop".parse().unwrap();
    rig.engine()
        .undeploy_all(&name, &Request::default())
        .await
        .unwrap();
    rig.pass(Duration::from_secs(60)).await;
    assert_eq!(rig.driver.calls().undeploy, 0);
    rig.key_value.set_away(false);
    rig.wait("it is gone", async || rig.deployment("shop").await.is_none())
        .await;
    assert_eq!(rig.guarded.cut_off(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_command_that_fails_for_a_moment_is_tried_again_with_pauses() {
    let rig = Rig::new().await;
    rig.driver
        .fail(Operation::Deploy, 5, DriverErrorKind::Unavailable);
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    rig.settle().await;
    assert_eq!(rig.driver.calls().deploy, 6);
    let service = rig.service("shop", "web:1.0").await.unwrap();
    assert_eq!(service.status.phase, Phase::Done);
    assert_eq!(rig.count(&["synchronization:failed"]).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_is_away_changes_nothing() {
    let rig = Rig::new().await;
    rig.deploy(&shop(&[("web:1.0", 2)], true)).await;
    rig.settle().await;
    let (deployments, text) = (rig.deployments().await, rig.agent().text());
    rig.driver.set_unavailable(true);
    rig.pass(Duration::from_secs(300)).await;
    assert_eq!(rig.deployments().await, deployments);
    assert_eq!(rig.agent().text(), text);
    rig.driver.set_unavailable(false);
    rig.settle().await;
    assert_eq!(rig.driver.calls().deploy, 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_say_whether_it_took_a_change_is_asked() {
    for (fault, taken) in [(Fault::Before, false), (Fault::After, true)] {
        let rig = Rig::with(SimulatedOptions::default()).await;
        rig.deploy(&shop(&[("web:1.0", 1), ("web:1.1", 1)], true)).await;
        rig.settle().await;
        rig.store.fail(fault);
        let weights = [("shop/web/web:1.0/http", 0), ("shop/web/web:1.1/http", 100)];
        let error = rig.weigh("shop/web/http", &weights).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Unavailable && error.is_temporary());
        let expected = if taken { 100 } else { 50 };
        rig.wait("what is stored is known", async || {
            rig.weights("shop/web/http").await[1].1 == expected
        })
        .await;
        rig.settle().await;
        // Whatever it was, the next change is the one that counts.
        let weights = [("shop/web/web:1.0/http", 20), ("shop/web/web:1.1/http", 80)];
        rig.weigh("shop/web/http", &weights).await.unwrap();
        rig.settle().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_learned_is_stored_when_the_store_is_back() {
    let rig = Rig::new().await;
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    for _ in 0..10 {
        rig.store.fail(Fault::Before);
    }
    rig.settle().await;
    assert_eq!(rig.count(&["synchronization:deployed"]).await, 1);
}
