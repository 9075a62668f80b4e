//! The gateway agents, as the API shows them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use support::{Server, soon};
use vamp_kv::handover::{AgentFailure, AgentStatus, Applied, FailureKind, HaproxyStatus, How};

fn agent(id: &str) -> AgentStatus {
    AgentStatus {
        format: AgentStatus::FORMAT,
        name: "2.4".to_owned(),
        id: id.to_owned(),
        host: format!("host-of-{id}"),
        version: "0.1.0".to_owned(),
        started: Some(Timestamp::UNIX_EPOCH),
        haproxy: HaproxyStatus {
            version: "2.6.12".to_owned(),
            worker_pid: Some(7),
            restarts: 2,
            ..HaproxyStatus::default()
        },
        applied: Some(Applied {
            hash: "aa".to_owned(),
            revision: 3,
            how: How::Runtime,
            at: Timestamp::UNIX_EPOCH,
            took_micros: 900,
        }),
        failure: None,
        store_connected_since: None,
    }
}

#[tokio::test]
async fn live_agents_are_shown_with_what_they_run_and_what_they_do_not() {
    let server = Server::start().await;
    assert_eq!(server.get("/api/v1/agents").await.json(), json!([]));
    let store = server.hand_over.store();
    let lease = store.grant_lease(Duration::from_secs(600)).await.unwrap();
    let other = store.grant_lease(Duration::from_secs(600)).await.unwrap();
    let mut behind = agent("b");
    behind.failure = Some(AgentFailure {
        hash: "bb".to_owned(),
        kind: FailureKind::HeldBack,
        message: "held back: it is empty".to_owned(),
        at: Timestamp::UNIX_EPOCH,
    });
    server.hand_over.report(&behind, other).await.unwrap();
    server.hand_over.report(&agent("a"), lease).await.unwrap();

    let answer = server.get("/api/v1/agents").await;
    assert_eq!(answer.status, 200);
    let told = answer.json();
    assert_eq!((&told[0]["id"], &told[1]["id"]), (&json!("a"), &json!("b")));
    assert_eq!(told[0]["haproxy"]["restarts"], 2);
    assert_eq!(told[0]["applied"]["how"], "runtime");
    assert_eq!(told[1]["failure"]["kind"], "held-back");
    let typed = soon(server.client().agents()).await.unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap(), told);
    let yaml = server
        .ask("GET", "/api/v1/agents", &["accept: application/x-yaml"], "")
        .await;
    assert!(
        yaml.status == 200 && format!("{yaml:?}").contains("held-back"),
        "{yaml:?}"
    );

    store.revoke_lease(other).await.unwrap();
    let left = soon(server.client().agents()).await.unwrap();
    assert_eq!(left.len(), 1, "who is gone is not shown");
    server.stop().await;
}
