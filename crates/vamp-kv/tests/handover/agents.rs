//! Who is there, and what is kept for them.

use std::time::Duration;

use futures::StreamExt as _;
use jiff::Timestamp;
use vamp_kv::handover::{AgentFailure, AgentStatus, Applied, FailureKind, HaproxyStatus, How};
use vamp_kv::{ErrorKind, KeyValueStore as _};

use crate::place::{Place, key, noise};

const SOON: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(3600);

fn agent(id: &str) -> AgentStatus {
    AgentStatus {
        format: AgentStatus::FORMAT,
        name: "edge".to_owned(),
        id: id.to_owned(),
        host: "host-1".to_owned(),
        version: "0.1.0".to_owned(),
        started: Some(Timestamp::UNIX_EPOCH),
        haproxy: HaproxyStatus::default(),
        applied: None,
        failure: None,
        store_connected_since: Some(Timestamp::UNIX_EPOCH),
    }
}

fn applied(id: &str, hash: &str) -> AgentStatus {
    let applied = Applied {
        hash: hash.to_owned(),
        revision: 7,
        how: How::Reload,
        at: Timestamp::UNIX_EPOCH,
        took_micros: 1500,
    };
    AgentStatus {
        applied: Some(applied),
        ..agent(id)
    }
}

fn refused(id: &str, hash: &str) -> AgentStatus {
    let failure = AgentFailure {
        hash: hash.to_owned(),
        kind: FailureKind::Refused,
        message: "unknown keyword".to_owned(),
        at: Timestamp::UNIX_EPOCH,
    };
    AgentStatus {
        failure: Some(failure),
        ..applied(id, "before")
    }
}

#[tokio::test]
async fn agents_are_seen_while_their_lease_lasts() {
    for place in Place::each().await {
        let mut watch = place.hand_over.watch_agents();
        let mut told = async |expected: &[AgentStatus]| {
            let all = async { while watch.next().await.unwrap().unwrap() != expected {} };
            tokio::time::timeout(SOON, all)
                .await
                .expect("the agents are not told");
        };
        told(&[]).await;
        let (first, second) = (
            place.store.grant_lease(LONG).await.unwrap(),
            place.store.grant_lease(LONG).await.unwrap(),
        );
        place.hand_over.report(&agent("1"), first).await.unwrap();
        place.hand_over.report(&agent("2"), second).await.unwrap();
        told(&[agent("1"), agent("2")]).await;
        place.hand_over.report(&applied("1", "abc"), first).await.unwrap();
        told(&[applied("1", "abc"), agent("2")]).await;
        assert_eq!(
            place.hand_over.agents().await.unwrap(),
            [applied("1", "abc"), agent("2")]
        );
        place.store.revoke_lease(first).await.unwrap();
        told(&[agent("2")]).await;
        let late = place.hand_over.report(&agent("1"), first).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::LeaseExpired);
    }
}

#[tokio::test]
async fn an_agent_stands_at_its_name_and_id_in_json_that_others_can_read() {
    let place = Place::memory();
    let lease = place.store.grant_lease(LONG).await.unwrap();
    place
        .hand_over
        .report(&applied("host-1-4711", "abc"), lease)
        .await
        .unwrap();
    let entry = place
        .store
        .get(&key("/vamp/default/agents/haproxy/edge/host-1-4711"))
        .await
        .unwrap()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&entry.value).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["applied"]["how"], "reload");
    assert_eq!(json["applied"]["took_micros"], 1500);
    assert_eq!(json["store_connected_since"], "1970-01-01T00:00:00Z");
}

#[tokio::test]
async fn what_is_no_state_of_an_agent_is_left_out_and_harms_nobody() {
    let place = Place::memory();
    let lease = place.store.grant_lease(LONG).await.unwrap();
    place.hand_over.report(&agent("1"), lease).await.unwrap();
    place
        .store
        .put(
            &key("/vamp/default/agents/haproxy/edge/2"),
            r#"{"format":2}"#.into(),
            None,
        )
        .await
        .unwrap();
    place
        .store
        .put(
            &key("/vamp/default/agents/haproxy/edge/3"),
            "nonsense".into(),
            None,
        )
        .await
        .unwrap();
    assert_eq!(place.hand_over.agents().await.unwrap(), [agent("1")]);
    let told = place.hand_over.watch_agents().next().await.unwrap().unwrap();
    assert_eq!(told, [agent("1")]);
    let wrong = AgentStatus {
        name: "a/b".to_owned(),
        ..agent("1")
    };
    assert!(
        place.hand_over.report(&wrong, lease).await.is_err(),
        "a name is one segment"
    );
}

#[tokio::test]
async fn pieces_of_two_texts_are_kept_while_all_agents_keep_up() {
    for place in Place::each().await {
        let lease = place.store.grant_lease(LONG).await.unwrap();
        let mut most = 0;
        let mut pieces_of_one = 0;
        for n in 0..6 {
            let hash = place.publish(&noise(n, 400_000)).await.hash;
            // One applies what it reads, the other refuses it; both have read it.
            place.hand_over.report(&applied("1", &hash), lease).await.unwrap();
            place.hand_over.report(&refused("2", &hash), lease).await.unwrap();
            let parts = place.parts().await.len();
            pieces_of_one = if n == 0 { parts } else { pieces_of_one };
            most = most.max(parts);
        }
        assert_eq!(most, 2 * pieces_of_one);
    }
}

#[tokio::test]
async fn pieces_are_kept_for_an_agent_that_is_behind_until_it_is_gone() {
    for place in Place::each().await {
        let hash = place.publish("frontend 0\n").await.hash;
        let lease = place.store.grant_lease(LONG).await.unwrap();
        place.hand_over.report(&applied("1", &hash), lease).await.unwrap();
        for n in 1..=4 {
            place.publish(&format!("frontend {n}\n")).await;
        }
        assert_eq!(place.parts().await.len(), 5);
        place.store.revoke_lease(lease).await.unwrap();
        place.publish("frontend last\n").await;
        assert_eq!(place.parts().await.len(), 2);
    }
}

#[tokio::test]
async fn agents_are_told_again_when_an_outage_of_etcd_is_over() {
    let Some(mut place) = Place::etcd().await else {
        return;
    };
    let lease = place.store.grant_lease(LONG).await.unwrap();
    place.hand_over.report(&agent("a"), lease).await.unwrap();
    let mut watch = place.hand_over.watch_agents();
    assert_eq!(watch.next().await.unwrap().unwrap(), [agent("a")]);
    let etcd = place.etcd.as_mut().unwrap();
    etcd.kill().unwrap();
    etcd.start_again().await.unwrap();
    // Nothing has changed meanwhile, so that no change would tell that they are there.
    let mut outages = 0;
    let told = loop {
        match tokio::time::timeout(SOON, watch.next()).await.unwrap().unwrap() {
            Ok(told) => break told,
            Err(_) => outages += 1,
        }
    };
    assert_eq!(told, [agent("a")]);
    assert!(outages > 0);
}
